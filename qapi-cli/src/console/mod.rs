//! `shell`: an interactive session with a QMP server.

mod connect;
mod editor;
mod history;
mod input;
mod local;
mod printer;
mod runner;
mod watch;

use std::cell::RefCell;
use std::io::IsTerminal;
use std::rc::Rc;
use std::sync::Arc;

use qapi_cli::shell::Session;

use crate::arguments::Connection;
use crate::failure::Failure;
use crate::output;
use crate::report::Reporter;
use connect::Peer;
use editor::Terminal;
use input::Plain;
use printer::Printer;
use runner::{Mode, Runner};

/// Connects, and executes lines until they end.
pub fn run(verb: &Connection, reporter: &mut Reporter) -> Result<(), Failure> {
    let printer = Arc::new(Printer::new(verb)?);
    let peer = Peer::connect(verb)?;
    let model;
    let mut lack = None;
    let mode = if verb.hmp {
        Mode::Human(peer.human_monitor()?)
    } else {
        model = peer.model(verb, reporter)?;
        lack = model.lack();
        let session = Session::new(&model);
        Mode::Qmp(if verb.no_check { session.unchecked() } else { session })
    };
    let mode = Rc::new(RefCell::new(mode));
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if verb.batch || !is_terminal {
        let printed = Some(peer.client().clone());
        let mut runner = Runner::new(&peer, printed, mode, printer, verb);
        return runner.run(&mut Plain::new());
    }
    let mut terminal = Terminal::new(Rc::clone(&mode), verb)?;
    watch::start(peer.client(), terminal.printer()?, Arc::clone(&printer));
    if !reporter.is_quiet() {
        output::print(&peer.banner(lack))?;
    }
    let result = Runner::new(&peer, None, mode, printer, verb).run(&mut terminal);
    terminal.save_history();
    result
}
