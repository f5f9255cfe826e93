use super::*;
use crate::guests::workload::Rate;
use crate::page::PAGE;

fn machine(workload: &str, incoming: bool) -> Machine {
    Machine::new(MachineConfig {
        workloads: vec!["pattern,seed=3,zero=50".parse().unwrap(), workload.parse().unwrap()],
        incoming,
        devices: vec!["nic".into(), "nic".into()],
        ..MachineConfig::new(1 << 20)
    })
    .unwrap()
}

fn contents(machine: &Machine) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 20];
    machine.block.memory.read(0, &mut bytes);
    bytes
}

/// Returns the expected memory after `count` dirtied pages.
fn expected(count: u64) -> Vec<u8> {
    let mut bytes = contents(&machine("idle", false));
    for step in 0..count {
        let at = (0x10000 + step % 16 * PAGE) as usize;
        bytes[at] = bytes[at].wrapping_add(1);
    }
    bytes
}

#[test]
fn a_workload_goes_on_where_it_stopped() {
    let source = machine("dirty,start=64K,end=128K", false);
    source.resume().unwrap();
    while source.pages_dirtied() < 1000 {
        std::thread::yield_now();
    }
    source.pause(StopMode::All).unwrap();
    let count = source.pages_dirtied();
    assert_eq!(contents(&source), expected(count));

    let target = machine("idle", true);
    assert_eq!(contents(&target), vec![0; 1 << 20]);
    target.block.memory.write(0, &contents(&source));
    target.load(source.save().unwrap()).unwrap();
    assert_eq!(target.pages_dirtied(), count);
    target.resume().unwrap();
    while target.pages_dirtied() < count + 1000 {
        std::thread::yield_now();
    }
    target.pause(StopMode::All).unwrap();
    assert_eq!(contents(&target), expected(target.pages_dirtied()));
}

#[test]
fn the_dirty_log_names_exactly_the_pages_written() {
    let machine = machine("dirty,start=64K,end=128K,rate=100000", false);
    machine.start_log().unwrap();
    let mut dirty = vec![0; 4];
    machine.sync_log(BlockId::new(0), &mut DirtyBits::new(&mut dirty)).unwrap();
    assert_eq!(dirty, [0; 4]);
    machine.resume().unwrap();
    machine.throttle(50).unwrap();
    while machine.pages_dirtied() < 16 {
        std::thread::yield_now();
    }
    machine.pause(StopMode::All).unwrap();
    machine.sync_log(BlockId::new(0), &mut DirtyBits::new(&mut dirty)).unwrap();
    assert_eq!(dirty, [0xffff_0000, 0, 0, 0]);
    let mut again = vec![0; 4];
    machine.sync_log(BlockId::new(0), &mut DirtyBits::new(&mut again)).unwrap();
    assert_eq!(again, [0; 4]);
}

#[test]
fn devices_that_are_refused_change_nothing() {
    let machine = machine("dirty,start=64K,end=128K", false);
    let before = machine.save().unwrap();
    let section = |name: &str, body: Vec<u8>| DeviceSection {
        name: name.into(),
        instance: 0,
        version: 1,
        body,
    };
    let timer = section(TIMER, vec![1; TIMER_LENGTH]);
    let good = Progress::new(0, PAGE, Rate::Max, 1 << 20).unwrap().write();
    let outside = Progress { end: 1 << 30, ..Progress::new(0, PAGE, Rate::Max, 1 << 20).unwrap() };
    for bad in [section(WORKLOAD, outside.write()), section("apic", Vec::new())] {
        let devices = vec![timer.clone(), section(WORKLOAD, good.clone()), bad];
        machine.load(devices).unwrap_err();
        assert_eq!(machine.save().unwrap(), before);
    }
    machine.load(vec![timer, section(WORKLOAD, good)]).unwrap();
    assert_ne!(machine.save().unwrap(), before);
}

#[test]
fn a_workload_counts_beyond_the_largest_number() {
    let target = machine("idle", true);
    let mut progress = Progress::new(0, 16 * PAGE, Rate::Max, 1 << 20).unwrap();
    progress.count = u64::MAX;
    let body = progress.write();
    let (name, instance, version) = (WORKLOAD.into(), 0, 1);
    target.load(vec![DeviceSection { name, instance, version, body }]).unwrap();
    target.resume().unwrap();
    while !(1000..u64::MAX / 2).contains(&target.pages_dirtied()) {
        assert!(target.vcpu.is_alive(), "the vCPU thread has ended");
        std::thread::yield_now();
    }
}

#[test]
fn devices_that_do_not_fit_are_refused() {
    let machine = machine("idle", true);
    let section = |name: &str, length| DeviceSection {
        name: name.into(),
        instance: 0,
        version: 1,
        body: vec![0; length],
    };
    assert!(machine.load(vec![section("timer", 23)]).is_err());
    assert!(machine.load(vec![section("apic", 1)]).is_err());
    assert!(machine.load(vec![section(WORKLOAD, Progress::LENGTH)]).is_err());
}
