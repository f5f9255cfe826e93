//! Guests whose RAM blocks cannot be migrated: both sides refuse them before anything is sent or
//! loaded.

use super::over::{Hooks, Over};
use super::*;
use crate::guest::RamBlock;

/// Names its block twice.
struct Twice;

impl Hooks for Twice {
    fn blocks(&self, ram: Vec<RamBlock>) -> Vec<RamBlock> {
        ram.iter().chain(&ram).cloned().collect()
    }
}

fn twice(incoming: bool) -> (Engine, EventReceiver) {
    let guest = Arc::new(Over { machine: machine(&[], incoming), hooks: Twice });
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(guest).incoming(incoming).capabilities(capabilities).build();
    let events = engine.events();
    (engine, events)
}

#[test]
fn two_blocks_of_one_name_are_refused_at_both_sides() {
    let expected = "RAM block name 'ram' is empty, too long or used twice";
    let target = host(&[], true, &[], Parameters::default());
    let (source, notices) = twice(false);
    source.migrate(&target.listen()).unwrap();
    let failed = Event::Migration(Status::Failed);
    assert!(notices.iter().any(|notice| notice == failed));
    assert_eq!(source.core.state().outgoing.error.as_deref(), Some(expected));

    let source = host(&[], false, &[], Parameters::default());
    let (target, notices) = twice(true);
    target.incoming(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let address = reached(&target.core.state().incoming.bound[0]);
    source.engine.migrate(&address).unwrap();
    let lines = notices.iter().find_map(|notice| match notice {
        Event::IncomingFailed(lines) => Some(lines),
        _ => None,
    });
    assert_eq!(lines.unwrap()[0], expected);
}
