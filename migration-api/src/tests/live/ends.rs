//! A yank and the end of the process take effect at once in every phase of an incoming migration.

use super::source::Source;
use super::*;
use crate::api::ShutdownCause;
use crate::stream::Command;

/// The time in which an end takes effect. A test fails only at ten times of it, because hosts may
/// be busy.
const PROMPT: Duration = Duration::from_millis(100);

/// A phase: the connections of its source, and the status after a yank.
struct Stage {
    name: &'static str,
    capabilities: &'static [Capability],
    begin: fn(&Host) -> Vec<Source>,
    yanked: Status,
}

const PLAIN: &[Capability] = &[];
const MULTIFD: &[Capability] = &[Capability::Multifd];

const STAGES: &[Stage] = &[
    Stage {
        name: "waits for a source",
        capabilities: PLAIN,
        begin: |target| {
            target.listen();
            Vec::new()
        },
        yanked: Status::Setup,
    },
    Stage {
        name: "a source that sends nothing",
        capabilities: PLAIN,
        begin: |target| vec![Source::connect(&target.listen())],
        yanked: Status::Failed,
    },
    Stage {
        name: "within the header",
        capabilities: PLAIN,
        begin: |target| {
            let mut source = Source::connect(&target.listen());
            source.send(b"QEV");
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "before RAM",
        capabilities: PLAIN,
        begin: |target| vec![Source::begin(target)],
        yanked: Status::Failed,
    },
    Stage {
        name: "within a page",
        capabilities: PLAIN,
        begin: |target| {
            let mut source = Source::begin(target);
            source.section();
            source.pages(&[(1, 7), (2, 7)]);
            source.begin_page(3);
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "within a page of a source without return path",
        capabilities: PLAIN,
        begin: |target| {
            let mut source = Source::connect(&target.listen());
            source.machine();
            source.section();
            source.begin_page(3);
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "before the description",
        capabilities: PLAIN,
        begin: |target| {
            let mut source = Source::begin(target);
            source.section();
            source.end();
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "a multifd source that sends nothing",
        capabilities: MULTIFD,
        begin: |target| vec![Source::connect(&target.listen())],
        yanked: Status::Failed,
    },
    Stage {
        name: "within the magic number of a multifd channel",
        capabilities: MULTIFD,
        begin: |target| {
            let mut source = Source::connect(&target.listen());
            source.send(b"\x11\x22");
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "multifd channels are missing",
        capabilities: MULTIFD,
        begin: |target| {
            let source = Source::begin(target);
            let mut all = Source::channels(&target.bound(), 1);
            all.push(source);
            all
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "SYNCs of multifd channels are missing",
        capabilities: MULTIFD,
        begin: |target| {
            let mut source = Source::begin(target);
            let mut all = Source::channels(&target.bound(), 2);
            source.section();
            source.multifd_flush();
            all.push(source);
            all
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "within a package",
        capabilities: POSTCOPY,
        begin: |target| {
            let mut source = Source::advised(target);
            source.command(&Command::Packaged(1000));
            source.send(b"\x08");
            vec![source]
        },
        yanked: Status::Failed,
    },
    Stage {
        name: "pages of a running guest are missing",
        capabilities: POSTCOPY,
        begin: |target| vec![Source::running(target)],
        yanked: Status::PostcopyPaused,
    },
    Stage {
        name: "the preempt channel is missing",
        capabilities: PREEMPT,
        begin: |target| vec![Source::running(target)],
        yanked: Status::PostcopyPaused,
    },
    Stage {
        name: "a recovering source sends nothing",
        capabilities: POSTCOPY,
        begin: |target| {
            let running = Source::running(target);
            assert!(target.engine.pause_incoming());
            wait("a pause", || target.incoming() == Status::PostcopyPaused);
            let silent = Source::connect(&target.recover());
            wait("a recovery", || target.incoming() == Status::PostcopyRecover);
            vec![running, silent]
        },
        yanked: Status::PostcopyPaused,
    },
];

impl Stage {
    /// Begins the phase, and lets the destination arrive in it.
    fn begin(&self) -> (Host, Vec<Source>) {
        let target = super::faults::target(self.capabilities);
        let sources = (self.begin)(&target);
        std::thread::sleep(Duration::from_millis(50));
        (target, sources)
    }

    /// Returns the shortest time that `end` takes, of some attempts: a busy host spoils some.
    fn shortest(&self, end: impl Fn(&Host)) -> Duration {
        let mut shortest = Duration::MAX;
        for _ in 0..3 {
            let (target, sources) = self.begin();
            let began = Instant::now();
            end(&target);
            shortest = shortest.min(began.elapsed());
            let _ = target
                .engine
                .shutdown_for(ShutdownCause::HostQmpQuit)
                .join_timeout(Duration::from_secs(1));
            drop(sources);
            if shortest < PROMPT {
                break;
            }
        }
        println!("{:<50} {shortest:?}", self.name);
        shortest
    }
}

#[test]
fn a_yank_takes_effect_in_every_phase() {
    for stage in STAGES {
        let took = stage.shortest(|target| {
            target.engine.yank();
            wait(stage.name, || target.incoming() == stage.yanked);
        });
        assert!(took < 10 * PROMPT, "{}: {took:?}", stage.name);
    }
}

#[test]
fn a_process_ends_in_every_phase() {
    for stage in STAGES {
        let took = stage.shortest(|target| {
            let _ = target
                .engine
                .shutdown_for(ShutdownCause::HostQmpQuit)
                .join_timeout(Duration::from_secs(1));
            let ended = target.engine.core.lifetime.wait(Duration::ZERO);
            assert!(ended, "{}: threads go on", stage.name);
        });
        assert!(took < 10 * PROMPT, "{}: {took:?}", stage.name);
    }
}
