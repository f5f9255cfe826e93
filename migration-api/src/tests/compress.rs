//! Capability compress from engine to engine.

use super::*;

#[test]
fn a_running_guest_arrives_compressed() {
    for (compress_wait_thread, compress_threads) in [(true, 1), (true, 8), (false, 2)] {
        let parameters = Parameters {
            compress_wait_thread,
            compress_threads,
            // Compression takes longer than sending, so the measured bandwidth says nothing about
            // the link.
            downtime_limit: 60_000,
            ..Parameters::default()
        };
        let capabilities = [Capability::Compress, Capability::ReturnPath];
        // Noise does not compress, but zero pages with one byte do.
        let source = host(&[PATTERN, DIRTY], false, &capabilities, parameters.clone());
        let target = host(&[], true, &capabilities, parameters);
        arrives(&source, &target, || {});
        let run = source.engine.core.state().outgoing.run.clone().unwrap();
        let stats = &run.stats().compression;
        assert!(stats.handled.get() >= SIZE / 4096);
        assert!(stats.pages.get() == 0 || stats.bytes.get() > 0);
        assert!(stats.busy.get() == 0 || !compress_wait_thread);
    }
}

#[test]
fn a_destination_without_compress_refuses() {
    let capabilities = [Capability::Compress, Capability::ReturnPath];
    let source = host(&[PATTERN], false, &capabilities, Parameters::default());
    let target = host(&[], true, &[Capability::ReturnPath], Parameters::default());
    source.machine.ram()[0].memory.write(0, &b"text".repeat(1 << 16));
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    target.until(Status::Failed);
    assert_eq!(source.engine.run_state(), RunState::Prelaunch);
}

#[test]
fn pages_that_get_shorter_do_and_arrive() {
    let capabilities = [Capability::Compress];
    let source = host(&[], false, &capabilities, Parameters::default());
    let target = host(&[], true, &capabilities, Parameters::default());
    source.machine.ram()[0].memory.write(0, &b"text".repeat(1 << 18));
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Completed);
    target.until(Status::Completed);
    assert!(target.memory() == source.memory());
    let run = source.engine.core.state().outgoing.run.clone().unwrap();
    let stats = &run.stats().compression;
    assert_eq!(stats.pages.get(), 256);
    assert!(stats.bytes.get() < 256 * 100, "{}", stats.bytes.get());
    stats.measure(4096);
    assert!(stats.rates().compression > 40.0 && stats.rates().busy == 0.0);
}
