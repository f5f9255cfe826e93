//! XBZRLE from engine to engine: a busy guest arrives unchanged, whatever happens to the cache.

use super::*;

#[test]
fn a_hot_guest_arrives_by_differences_and_the_cache_changes_its_size() {
    let parameters = Parameters {
        max_bandwidth: 16 << 20,
        downtime_limit: 0,
        xbzrle_cache_size: 16 << 20,
        ..Parameters::default()
    };
    let source = host(
        &[PATTERN, "dirty,start=1M,end=2M,rate=max"],
        false,
        &[Capability::Xbzrle],
        parameters,
    );
    // The destination does not need the capability.
    let target = host(&[], true, &[], Parameters::default());
    arrives(&source, &target, || {
        let run = source.engine.core.state().outgoing.run.clone().unwrap();
        let counters = &run.stats().xbzrle;
        // The migration may complete first if the guest gets no CPU time.
        let until = |what: &dyn Fn() -> bool| {
            while !what() && run.stats().times().total.is_none() {
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        until(&|| counters.pages.get() > 500);
        let misses = counters.misses.get();
        // Smaller than the dirtied region, so that pages evict each other.
        source.engine.core.state().parameters.xbzrle_cache_size = 64 << 10;
        until(&|| counters.misses.get() > misses + 500);
        let mut state = source.engine.core.state();
        state.parameters.max_bandwidth = 0;
        state.parameters.downtime_limit = 2000;
    });
}
