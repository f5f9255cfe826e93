//! Faulty sources, and guarantees to correct ones.

use std::sync::atomic::{AtomicBool, Ordering};

use super::source::{Source, advise, discard, name};
use super::*;
use crate::stream::Command;
use crate::stream::return_path::Message;
use crate::tests::over::{Hooks, Over};

/// Starts a destination whose workload touches the pages of the second MiB in turn, one per
/// millisecond.
pub(super) fn target(capabilities: &[Capability]) -> Host {
    host(&["dirty,start=1M,end=2M,rate=1000"], true, capabilities, Parameters::default())
}

/// The first pages that the workload touches.
const FIRST: u64 = 256;
const SECOND: u64 = 257;

fn wanted(page: u64, named: bool) -> Option<Message> {
    let block = named.then(|| name("ram"));
    Some(Message::ReqPages { block, start: page * 4096, length: 4096 })
}

/// Returns the error of a destination whose source does this.
pub(super) fn refused(capabilities: &[Capability], does: impl FnOnce(&Host) -> Source) -> String {
    let target = target(capabilities);
    let mut source = does(&target);
    while source.hear().is_some_and(|message| message != Message::Shut(1)) {}
    assert!(target.until(Status::Failed).contains(&Event::Migration(Status::Active)));
    assert_eq!(target.engine.run_state(), RunState::Inmigrate);
    let Ok(Event::IncomingFailed(lines)) = target.notices.lock().unwrap().recv_timeout(PATIENCE)
    else {
        panic!()
    };
    lines.join("; ")
}

#[test]
fn commands_must_come_in_their_order() {
    let after = |begin: fn(&Host) -> Source, commands: &[Command]| {
        refused(POSTCOPY, |target| {
            let mut source = begin(target);
            commands.iter().for_each(|command| source.command(command));
            source
        })
    };
    let state = |command: &str, number: u32| {
        format!(
            "CMD_{command} in wrong postcopy state ({number}); load of migration failed: Operation not permitted"
        )
    };
    assert_eq!(after(Source::begin, &[discard("ram", 0, 4096)]), state("POSTCOPY_RAM_DISCARD", 0));
    assert_eq!(after(Source::begin, &[Command::PostcopyListen]), state("POSTCOPY_LISTEN", 0));
    assert_eq!(after(Source::begin, &[advise(), Command::PostcopyRun]), state("POSTCOPY_RUN", 1));
    assert_eq!(after(Source::begin, &[advise(), advise()]), state("POSTCOPY_ADVISE", 1));
    let twice = refused(POSTCOPY, |target| {
        let mut source = Source::begin(target);
        source.package(&[]);
        source
    });
    assert_eq!(twice, state("POSTCOPY_LISTEN", 0));
    assert!(
        after(Source::begin, &[Command::PostcopyAdvise(None)])
            .starts_with("RAM postcopy is enabled")
    );
    let off = refused(&[Capability::ReturnPath], |target| {
        let mut source = Source::begin(target);
        source.command(&advise());
        source
    });
    assert!(off.starts_with("RAM postcopy is disabled but have 16 byte advise"), "{off}");
}

#[test]
fn discarded_ranges_are_whole_pages_of_the_guest() {
    for (block, start, length) in [
        ("rom", 0, 4096),
        ("ram", 1, 4096),
        ("ram", 0, 4095),
        ("ram", SIZE, 4096),
        ("ram", 4096, !4095),
    ] {
        let error = refused(POSTCOPY, |target| {
            let mut source = Source::advised(target);
            source.command(&discard(block, start, length));
            source
        });
        assert!(error.contains("Illegal RAM offset"), "{block} {start} {length}: {error}");
    }
}

#[test]
fn devices_that_cannot_be_loaded_end_the_migration() {
    let target = target(POSTCOPY);
    let mut source = Source::advised(&target);
    let mut unknown = vec![0; 104];
    unknown[..4].copy_from_slice(&2u32.to_be_bytes());
    unknown[4] = b'x';
    source.package(&[("globalstate", 1, unknown)]);
    while source.hear().is_some() {}
    target.until(Status::Failed);
    assert_eq!(target.engine.run_state(), RunState::Inmigrate);
    assert_eq!(target.machine.pages_dirtied(), 0);
}

#[test]
fn a_source_that_ends_without_a_resume_can_recover_again() {
    let target = target(POSTCOPY);
    Source::running(&target).half_a_page(SECOND);
    target.until(Status::PostcopyPaused);
    let mut source = Source::connect(&target.recover());
    target.until(Status::PostcopyRecover);
    source.end();
    target.until(Status::PostcopyPaused);
    let mut source = Source::connect(&target.recover());
    target.until(Status::PostcopyRecover);
    source.command(&Command::PostcopyResume);
    source.end();
    target.until(Status::Completed);
}

#[test]
fn pages_are_asked_for_once_and_again_after_a_pause() {
    let target = target(POSTCOPY);
    let mut source = Source::advised(&target);
    // A page that arrived before and is unchanged is not requested.
    source.pages(&[(FIRST, 0)]);
    source.command(&discard("ram", SECOND * 4096, SIZE - SECOND * 4096));
    source.package(&[("timer", 2, vec![0; 24])]);
    source.command(&Command::Ping(4));
    let mut answers = [source.hear(), source.hear(), source.hear()];
    answers.sort_by_key(|answer| format!("{answer:?}"));
    assert_eq!(answers, [Some(Message::Pong(3)), Some(Message::Pong(4)), wanted(SECOND, true)]);
    source.pages(&[(SECOND, 7), (SECOND, 8)]);
    assert_eq!(source.hear(), wanted(SECOND + 1, false));
    source.half_a_page(SECOND + 1);
    target.until(Status::PostcopyPaused);

    let mut source = Source::connect(&target.recover());
    target.until(Status::PostcopyRecover);
    source.command(&Command::RecvBitmap(name("ram")));
    let Some(Message::RecvBitmap { block, bitmap }) = source.hear() else { panic!() };
    let received: Vec<usize> =
        (0..bitmap.len() * 8).filter(|page| bitmap[page / 8] & (1 << (page % 8)) != 0).collect();
    assert_eq!((&*block, received), ("ram", vec![FIRST as usize, SECOND as usize]));
    // A second resume gets no further answer.
    source.command(&Command::PostcopyResume);
    source.command(&Command::PostcopyResume);
    source.command(&Command::Ping(5));
    assert_eq!(source.hear(), Some(Message::ResumeAck));
    assert_eq!(source.hear(), wanted(SECOND + 1, true));
    assert_eq!(source.hear(), Some(Message::Pong(5)));
    target.until(Status::PostcopyActive);

    // All other pages are sent without a request.
    let rest: Vec<(u64, u8)> = (0..SIZE / 4096)
        .filter(|page| ![FIRST, SECOND].contains(page))
        .map(|page| (page, if page % 3 == 0 { 0 } else { page as u8 | 1 }))
        .collect();
    source.pages(&rest);
    source.end();
    loop {
        match source.hear() {
            Some(Message::ReqPages { .. }) => {}
            last => break assert_eq!(last, Some(Message::Shut(0))),
        }
    }
    target.until(Status::Completed);
    target.engine.stop().unwrap();
    let (memory, count) = (target.memory(), target.machine.pages_dirtied());
    for page in 0..SIZE / 4096 {
        let sent = match page {
            FIRST => 0,
            // Pages that are present belong to the guest.
            SECOND => 7,
            _ => rest.iter().find(|(number, _)| *number == page).unwrap().1,
        };
        let turns = count / 256 + u64::from((page - 256.min(page)) < count % 256);
        let dirtied = if (256..512).contains(&page) { turns as u8 } else { 0 };
        let got = &memory[page as usize * 4096..][..4096];
        assert_eq!(got[0], sent.wrapping_add(dirtied), "page {page}, {count} in all");
        assert!(got[1..].iter().all(|byte| *byte == sent), "page {page}");
    }
}

#[test]
fn missing_pages_are_counted_in_the_log() {
    let target = target(POSTCOPY);
    let mut source = Source::running(&target);
    source.pages(&[(0, 1)]);
    source.end();
    while source.hear() != Some(Message::Shut(0)) {}
    let seen = target.until(Status::Completed);
    let line = Event::Log(format!("{} pages never arrived; they read as zeroes", SIZE / 4096 - 1));
    assert!(seen.contains(&line), "{seen:?}");
    let count = target.machine.pages_dirtied();
    wait("the workload goes on", || target.machine.pages_dirtied() > count);
}

/// Records if the guest's vCPU is reported to wait for a page.
#[derive(Default)]
struct Waits(AtomicBool);

impl Hooks for Waits {
    fn asked(&self, what: &str) {
        match what {
            "wait" => self.0.store(true, Ordering::SeqCst),
            "go on" => self.0.store(false, Ordering::SeqCst),
            _ => {}
        }
    }
}

#[test]
fn vcpus_do_not_wait_for_pages_that_never_come() {
    let machine = machine(&["dirty,start=1M,end=2M,rate=1000"], true);
    let guest = Arc::new(Over { machine: machine.clone(), hooks: Waits::default() });
    let capabilities =
        Capabilities::default().with(Capability::Events, true).with(Capability::PostcopyRam, true);
    let engine = Engine::builder(guest.clone()).incoming(true).capabilities(capabilities).build();
    let receive = engine.events();
    let target = Host { engine, machine, notices: Mutex::new(receive) };
    let mut source = Source::running(&target);
    assert_eq!(source.hear(), wanted(FIRST, true));
    wait("it waits", || guest.hooks.0.load(Ordering::SeqCst));
    source.end();
    target.until(Status::Completed);
    assert!(!guest.hooks.0.load(Ordering::SeqCst));
}

#[test]
fn urgent_pages_have_their_own_channel() {
    let target = target(PREEMPT);
    let mut source = Source::advised(&target);
    let mut urgent = Source::connect(&target.bound());
    source.package(&[]);
    assert_eq!((source.hear(), source.hear()), (Some(Message::Pong(3)), wanted(FIRST, true)));
    urgent.bare_pages(&[(FIRST, 0), (SECOND, 5)]);
    assert_eq!(source.hear(), wanted(SECOND + 1, false));
    // All pages are sent, except the one on its way on the preempt channel.
    let rest: Vec<(u64, u8)> = (0..SIZE / 4096)
        .filter(|page| ![FIRST, SECOND, SECOND + 1].contains(page))
        .map(|page| (page, 3))
        .collect();
    source.pages(&rest);
    source.end();
    // That channel is lost, and the page with it.
    drop(urgent);
    target.until(Status::PostcopyPaused);
    assert_eq!(source.hear(), None);

    let address = target.recover();
    let mut source = Source::connect(&address);
    let mut urgent = Source::connect(&address);
    source.command(&Command::PostcopyResume);
    assert_eq!(
        (source.hear(), source.hear()),
        (Some(Message::ResumeAck), wanted(SECOND + 1, true))
    );
    source.end();
    urgent.bare_pages(&[(SECOND + 1, 9)]);
    assert_eq!(source.hear(), Some(Message::Shut(0)));
    target.until(Status::Completed);
    target.engine.stop().unwrap();
    assert_eq!(target.memory()[(SECOND as usize + 1) * 4096 + 1], 9);
}

#[test]
fn garbage_in_a_running_guest_is_a_pause() {
    for bytes in [&b"\x2a"[..], b"\x02\0\0\0\x02\0\0\0\0\0\0\0\x40", b"\x02\0\0\0\x63"] {
        let target = target(POSTCOPY);
        let mut source = Source::running(&target);
        assert_eq!(source.hear(), wanted(FIRST, true));
        source.send(bytes);
        target.until(Status::PostcopyPaused);
        // Its first access may be reported before the machine says that it runs.
        wait("the guest runs", || target.engine.run_state() == RunState::Running);
        let _ = target
            .engine
            .shutdown_for(crate::api::ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
    }
}

#[test]
fn a_process_can_end_while_its_guest_waits() {
    for paused in [false, true] {
        let target = target(PREEMPT);
        let mut source = Source::running(&target);
        assert_eq!(source.hear(), wanted(FIRST, true));
        if paused {
            target.engine.pause_incoming();
            target.until(Status::PostcopyPaused);
            target.recover();
        }
        let _ = target
            .engine
            .shutdown_for(crate::api::ShutdownCause::HostQmpQuit)
            .join_timeout(Duration::from_secs(1));
        assert_eq!(target.engine.run_state(), RunState::Shutdown);
        let Host { engine, machine, .. } = target;
        drop(engine);
        let end = Instant::now() + PATIENCE;
        while Arc::strong_count(&machine) > 1 {
            assert!(Instant::now() < end, "threads go on");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_source_ends_at_once_after_its_destination() {
    use crate::api::ShutdownCause::HostQmpQuit;
    for (capabilities, rate) in [(POSTCOPY, 1), (PREEMPT, 1), (POSTCOPY, 1 << 20)] {
        for wait in [0, 50] {
            let (source, target) = postcopy(capabilities, rate);
            let _ = target.engine.shutdown_for(HostQmpQuit).join_timeout(Duration::from_secs(1));
            std::thread::sleep(Duration::from_millis(wait));
            let began = Instant::now();
            let _ = source.engine.shutdown_for(HostQmpQuit).join_timeout(Duration::from_secs(1));
            // The source waits for the destination's last message for 1 s, but not at its end.
            let took = began.elapsed();
            assert!(took < Duration::from_millis(500), "{capabilities:?}, {wait} ms: {took:?}");
        }
    }
}
