//! Devices whose state is too long for a package: postcopy does not begin.

use super::*;
use crate::guest::DeviceSection;
use crate::tests::over::{Hooks, Over};

/// A guest with a device of this many bytes of state.
struct Laden(usize);

impl Hooks for Laden {
    fn saved(&self, mut devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        devices.push(DeviceSection {
            name: "disk".into(),
            instance: 0,
            version: 1,
            body: vec![0; self.0],
        });
        devices
    }
}

#[test]
fn more_state_than_a_destination_takes_leaves_the_guest_where_it_is() {
    let machine = machine(&[PATTERN, DIRTY], false);
    let most = crate::stream::Limits::default().package as usize;
    let guest = Arc::new(Over { machine: machine.clone(), hooks: Laden(most) });
    let engine = Engine::builder(guest)
        .capabilities(
            Capabilities::default()
                .with(Capability::Events, true)
                .with(Capability::PostcopyRam, true),
        )
        .parameters(Parameters {
            max_bandwidth: 1 << 20,
            downtime_limit: 1,
            ..Parameters::default()
        })
        .build();
    let receive = engine.events();
    let source = Host { engine, machine, notices: Mutex::new(receive) };
    source.engine.cont().unwrap();
    let mut peer = Peer::new(&source, false);
    source.engine.migrate(&peer.address()).unwrap();
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| peer.serve(&source.engine, None, |_| Vec::new()));
        let seen = statuses(&source.until(Status::Failed));
        assert_eq!(seen.last(), Some(&Status::Failed));
        assert!(!seen.contains(&Status::PostcopyActive), "{seen:?}");
        assert_eq!(serving.join().unwrap(), End::Cut);
    });
    assert!(
        source.error().unwrap().ends_with("bytes, which is too much for postcopy"),
        "{:?}",
        source.error()
    );
    assert_eq!(source.engine.run_state(), RunState::Running);
    source.engine.stop().unwrap();
    assert!(
        source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, source.machine.pages_dirtied())
    );
}
