//! Multifd from engine to engine: memory is complete although the guest keeps writing, and neither
//! side hangs.

use super::*;
use crate::api::MultiFDCompression as Compression;
use crate::generation::{Generation, ZeroPages};

fn parameters(channels: u8, compression: Compression) -> Parameters {
    Parameters {
        multifd_channels: channels,
        multifd_compression: compression,
        // Compression may take longer than sending, so the measured bandwidth says nothing about
        // the link.
        downtime_limit: 60_000,
        ..Parameters::default()
    }
}

fn migrates_with(capabilities: &[Capability], parameters: &Parameters, generation: Generation) {
    let capabilities = [&[Capability::Multifd], capabilities].concat();
    let source = host_with(&[PATTERN, DIRTY], false, &capabilities, parameters.clone(), generation);
    let target = host_with(&[], true, &capabilities, parameters.clone(), generation);
    arrives(&source, &target, || {});
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    assert!(run.stats().multifd_bytes.get() > 64 << 10);
    // The migration thread ends after it has announced `completed`.
    let end = Instant::now() + PATIENCE;
    while !run.threads().is_empty() {
        assert!(Instant::now() < end, "{:?} do not end", run.threads());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_running_guest_goes_over_several_channels() {
    for channels in [1, 2, 4, 16] {
        migrates_with(&[], &parameters(channels, Compression::None), Generation::default());
    }
    migrates_with(&[Capability::ReturnPath], &Parameters::default(), Generation::default());
}

#[test]
fn a_guest_may_be_compressed() {
    for compression in [Compression::Zlib, Compression::Zstd] {
        migrates_with(&[], &parameters(3, compression), Generation::default());
    }
}

#[test]
fn both_generations_synchronise_and_encode_zero_pages() {
    for flush_after_each_section in [Some(false), Some(true)] {
        for zero_pages in [ZeroPages::None, ZeroPages::Legacy, ZeroPages::Multifd] {
            let generation =
                Generation { flush_after_each_section, zero_pages, ..Generation::default() };
            migrates_with(&[], &parameters(2, Compression::Zstd), generation);
        }
    }
}

#[test]
fn memory_is_sent_from_where_it_lies_without_copies() {
    migrates_with(&[Capability::ZeroCopySend], &Parameters::default(), Generation::default());
}

#[test]
fn a_destination_can_be_set_up_until_its_source_comes() {
    let source =
        host(&[PATTERN, DIRTY], false, &[Capability::Multifd], parameters(5, Compression::Zstd));
    let target = host(&[], true, &[Capability::Multifd], Parameters::default());
    let address = target.listen();
    target.engine.core.state().parameters = parameters(5, Compression::Zstd);
    source.engine.cont().unwrap();
    source.engine.migrate(&address).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    goes_on(&source, &target);
}

#[test]
fn different_numbers_of_channels_are_named() {
    let several = |channels| Parameters { multifd_channels: channels, ..Parameters::default() };
    let failed = |target: &Host| {
        target.until(Status::Failed);
        let Ok(Event::IncomingFailed(lines)) =
            target.notices.lock().unwrap().recv_timeout(PATIENCE)
        else {
            panic!()
        };
        lines.join("; ")
    };

    // An extra channel may arrive before, while or after the destination closes its listener.
    let capabilities = [Capability::Multifd, Capability::ReturnPath];
    let source = host(&[PATTERN], false, &capabilities, several(4));
    let target = host(&[], true, &capabilities, several(2));
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    let (told, lines) = (source.error().unwrap(), failed(&target));
    assert!(
        told.starts_with("multifd channel ")
            || told.starts_with("Unable to write to socket")
            || lines.contains("greater than number of channels 2"),
        "{told}; {lines}"
    );

    // Further channels could still connect, so the destination waits while the existing ones stay
    // open.
    let source = host(&[PATTERN], false, &capabilities, several(2));
    let target = host(&[], true, &capabilities, several(4));
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Active);
    source.engine.cancel().unwrap();
    source.until(Status::Cancelled);
    let lines = failed(&target);
    assert!(
        lines.contains("of 5 connections were missing; multifd-channels must be the same"),
        "{lines}"
    );
}
