//! The loop of a session: a line, its command, the reply, events.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use qapi::client::{Client, ClientError};
use qapi::{RawEvent, Value, dict};
use qapi_cli::shell::{Command, HumanMonitor, Session, Step};

use super::connect::{self, Peer};
use super::input::{Input, Lines};
use super::printer::Printer;
use crate::arguments::Connection;
use crate::failure::Failure;
use crate::output;

/// The language of the lines.
pub enum Mode<'m> {
    /// QMP.
    Qmp(Session<'m>),
    /// The human monitor's.
    Human(HumanMonitor),
}

/// A session with a server.
pub struct Runner<'m> {
    /// Keeps the events since the last command, for `.wait`.
    client: Client,
    /// Has the events to print, unless a thread prints them.
    printed: Option<Client>,
    mode: Rc<RefCell<Mode<'m>>>,
    printer: Arc<Printer>,
    is_agent: bool,
    is_batch: bool,
    is_verbose: bool,
    timeout: Duration,
    /// The number of the line, and the command in it that is under way.
    line: usize,
}

/// The outcome of a line.
enum Flow {
    Continue,
    /// The line is refused, or its command has failed.
    Failed,
    Exit,
}

impl<'m> Runner<'m> {
    /// Prepares a session. `printed` has the events to print.
    pub fn new(
        peer: &Peer,
        printed: Option<Client>,
        mode: Rc<RefCell<Mode<'m>>>,
        printer: Arc<Printer>,
        verb: &Connection,
    ) -> Runner<'m> {
        Runner {
            client: peer.client().clone(),
            printed,
            mode,
            printer,
            is_agent: peer.is_agent(),
            is_batch: verb.batch,
            is_verbose: verb.verbose,
            timeout: verb.timeout.unwrap_or(Duration::MAX),
            line: 0,
        }
    }

    /// Executes lines until they end, or with `--batch` until one fails.
    pub fn run(&mut self, lines: &mut impl Lines) -> Result<(), Failure> {
        loop {
            if self.has_ended() {
                return Ok(());
            }
            let flow = match lines.next(&self.prompt())? {
                Input::Line(line) => self.execute_line(&line)?,
                Input::Interrupt => {
                    self.reset();
                    Flow::Continue
                }
                Input::End => {
                    let flow = self.finish()?;
                    self.print_events()?;
                    return if self.is_over(&flow) { Err(Failure::Line) } else { Ok(()) };
                }
            };
            self.print_events()?;
            match flow {
                Flow::Exit => return Ok(()),
                flow if self.is_over(&flow) => return Err(Failure::Line),
                _ => {}
            }
        }
    }

    /// Returns true once a person has read that the connection is closed. A script fails with its
    /// next command.
    fn has_ended(&self) -> bool {
        let is_closed = |error: ClientError| error.is_closed();
        let any = self.client.wait_event::<RawEvent>(Duration::ZERO, |_| false);
        self.printed.is_none() && any.is_err_and(is_closed)
    }

    fn is_over(&self, flow: &Flow) -> bool {
        self.is_batch && matches!(flow, Flow::Failed)
    }

    fn prompt(&self) -> String {
        let prompt = match &*self.mode.borrow() {
            Mode::Human(_) => "(hmp) ",
            Mode::Qmp(session) if session.is_in_value() => "... ",
            Mode::Qmp(session) if session.is_in_transaction() => "TRANS> ",
            Mode::Qmp(_) if self.is_agent => "(agent) ",
            Mode::Qmp(_) => "(QEMU) ",
        };
        prompt.to_owned()
    }

    fn reset(&mut self) {
        if let Mode::Qmp(session) = &mut *self.mode.borrow_mut() {
            session.reset();
        }
    }

    /// Refuses an unfinished line at the end of the input.
    fn finish(&mut self) -> Result<Flow, Failure> {
        let Mode::Qmp(session) = &mut *self.mode.borrow_mut() else { return Ok(Flow::Continue) };
        match session.finish() {
            Ok(()) => Ok(Flow::Continue),
            Err(refusal) => self.refuse(&refusal.to_string()),
        }
    }

    fn execute_line(&mut self, line: &str) -> Result<Flow, Failure> {
        self.line += 1;
        let mode = Rc::clone(&self.mode);
        match &mut *mode.borrow_mut() {
            Mode::Human(monitor) => self.human(monitor, line),
            Mode::Qmp(session) => match session.feed(line) {
                Ok(step) => self.step(step),
                Err(refusal) => self.refuse(&refusal.to_string()),
            },
        }
    }

    fn step(&mut self, step: Step) -> Result<Flow, Failure> {
        match step {
            Step::Execute(command) => match self.execute(&command)? {
                Ok(reply) => {
                    output::print(&self.printer.reply(&reply))?;
                    Ok(Flow::Continue)
                }
                Err(text) => {
                    output::print(&text)?;
                    Ok(Flow::Failed)
                }
            },
            Step::Wait { event, within } => self.wait(&event, within),
            Step::Print(text) => output::print(&text).map(|()| Flow::Continue),
            Step::Exit => Ok(Flow::Exit),
            _ => Ok(Flow::Continue),
        }
    }

    /// Executes a command; returns the reply or the text of the server's error.
    fn execute(&mut self, command: &Command) -> Result<Result<Value, String>, Failure> {
        if self.is_verbose {
            output::print(&self.printer.command(command))?;
        }
        self.printer.log(&command.message());
        self.client.discard_events();
        let request = self.client.request_raw(&command.name, &command.arguments);
        let outcome = request.within(self.timeout).execute();
        self.print_events()?;
        match outcome {
            Ok(reply) => {
                self.printer.log(&dict! { "return": reply.clone() }.into());
                Ok(Ok(reply))
            }
            Err(ClientError::Qmp(error)) => {
                let fault = dict! { "class": error.class.as_str(), "desc": error.desc.as_str() };
                self.printer.log(&dict! { "error": fault }.into());
                Ok(Err(self.printer.error(&error)))
            }
            Err(error) => Err(connect::failure(error)),
        }
    }

    fn human(&mut self, monitor: &mut HumanMonitor, line: &str) -> Result<Flow, Failure> {
        let cpu = match HumanMonitor::selected_cpu(line) {
            Some(Ok(cpu)) => Some(cpu),
            Some(Err(message)) => return self.refuse(&message),
            None => None,
        };
        let command = match cpu {
            Some(cpu) => HumanMonitor::probe(cpu),
            None => match monitor.command(line) {
                Some(command) => command,
                None => return Ok(Flow::Continue),
            },
        };
        match (self.execute(&command)?, cpu) {
            (Ok(_), Some(cpu)) => monitor.select_cpu(cpu),
            (Ok(reply), None) => {
                let mut text = HumanMonitor::text(&reply);
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                output::print(&text)?;
            }
            (Err(text), _) => {
                output::print(&text)?;
                return Ok(Flow::Failed);
            }
        }
        Ok(Flow::Continue)
    }

    /// Waits for an event that has come since the last command.
    fn wait(&mut self, event: &str, within: Duration) -> Result<Flow, Failure> {
        let end = Instant::now().checked_add(within);
        let left =
            || end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        // Other events are printed as they come.
        let slice = if self.printed.is_some() { Duration::ZERO } else { left() };
        loop {
            let wanted = |received: &qapi::client::Received<RawEvent>| received.event.name == event;
            let found = self.client.wait_event::<RawEvent>(slice, wanted);
            self.print_events()?;
            match found {
                Ok(_) => return Ok(Flow::Continue),
                Err(error) if !error.is_timeout() => return Err(connect::failure(error)),
                Err(_) if left().is_zero() => {
                    let message = format!("no event {event} within {} s", within.as_secs_f64());
                    return self.refuse(&message);
                }
                Err(_) => self.print_next_event(left())?,
            }
        }
    }

    /// Prints a fault of the line.
    fn refuse(&self, message: &str) -> Result<Flow, Failure> {
        let lines = message.lines().map(|line| match self.printed {
            Some(_) => format!("line {}: {line}", self.line),
            None => line.to_owned(),
        });
        let text = self.printer.failure(&lines.collect::<Vec<_>>().join("\n"));
        if self.printed.is_some() {
            output::complain(&text)
        } else {
            output::print(&text)?
        }
        Ok(Flow::Failed)
    }

    fn print_events(&self) -> Result<(), Failure> {
        while self.print_event(Duration::ZERO)? {}
        Ok(())
    }

    fn print_next_event(&self, within: Duration) -> Result<(), Failure> {
        self.print_event(within).map(drop)
    }

    /// Prints an event; returns false if none comes.
    fn print_event(&self, within: Duration) -> Result<bool, Failure> {
        let Some(client) = &self.printed else { return Ok(false) };
        match client.next_event::<RawEvent>(within) {
            Ok(event) => output::print(&self.printer.event(&event)).map(|()| true),
            // A command or the next wait reports the end of the connection.
            Err(_) => Ok(false),
        }
    }
}
