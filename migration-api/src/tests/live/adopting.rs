//! Guests that adopt the RAM of their source.

use super::source::{Source, name};
use super::*;
use crate::guests::Relay;
use crate::stream::Configuration;

/// Migrates a guest to a relay, and returns the relay.
fn relay(capabilities: &[Capability], send: impl FnOnce(&mut Source)) -> Arc<Relay> {
    let relay = Arc::new(Relay::new(None));
    let on = capabilities.iter().fold(Capabilities::default(), |set, &one| set.with(one, true));
    let engine = Engine::builder(relay.clone()).incoming(true).capabilities(on).build();
    engine.incoming(&"tcp:127.0.0.1:0".parse().unwrap()).unwrap();
    let mut source = Source::connect(&reached(&engine.core.state().incoming.bound[0]));
    send(&mut source);
    source.end();
    source.described();
    wait("the guest has not arrived", || {
        let status = engine.info().status;
        assert_ne!(status, Some(Status::Failed), "{:?}", engine.incoming_error());
        status == Some(Status::Completed)
    });
    relay
}

#[test]
fn a_relay_keeps_the_ram_that_it_has_adopted() {
    let relay = relay(&[], |source| {
        source.machine();
        source.block_list(&[8192, 4096]);
        source.pages(&[(1, 0x11)]);
        source.repeat_block_list(&[8192, 4096]);
    });
    let mut page = [0; 4096];
    relay.ram()[0].memory.read(4096, &mut page);
    assert!(page == [0x11; 4096]);
}

#[test]
fn a_relay_leaves_out_the_blocks_that_its_source_has_left_out() {
    let relay = relay(&[Capability::XIgnoreShared], |source| {
        let capabilities = Some(vec![name("x-ignore-shared")]);
        source.configure(&Configuration { capabilities, ..Configuration::new(name("none")) });
        source.set_addresses(&[0, 0x10_0000]);
        source.block_list(&[8192, 4096]);
        source.pages(&[(1, 0x11)]);
    });
    let blocks = relay.ram();
    let left_out = blocks.iter().map(|block| (block.shared, block.guest_address));
    assert_eq!(left_out.collect::<Vec<_>>(), [(false, 0), (true, 0x10_0000)]);
}
