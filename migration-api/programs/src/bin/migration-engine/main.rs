//! `migration-engine`: the built-in guest behind the engine, with QEMU's command line and QMP.

mod blockdev;
mod devices;
mod help;
mod ignored;
mod keyval;
mod limits;
mod log;
mod monitor;
mod object;
mod options;
mod parse;
mod settings;
#[cfg_attr(not(feature = "tracing"), path = "no_trace.rs")]
mod trace;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use migration_api::api::ShutdownCause;
use migration_api::commands::{commands, forward_events};
use migration_api::engine::{Engine, Event, EventReceiver};
use migration_api::guest::Guest;
use migration_api::guests::{Machine, MachineConfig, Relay};
use migration_api::transport::{Address, note_inherited_descriptors};
use qapi::qmp::Monitor;
use qapi::server::{Listener, Server};

use log::Backlog;
use monitor::Qmp;
use options::{Kind, Options};

const NAME: &str = "migration-engine";

fn main() -> ExitCode {
    // SAFETY: this is the first statement of the program, and only this call takes over descriptors
    // of the parent process.
    #[allow(unsafe_code)]
    unsafe {
        note_inherited_descriptors();
    }
    let arguments: Result<Vec<_>, _> =
        std::env::args_os().skip(1).map(OsString::into_string).collect();
    let arguments = arguments.map_err(|argument| format!("{}: not UTF-8", argument.display()));
    match arguments.and_then(|arguments| parse::parse(arguments.into_iter())) {
        Ok(parse::Request::Help) => say(&help::help()),
        Ok(parse::Request::Version) => {
            say(&format!("{NAME} version {}\n", env!("CARGO_PKG_VERSION")))
        }
        Ok(parse::Request::Run(options)) => match run(*options) {
            Ok(code) => code,
            Err(error) => fail(&error),
        },
        Err(error) => fail(&error),
    }
}

/// Prints a text that was asked for.
fn say(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("{NAME}: {error}");
    ExitCode::FAILURE
}

/// An event that the main thread handles.
enum Happening {
    /// Cut the connections of a character device.
    Disconnect(String),
    /// Print a line of the log.
    Line(String),
    /// End the process.
    End(ExitCode),
}

fn run(options: Options) -> Result<ExitCode, String> {
    if let Some(trace) = &options.trace {
        trace.start()?;
    }
    // Makes a write beyond the file size limit an error instead of the end of the process.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())
        .map_err(|error| error.to_string())?;
    let guest = guest(&options)?;
    let (tell, happenings) = channel();
    let monitor = Arc::new(Monitor::builder().policy(options.policy).build());
    // Monitors whose connections can be cut.
    let sockets =
        options.monitors.iter().enumerate().filter(|(_, monitor)| **monitor != Qmp::Stdio);
    let chardevs = sockets.map(|(number, _)| chardev(number)).collect();
    let engine = Engine::builder(guest)
        .incoming(options.incoming.is_some())
        .autostart(!options.paused)
        .parameters(options.parameters)
        .objects(options.objects)
        .nodes(options.nodes)
        .chardevs(chardevs)
        .reset_is_shutdown(options.reset_is_shutdown)
        .generation(options.generation)
        .limits(options.limits)
        .build();
    forward_events(&engine, monitor.clone());
    let backlog = Arc::new(Backlog::default());
    let (events, shutdown_is_pause) = (engine.events(), options.shutdown_is_pause);
    std::thread::spawn({
        let (tell, backlog) = (tell.clone(), backlog.clone());
        move || handle(events, &tell, &backlog, shutdown_is_pause)
    });
    end_on_signals(&engine, &tell)?;
    // The command line's capabilities obey the same rules as those of QMP.
    engine.set_capabilities(options.capabilities.iter()).map_err(|error| error.to_string())?;
    engine.recover_snapshots().map_err(|error| error.to_string())?;
    if let Some(tag) = &options.snapshot {
        engine.begin_with_snapshot(tag).map_err(|error| error.to_string())?;
    }

    match &options.incoming {
        Some(uri) if uri != "defer" => {
            let address = uri.parse::<Address>().map_err(|error| error.to_string())?;
            engine.incoming(&address).map_err(|error| format!("-incoming {uri}: {error}"))?;
        }
        Some(_) => {}
        None if options.paused => {}
        None => engine.cont().map_err(|error| error.to_string())?,
    }
    let mut monitors = Vec::new();
    for (number, qmp) in options.monitors.into_iter().enumerate() {
        let server = Server::builder(commands(), engine.clone()).monitor(monitor.clone()).build();
        let thread =
            serve(&server, &qmp, tell.clone()).map_err(|error| format!("-qmp {qmp}: {error}"))?;
        monitors.push((chardev(number), server, thread));
    }
    Ok(wait(monitors, &happenings, &backlog))
}

/// The name of a monitor's character device.
fn chardev(number: usize) -> String {
    format!("compat_monitor{number}")
}

fn guest(options: &Options) -> Result<Arc<dyn Guest>, String> {
    match options.kind {
        Kind::Relay => Ok(Arc::new(Relay::new(options.uuid))),
        Kind::Machine => {
            let config = MachineConfig {
                machine: options.machine.clone(),
                uuid: options.uuid,
                block: options.block.clone(),
                size: options.size,
                backing: options.backing.clone(),
                workloads: options.workloads.clone(),
                incoming: options.incoming.is_some(),
                devices: options.devices.clone(),
                blockers: options.blockers.clone(),
            };
            let machine = Machine::new(config).map_err(|error| error.to_string())?;
            Ok(Arc::new(machine.with_primaries(options.primaries.clone())))
        }
    }
}

/// Passes to the main thread the events that it handles.
fn handle(
    events: EventReceiver,
    tell: &Sender<Happening>,
    backlog: &Backlog,
    shutdown_is_pause: bool,
) {
    for event in events {
        // Sending fails only while the process ends.
        match event {
            Event::Disconnect(id) => drop(tell.send(Happening::Disconnect(id))),
            // Every other shutdown comes from the end of the process.
            Event::Shutdown(ShutdownCause::HostQmpSystemReset) if !shutdown_is_pause => {
                drop(tell.send(Happening::End(ExitCode::SUCCESS)));
            }
            Event::Log(line) if backlog.admit() => drop(tell.send(Happening::Line(line))),
            Event::IncomingFailed(lines) => {
                for line in lines.into_iter().filter(|_| backlog.admit()) {
                    drop(tell.send(Happening::Line(line)));
                }
                drop(tell.send(Happening::End(ExitCode::FAILURE)));
            }
            _ => {}
        }
    }
}

/// Shuts down on SIGINT, SIGTERM and SIGHUP, as QEMU does.
fn end_on_signals(engine: &Engine, tell: &Sender<Happening>) -> Result<(), String> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])
        .map_err(|error| error.to_string())?;
    let (engine, tell) = (engine.clone(), tell.clone());
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ =
                engine.shutdown_for(ShutdownCause::HostSignal).join_timeout(Duration::from_secs(1));
            drop(tell.send(Happening::End(ExitCode::SUCCESS)));
        }
    });
    Ok(())
}

/// Starts the thread of a monitor.
fn serve(
    server: &Server<Engine>,
    qmp: &Qmp,
    tell: Sender<Happening>,
) -> std::io::Result<JoinHandle<()>> {
    let listener = match qmp {
        Qmp::Unix(path) => Some(Listener::unix(path)?),
        Qmp::Tcp(address) => Some(Listener::tcp(address.as_str())?),
        Qmp::Stdio => None,
    };
    let server = server.clone();
    std::thread::Builder::new().spawn(move || {
        let served = match &listener {
            Some(listener) => server.serve(listener),
            None => server.serve_stdio(),
        };
        drop(served);
        if server.monitor().is_quitting() {
            drop(tell.send(Happening::End(ExitCode::SUCCESS)));
        }
    })
}

/// A monitor: the name of its character device, its server, and the thread that serves.
type Served = (String, Server<Engine>, JoinHandle<()>);

/// Handles events until the end. Clients still receive what was queued for them.
fn wait(monitors: Vec<Served>, happenings: &Receiver<Happening>, backlog: &Backlog) -> ExitCode {
    let code = loop {
        match happenings.recv() {
            Ok(Happening::Line(line)) => {
                eprintln!("{NAME}: {line}");
                if let Some(text) = backlog.printed() {
                    eprintln!("{NAME}: {text}");
                }
            }
            Ok(Happening::Disconnect(id)) => {
                monitors
                    .iter()
                    .filter(|(name, ..)| *name == id)
                    .for_each(|(_, server, _)| server.disconnect());
            }
            Ok(Happening::End(code)) => break code,
            Err(_) => break ExitCode::SUCCESS,
        }
    };
    for (_, server, _) in &monitors {
        server.shutdown();
    }
    for (_, _, thread) in monitors {
        // A panic has been printed already.
        let _ = thread.join();
    }
    code
}
