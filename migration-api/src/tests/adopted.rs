//! A guest that adopts any machine keeps it, and does not run it.

use super::*;
use crate::guests::Relay;

#[test]
fn a_relay_is_paused_whatever_the_source_was() {
    let source = host(&[PATTERN, DIRTY], false, &[], Parameters::default());
    source.engine.cont().unwrap();
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let relay = Arc::new(Relay::new(None));
    let engine =
        Engine::builder(relay).incoming(true).autostart(true).capabilities(capabilities).build();
    let notices = engine.events();
    engine.incoming(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let bound = reached(&engine.core.state().incoming.bound[0]);
    source.engine.migrate(&bound).unwrap();
    source.until(Status::Completed);
    let mut seen = Vec::new();
    while seen.last() != Some(&Event::Migration(Status::Completed)) {
        seen.push(notices.recv_timeout(PATIENCE).unwrap());
    }
    assert!(!seen.contains(&Event::Resume), "{seen:?}");
    assert_eq!(engine.core.run_state(), RunState::Paused);
    engine.cont().unwrap();
    assert_eq!(engine.core.run_state(), RunState::Paused);
}
