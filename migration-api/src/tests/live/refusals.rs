//! Streams whose elements come before their capability, at the wrong time, or without RAM.

use super::faults::{refused, target};
use super::source::{Source, advise, discard};
use super::*;
use crate::stream::Command;
use crate::stream::return_path::Message;

#[test]
fn nothing_may_come_before_its_capability() {
    let off = |capability: &str, what: &str| {
        format!(
            "Received {what}, but the capability {capability} is off; load of migration failed: Invalid argument"
        )
    };
    let advised = refused(&[Capability::ReturnPath], |target| {
        let mut source = Source::begin(target);
        source.command(&Command::PostcopyAdvise(None));
        source
    });
    assert_eq!(advised, off("dirty-bitmaps", "POSTCOPY_ADVISE"));
    let discarded = refused(&[Capability::DirtyBitmaps], |target| {
        let mut source = Source::begin(target);
        source.command(&Command::PostcopyAdvise(None));
        source.command(&discard("ram", 0, 4096));
        source
    });
    assert_eq!(discarded, off("postcopy-ram", "POSTCOPY_RAM_DISCARD"));
    let bitmaps = refused(&[], |target| {
        let mut source = Source::begin(target);
        source.bitmap("disk", "b");
        source
    });
    let expected = "Received dirty bitmaps, but the capability dirty-bitmaps is off";
    assert!(bitmaps.starts_with(expected), "{bitmaps}");
}

#[test]
fn a_guest_that_runs_unwatched_gets_no_pages() {
    let target = host(&["idle"], true, &[Capability::DirtyBitmaps], Parameters::default());
    let mut source = Source::begin(&target);
    source.command(&Command::PostcopyAdvise(None));
    source.section();
    source.pages(&[(1, 0x11)]);
    source.package(&[]);
    assert_eq!(source.hear(), Some(Message::Pong(3)));
    source.pages(&[(1, 0x22), (2, 0x22)]);
    let notices = target.until(Status::Completed);
    let mut page = [0; 4096];
    for (number, byte) in [(1, 0x11), (2, 0)] {
        target.machine.ram()[0].memory.read(number * 4096, &mut page);
        assert!(page == [byte; 4096], "page {number}");
    }
    let refused = "Page 1000 of ram comes after the guest was started";
    let late = |notice: &Event| matches!(notice, Event::Log(line) if line.starts_with(refused));
    assert!(notices.iter().any(late), "{notices:?}");
}

#[test]
fn channels_have_no_pages_for_a_guest_that_runs_unwatched() {
    let capabilities = [Capability::DirtyBitmaps, Capability::Multifd];
    let target = host(&["idle"], true, &capabilities, Parameters::default());
    let mut source = Source::begin(&target);
    let mut channels = Source::channels(&target.bound(), 2);
    source.command(&Command::PostcopyAdvise(None));
    source.section();
    source.package(&[]);
    assert_eq!(source.hear(), Some(Message::Pong(3)));
    channels.iter_mut().for_each(|channel| channel.packet(1, 0x22));
    // Long enough for a page to arrive.
    std::thread::sleep(Duration::from_millis(100));
    let mut page = [0; 4096];
    target.machine.ram()[0].memory.read(4096, &mut page);
    assert!(page == [0; 4096]);
    source.end();
    target.until(Status::Completed);
}

#[test]
fn no_device_comes_after_the_guest_was_started() {
    let target = target(POSTCOPY);
    let mut source = Source::running(&target);
    source.device("timer", 2, vec![0; 24]);
    let notices = target.until(Status::PostcopyPaused);
    let refused = "Unexpected section 'timer'";
    let late = |notice: &Event| matches!(notice, Event::Log(line) if line.starts_with(refused));
    assert!(notices.iter().any(late), "{notices:?}");
}

#[test]
fn a_package_needs_a_return_path() {
    let error = refused(POSTCOPY, |target| {
        let mut source = Source::connect(&target.listen());
        source.machine();
        source.command(&advise());
        source.section();
        source.package(&[]);
        source
    });
    assert!(error.starts_with("CMD_PACKAGED in wrong postcopy state (1)"), "{error}");
}

#[test]
fn a_page_is_discarded_once() {
    let error = refused(POSTCOPY, |target| {
        let mut source = Source::advised(target);
        source.command(&discard("ram", 0, SIZE));
        source.command(&discard("ram", 0, 4096));
        source
    });
    assert!(error.starts_with("discarded RAM of"), "{error}");
}

#[test]
fn a_guest_without_ram_is_refused() {
    let error = refused(&[Capability::DirtyBitmaps], |target| {
        let mut source = Source::begin(target);
        source.bitmap("disk", "b");
        source.end();
        source.described();
        source
    });
    // Without such a node, the bitmap is only worth a line in the log.
    assert!(error.contains("the stream ended without any RAM"), "{error}");
}

#[test]
fn multifd_channels_do_not_start_a_guest_without_ram() {
    let mut channels = Vec::new();
    let error = refused(&[Capability::Multifd], |target| {
        let mut source = Source::begin(target);
        channels = Source::channels(&target.bound(), 2);
        source.end();
        source.described();
        source
    });
    assert!(error.contains("the stream ended without any RAM"), "{error}");
}

#[test]
fn a_relay_does_not_adopt_more_ram_than_its_bitmaps_are_made_for() {
    const MOST: u64 = 256 << 30;
    // Two blocks, because the bound is on all of them.
    let lengths = [MOST - 4096, 8192];
    let relay = Arc::new(crate::guests::Relay::new(None));
    let engine = Engine::builder(relay.clone()).incoming(true).build();
    let receive = engine.events();
    engine.incoming(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let bound = reached(&engine.core.state().incoming.bound[0]);
    let mut source = Source::connect(&bound);
    source.machine();
    source.block_list(&lengths);
    let end = Instant::now() + PATIENCE;
    let lines = loop {
        let left = end.saturating_duration_since(Instant::now());
        if let Event::IncomingFailed(lines) = receive.recv_timeout(left).unwrap() {
            break lines;
        }
    };
    let expected = format!("RAM of {} is larger than the {MOST} accepted", MOST + 4096);
    assert!(lines[0].starts_with(&expected), "{lines:?}");
    assert!(relay.ram().is_empty());
}

#[test]
fn a_package_does_not_start_a_guest_without_ram() {
    let error = refused(&[Capability::DirtyBitmaps], |target| {
        let mut source = Source::begin(target);
        source.command(&Command::PostcopyAdvise(None));
        source.package(&[]);
        source
    });
    assert!(error.contains("the stream ended without any RAM"), "{error}");
}

#[test]
fn bitmaps_of_a_failed_migration_are_removed() {
    let target = target(&[Capability::DirtyBitmaps]);
    assert!(target.engine.core.state().nodes.add("disk".into(), None));
    let has_bitmap = || {
        let mut state = target.engine.core.state();
        state.nodes.get_mut("disk").is_some_and(|node| node.bitmaps.contains_key("b"))
    };
    let mut source = Source::begin(&target);
    source.bitmap("disk", "b");
    wait("the bitmap does not come", has_bitmap);
    source.send(b"\x2a");
    target.until(Status::Failed);
    assert!(!has_bitmap());
}
