//! The transitions as a table: every stage with every signal.

use std::sync::Arc;

use super::link::PreemptUse;
use super::*;
use crate::core::runs::Target;
use crate::source::postcopy::pages::MissingPages;
use crate::stream::ram::BlockTable;

fn stop() -> Arc<Stop> {
    Arc::new(Stop::new().unwrap())
}

fn attempt() -> Attempt {
    let target = Target::Address("unix:/nowhere".parse().unwrap());
    Attempt { target, tls: Ok(None), stop: stop() }
}

fn pages() -> Arc<MissingPages> {
    Arc::new(MissingPages::new(BlockTable::new(Vec::new()), [], false))
}

/// A way to a stage, as a sequence of signals.
type Way = fn(&mut Lifecycle) -> Result<(), StageError>;

fn passes(run: &mut Lifecycle) -> Result<(), StageError> {
    run.own(1)?;
    run.open_return_path()
}

fn switchover(run: &mut Lifecycle) -> Result<(), StageError> {
    passes(run)?;
    run.switch_over()
}

fn leaving(run: &mut Lifecycle) -> Result<(), StageError> {
    switchover(run)?;
    run.leave(PostcopyLink::first(stop(), pages(), None))
}

fn postcopy(run: &mut Lifecycle) -> Result<(), StageError> {
    leaving(run)?;
    run.left()
}

fn paused(run: &mut Lifecycle) -> Result<(), StageError> {
    postcopy(run)?;
    run.pause().map(drop)
}

fn reconnecting(run: &mut Lifecycle) -> Result<(), StageError> {
    paused(run)?;
    run.resume(attempt())?;
    run.reconnect().map(drop)
}

fn recovering(run: &mut Lifecycle) -> Result<(), StageError> {
    reconnecting(run)?;
    run.connected(pages(), 1)?;
    run.open_return_path()
}

fn resuming(run: &mut Lifecycle) -> Result<(), StageError> {
    recovering(run)?;
    run.bitmap_came()?;
    run.ask_to_resume(None)
}

const STAGES: [(&str, Way); 16] = [
    ("connecting", |_| Ok(())),
    ("passes", |run| run.own(1)),
    ("pre-switchover", |run| {
        passes(run)?;
        run.wait_before_switchover()
    }),
    ("switchover", switchover),
    ("leaving", leaving),
    ("postcopy", postcopy),
    ("finishing", |run| {
        postcopy(run)?;
        run.finish()
    }),
    ("paused", paused),
    ("reconnecting", reconnecting),
    ("connected", |run| {
        reconnecting(run)?;
        run.connected(pages(), 1).map(drop)
    }),
    ("recovering", recovering),
    ("bitmaps there", |run| {
        recovering(run)?;
        run.bitmap_came()
    }),
    ("resuming", resuming),
    ("resumed", |run| {
        resuming(run)?;
        run.resume_acknowledged()
    }),
    ("ending", |run| {
        postcopy(run)?;
        run.abort(None);
        Ok(())
    }),
    ("ended", |run| {
        passes(run)?;
        run.end();
        Ok(())
    }),
];

const SIGNALS: [(&str, Way); 24] = [
    ("own", |run| run.own(1)),
    ("want_postcopy", Lifecycle::want_postcopy),
    ("open_return_path", Lifecycle::open_return_path),
    ("peer", |run| run.peer(Peer::Acknowledged)),
    ("wait_before_switchover", Lifecycle::wait_before_switchover),
    ("proceed", Lifecycle::proceed),
    ("switch_over", Lifecycle::switch_over),
    ("leave", |run| run.leave(PostcopyLink::first(stop(), pages(), None))),
    ("left", Lifecycle::left),
    ("devices_loaded", Lifecycle::devices_loaded),
    ("request", |run| run.request([])),
    ("take_requests", |run| run.take_requests().map(drop)),
    ("finish", Lifecycle::finish),
    ("pause", |run| run.pause().map(drop)),
    ("resume", |run| run.resume(attempt()).map(drop)),
    ("reconnect", |run| run.reconnect().map(drop)),
    ("not_connected", |run| run.not_connected().map(drop)),
    ("connected", |run| run.connected(pages(), 1).map(drop)),
    ("bitmap_came", Lifecycle::bitmap_came),
    ("ask_to_resume", |run| run.ask_to_resume(None)),
    ("resume_acknowledged", Lifecycle::resume_acknowledged),
    ("recovered", Lifecycle::recovered),
    ("fail", |run| run.fail("lost".into()).map(drop)),
    ("end_return_path", |run| run.end_return_path(Verdict::Lost("gone".into())).map(drop)),
];

/// The stages that take each signal, and the stage that each leads to if it is another. All others
/// refuse it. `end` and `abort` are taken by all stages.
const TABLE: &str = "
own: connecting > passes
want_postcopy: connecting, passes
open_return_path: passes, connected
peer: passes, pre-switchover, switchover, LINK, ending, ended
wait_before_switchover: passes > pre-switchover
proceed: pre-switchover > switchover
switch_over: passes > switchover
leave: switchover > leaving
left: leaving > postcopy
devices_loaded: LINK
request: LINK
take_requests: postcopy
finish: postcopy > finishing
pause: postcopy > paused, finishing > paused, connected > paused, recovering > paused, \
bitmaps there > paused, resuming > paused, resumed > paused
resume: paused, reconnecting
reconnect: paused
not_connected: reconnecting > paused
connected: reconnecting > recovering
bitmap_came: connected, recovering
ask_to_resume: bitmaps there
resume_acknowledged: resuming
recovered: resumed > postcopy
fail: passes, pre-switchover, switchover, LINK, ending
end_return_path: pre-switchover, switchover, leaving, postcopy, finishing, recovering, \
bitmaps there, resuming, resumed, ending
";

/// The stages that `LINK` in the table stands for: those with a connection to send pages on.
const LINK: &str =
    "leaving, postcopy, finishing, connected, recovering, bitmaps there, resuming, resumed";

/// Returns a line per signal: the stages that take it, and where it leads if not to the same one.
fn table() -> String {
    let mut table = String::from("\n");
    for (name, signal) in SIGNALS {
        let mut taken = Vec::new();
        for (stage, way) in STAGES {
            let mut run = Lifecycle::default();
            way(&mut run).unwrap();
            let before = (run.name(), run.is_leaving(), run.thread(), run.error().cloned());
            match signal(&mut run) {
                Ok(()) if run.name() == before.0 => taken.push(stage.to_owned()),
                Ok(()) => taken.push(format!("{stage} > {}", run.name())),
                Err(error) => {
                    let over = stage.starts_with("end");
                    assert_eq!(error == StageError::Over, over, "{name} in {stage}");
                    let after = (run.name(), run.is_leaving(), run.thread(), run.error().cloned());
                    assert_eq!(before, after, "a refused {name} changes {stage}");
                }
            }
        }
        table += &format!("{name}: {}\n", taken.join(", "));
    }
    table
}

#[test]
fn every_stage_takes_the_signals_of_the_table() {
    let expected = TABLE.replace("LINK", LINK);
    for (line, expected) in table().lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(table().lines().count(), expected.lines().count());
}

#[test]
fn every_stage_ends() {
    for (stage, way) in STAGES {
        let mut run = Lifecycle::default();
        way(&mut run).unwrap();
        let (thread, is_leaving) = (run.thread(), run.is_leaving());
        run.abort(Some("over".into()));
        assert!(run.is_over() && run.thread() == thread && run.is_leaving() == is_leaving);
        assert_eq!(run.error().map(String::as_str), thread.map(|_| "over"), "{stage}");
        // The first error is there once the return path has ended.
        if run.first_error().is_none() {
            assert!(run.end_return_path(Verdict::Success).unwrap().is_none());
        }
        assert_eq!(run.first_error(), Some(thread.map(|_| "over".to_owned())), "{stage}");
        run.end();
        assert_eq!((run.thread(), run.is_leaving()), (None, is_leaving), "{stage}");
    }
}

#[test]
fn the_guest_is_taken_back_only_if_its_devices_are_refused() {
    let refused = || Verdict::Refused("no".into());
    for (loaded, verdict, refusal) in [
        (false, None, None),
        (false, Some(refused()), Some(true)),
        (false, Some(Verdict::Lost("gone".into())), Some(false)),
        (true, None, Some(false)),
        (true, Some(refused()), Some(false)),
    ] {
        let mut run = Lifecycle::default();
        postcopy(&mut run).unwrap();
        if loaded {
            run.devices_loaded().unwrap();
        }
        if let Some(verdict) = verdict {
            assert!(run.end_return_path(verdict).unwrap().is_some());
        }
        assert_eq!(run.refusal(), refusal);
        // A run that ends does not wait for the report.
        run.abort(None);
        assert_eq!(run.refusal(), Some(false));
    }
    let mut run = Lifecycle::default();
    recovering(&mut run).unwrap();
    assert_eq!(run.refusal(), Some(false), "the guest may run there since the first connection");
}

#[test]
fn a_second_connection_replaces_the_first() {
    let mut run = Lifecycle::default();
    reconnecting(&mut run).unwrap();
    let second = attempt();
    let expected = second.stop.clone();
    assert!(run.resume(second).unwrap().is_some(), "the first one is to be stopped");
    assert_eq!(run.connected(pages(), 1), Ok(Made::Replaced));
    let Ok(Some(next)) = run.reconnect() else { panic!("no attempt") };
    assert!(Arc::ptr_eq(&next.stop, &expected));
    assert_eq!(run.not_connected(), Ok(Made::Current));
    assert!(run.reconnect().unwrap().is_none());
}

#[test]
fn requests_are_taken_once() {
    let mut run = Lifecycle::default();
    postcopy(&mut run).unwrap();
    assert!(!run.is_page_requested());
    // A repeated request has no new pages, but hurries.
    run.request([]).unwrap();
    assert!(run.is_page_requested());
    assert!(run.take_requests().unwrap().is_empty() && !run.is_page_requested());
}

#[test]
fn the_preempt_channel_is_used_by_one_thread_at_a_time() {
    let mut run = Lifecycle::default();
    postcopy(&mut run).unwrap();
    assert!(run.take_preempt().is_none() && run.begin_urgent().is_err() && !run.is_urgent());
    let Stage::Postcopy(_, link) = &mut run.stage else { panic!("{}", run.name()) };
    link.preempt = PreemptUse::Idle;
    run.begin_urgent().unwrap();
    assert!(run.is_urgent() && run.begin_urgent().is_err());
    assert_eq!(run.end_urgent(), Ok(false), "the migration thread does not wait for it");
    run.begin_urgent().unwrap();
    run.finish().unwrap();
    assert_eq!(run.end_urgent(), Ok(true));
    assert!(run.end_urgent().is_err() && !run.is_urgent());
}

#[test]
fn answers_of_the_destination_add_up() {
    let mut run = Lifecycle::default();
    passes(&mut run).unwrap();
    assert_eq!(run.heard(), Peer::Silent);
    run.peer(Peer::Acknowledged).unwrap();
    run.peer(Peer::Answered).unwrap();
    assert_eq!(run.heard(), Peer::Acknowledged);
    let error = run.request([]).unwrap_err();
    assert_eq!(error.to_string(), "unexpected page request in stage passes");
}
