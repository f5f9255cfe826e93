//! Running a request: the checks before the handler, in QEMU's order.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll, Waker};

use super::dispatch::{AnyHandler, Call, Commands, Context};
use super::fds::Fds;
use super::message::{self, Envelope};
use super::monitor::Monitor;
use super::negotiate::{Negotiate, negotiate};
use super::phase::Phase;
use crate::command::{Command as _, CommandInfo};
use crate::error::{ErrorClass, QmpError};
use crate::json::{Node, OwnedDocument};
use crate::sync::unpoisoned;

/// A request that is to be run now.
#[derive(Debug)]
pub struct Request {
    request: Result<OwnedDocument, QmpError>,
    fds: Arc<Fds>,
    phase: Phase,
    in_band: bool,
}

/// The outcome of a request.
#[derive(Debug)]
pub struct Outcome {
    pub(crate) in_band: bool,
    pub(crate) phase: Option<Phase>,
    pub(crate) reply: Option<String>,
    pub(crate) delimit: bool,
    crash: Option<String>,
}

impl Outcome {
    /// The policy's finding, if it wants the process to end at once.
    pub fn crash(&self) -> Option<&str> {
        self.crash.as_deref()
    }
}

/// The failure of a request.
struct Failure {
    error: QmpError,
    crash: bool,
}

impl From<QmpError> for Failure {
    fn from(error: QmpError) -> Failure {
        Failure { error, crash: false }
    }
}

/// The result of a request that succeeds.
struct Success {
    /// The reply; none if success is not answered.
    reply: Option<String>,
    phase: Option<Phase>,
    delimit: bool,
}

/// The command of the guest agent whose reply is set off by a byte that no message has.
const DELIMITED: &str = "guest-sync-delimited";

impl Request {
    pub(crate) fn new(
        request: Result<OwnedDocument, QmpError>,
        fds: Arc<Fds>,
        phase: Phase,
        in_band: bool,
    ) -> Request {
        Request { request, fds, phase, in_band }
    }

    /// Returns true if it runs in its turn; otherwise it runs at once, beside others.
    pub fn is_in_band(&self) -> bool {
        self.in_band
    }

    /// Runs the request and blocks until it ends.
    pub fn run<H>(
        &self,
        commands: &Commands<H>,
        handler: &H,
        monitor: &Monitor,
        connection: u64,
    ) -> Outcome {
        let mut running = pin!(self.run_async(commands, handler, monitor, connection));
        // Few commands wait, and a waker costs an allocation.
        match running.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => pollster::block_on(running),
        }
    }

    /// Runs the request as part of a task: asynchronous handlers and requests of other connections
    /// are awaited. A synchronous handler blocks the task's thread.
    pub async fn run_async<H>(
        &self,
        commands: &Commands<H>,
        handler: &H,
        monitor: &Monitor,
        connection: u64,
    ) -> Outcome {
        let (outcome, id) = match &self.request {
            Err(error) => (Err(error.clone().into()), None),
            Ok(request) => {
                let root = request.root();
                let outcome = self.execute(root, commands, handler, monitor, connection).await;
                self.fds.close_rest();
                (outcome, root.get("id"))
            }
        };
        let mut result = Outcome {
            in_band: self.in_band,
            phase: None,
            reply: None,
            delimit: false,
            crash: None,
        };
        match outcome {
            Ok(Success { reply, phase, delimit }) => {
                result.reply = reply.map(|reply| message::success(&reply, id));
                (result.phase, result.delimit) = (phase, delimit);
            }
            Err(Failure { mut error, crash }) => {
                if matches!(self.phase, Phase::Negotiating { .. })
                    && error.class == ErrorClass::CommandNotFound
                {
                    error.desc =
                        "Expecting capabilities negotiation with 'qmp_capabilities'".into();
                }
                result.crash = crash.then(|| error.desc.clone());
                result.reply = Some(message::failure(&error, id));
            }
        }
        result
    }

    async fn execute<H>(
        &self,
        root: Node<'_>,
        commands: &Commands<H>,
        handler: &H,
        monitor: &Monitor,
        connection: u64,
    ) -> Result<Success, Failure> {
        let envelope = message::open_envelope(root, self.phase.has_oob())?;
        let negotiates = envelope.command == Negotiate::INFO.name() && self.phase != Phase::Agent;
        let entry = match self.phase {
            Phase::Negotiating { .. } => None,
            Phase::Ready { .. } | Phase::Agent => commands.find(envelope.command),
        };
        let info = if negotiates { Some(Negotiate::INFO) } else { entry.map(AnyHandler::info) };
        let info = info.ok_or_else(|| QmpError::command_not_found(envelope.command))?;
        check_command(info, &envelope, monitor)?;

        let turn = Mutex::new(None);
        let context = Context {
            monitor,
            fds: &self.fds,
            command: info,
            oob: envelope.oob,
            connection,
            turn: &turn,
        };
        let mut call = Call::new(context, envelope.arguments, monitor.policy());
        let mut phase = None;
        let outcome = if negotiates {
            negotiate(self.phase, &mut call).map(|next| phase = Some(next))
        } else {
            // Coroutines do not delay the commands of other connections.
            let exclusive = self.in_band && !info.is_coroutine();
            if exclusive {
                let guard = monitor.in_band().lock().await;
                *unpoisoned(turn.lock()) = Some(guard);
            }
            match entry {
                Some(entry) => entry.run(handler, &mut call).await,
                None => Err(QmpError::command_not_found(envelope.command)),
            }
        };
        let (reply, crash) = call.finish();
        outcome.map_err(|error| Failure { error, crash })?;
        let delimit = self.phase == Phase::Agent && envelope.command == DELIMITED;
        Ok(Success { reply: info.has_success_response().then_some(reply), phase, delimit })
    }
}

/// Checks that a known command may run.
fn check_command(
    info: &CommandInfo,
    envelope: &Envelope<'_>,
    monitor: &Monitor,
) -> Result<(), Failure> {
    let name = envelope.command;
    if let Some(rejection) = monitor.policy().rejection(info.feature_set) {
        let desc = format!("{} command {name} disabled by policy", rejection.word);
        let error = QmpError::new(ErrorClass::CommandNotFound, desc);
        return Err(Failure { error, crash: rejection.crash });
    }
    if let Some(desc) = monitor.disabled(name) {
        return Err(QmpError::new(ErrorClass::CommandNotFound, desc).into());
    }
    if envelope.oob && !info.is_oob() {
        return Err(QmpError::generic(format!("The command {name} does not support OOB")).into());
    }
    if monitor.is_preconfig() && !info.is_preconfig() {
        let desc = format!(
            "The command '{name}' is permitted only after machine initialization has completed"
        );
        return Err(QmpError::generic(desc).into());
    }
    Ok(())
}
