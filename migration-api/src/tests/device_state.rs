//! Devices whose state has no fixed length, and versions of devices.

use std::sync::atomic::{AtomicU32, Ordering};

use super::over::{Hooks, Over};
use super::*;
use crate::guest::{DeviceSection, Layout};
use crate::guests::Relay;

/// Adds two instances of a device with JSON state to a machine.
struct Serial {
    states: Mutex<[String; 2]>,
    /// The version that is saved.
    version: u32,
    /// The layout that is given.
    layout: Option<Layout>,
    /// The version that was loaded last.
    loaded: AtomicU32,
}

impl Hooks for Serial {
    fn saved(&self, mut devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        let states = self.states.lock().unwrap().clone();
        devices.extend((0..).zip(states).map(|(instance, state)| {
            DeviceSection::new("serial", self.version, state.into_bytes()).instance(instance)
        }));
        devices
    }

    fn layout(&self, name: &str, layout: Option<Layout>) -> Option<Layout> {
        if name == "serial" { self.layout.clone() } else { layout }
    }

    fn loaded(&self, devices: Vec<DeviceSection>) -> Vec<DeviceSection> {
        let (own, rest) = devices.into_iter().partition(|device| device.name == "serial");
        let own: Vec<DeviceSection> = own;
        for device in own {
            self.loaded.store(device.version, Ordering::SeqCst);
            self.states.lock().unwrap()[device.instance as usize] =
                String::from_utf8(device.body).unwrap();
        }
        rest
    }
}

fn serial(
    states: [&str; 2],
    incoming: bool,
    version: u32,
    layout: Layout,
    capabilities: &[Capability],
    parameters: Parameters,
) -> (Host, Arc<Over<Serial>>) {
    let machine = machine(if incoming { &[] } else { &[PATTERN, DIRTY] }, incoming);
    let states = Mutex::new(states.map(Into::into));
    let hooks = Serial { states, version, layout: Some(layout), loaded: AtomicU32::new(0) };
    let guest = Arc::new(Over { machine: machine.clone(), hooks });
    let builder = Engine::builder(guest.clone());
    (Host::of(builder, machine, incoming, capabilities, parameters), guest)
}

const JSON: [&str; 2] = [r#"{"divisor":12,"queue":["a","b"]}"#, "{}"];

#[test]
fn json_of_any_length_arrives() {
    let long = format!("[{}0]", "1,".repeat(300_000));
    for states in [JSON, ["", &long]] {
        for (capabilities, postcopy) in
            [(&[Capability::ReturnPath][..], false), (&[Capability::PostcopyRam], true)]
        {
            let slow =
                Parameters { max_bandwidth: 1 << 20, downtime_limit: 1, ..Default::default() };
            let parameters = if postcopy { slow } else { Parameters::default() };
            let (source, _) = serial(states, false, 3, Layout::any(), capabilities, parameters);
            let (target, guest) =
                serial(["", ""], true, 0, Layout::any(), capabilities, Parameters::default());
            source.engine.cont().unwrap();
            source.engine.migrate(&target.listen()).unwrap();
            if postcopy {
                source.until(Status::Active);
                source.engine.switch_to_postcopy().unwrap();
            }
            source.until(Status::Completed);
            target.until(Status::Completed);
            assert!(*guest.hooks.states.lock().unwrap() == states);
            assert_eq!(guest.hooks.loaded.load(Ordering::SeqCst), 3);
            goes_on(&source, &target);
        }
    }
}

/// Migrates to a destination with this layout. Returns the reason for which it refuses.
fn refusal(version: u32, there: Layout) -> Option<String> {
    let (source, _) = serial(JSON, false, version, Layout::any(), &[], Parameters::default());
    let (target, _) = serial(["", ""], true, 0, there, &[], Parameters::default());
    source.engine.migrate(&target.listen()).unwrap();
    target.until_one_of(&[Status::Completed, Status::Failed]);
    match target.engine.run_state() {
        RunState::Inmigrate => {
            let notices = target.notices.lock().unwrap();
            match notices.recv_timeout(PATIENCE).unwrap() {
                Event::IncomingFailed(lines) => Some(lines[0].clone()),
                other => panic!("{other:?}"),
            }
        }
        _ => None,
    }
}

#[test]
fn versions_and_lengths_lie_within_the_layout_of_the_destination() {
    assert_eq!(refusal(3, Layout::up_to(2..=3, 40)), None);
    let new = refusal(4, Layout::up_to(2..=3, 40)).unwrap();
    assert!(new.starts_with("savevm: unsupported version 4 for 'serial' v3"), "{new}");
    let old = refusal(1, Layout::up_to(2..=3, 40)).unwrap();
    assert!(old.starts_with("version 1 of 'serial' is older than 2"), "{old}");
    let long = refusal(3, Layout::up_to(2..=3, 31)).unwrap();
    let words =
        "error while loading state for instance 0x0 of device 'serial': longer than 31 bytes";
    assert_eq!(long, words);
    // The stream of the other kind of layout has other lengths.
    assert!(refusal(3, Layout::fixed(3, JSON[0].len())).is_some());
}

#[test]
fn a_source_does_not_send_what_its_layout_forbids() {
    let short = Layout::up_to(0..=9, 31);
    let (source, _) = serial(JSON, false, 3, short, &[], Parameters::default());
    let target = host(&[], true, &[], Parameters::default());
    source.engine.cont().unwrap();
    source.engine.migrate(&target.listen()).unwrap();
    source.until(Status::Failed);
    assert!(source.error().unwrap().ends_with("longer than its layout allows"));
    assert_eq!(source.engine.run_state(), RunState::Running);
}

#[test]
fn a_relay_passes_states_of_any_length_on() {
    let (source, _) = serial(JSON, false, 3, Layout::any(), &[], Parameters::default());
    let capabilities = Capabilities::default().with(Capability::Events, true);
    let engine = Engine::builder(Arc::new(Relay::new(None)))
        .incoming(true)
        .capabilities(capabilities)
        .build();
    let receive = engine.events();
    // The machine is not the relay's guest: the host only holds the engine and its notices.
    let relay = Host { engine, machine: machine(&[], true), notices: Mutex::new(receive) };
    let (target, guest) = serial(["", ""], true, 0, Layout::any(), &[], Parameters::default());
    source.engine.migrate(&relay.listen()).unwrap();
    relay.until(Status::Completed);
    relay.engine.migrate(&target.listen()).unwrap();
    target.until(Status::Completed);
    assert_eq!(*guest.hooks.states.lock().unwrap(), JSON);
}
