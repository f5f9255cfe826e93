//! The line editor: prompts, completion, history.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use qapi_cli::shell::complete;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, ExternalPrinter, Helper};

use super::history;
use super::input::{Input, Lines};
use super::runner::Mode;
use crate::arguments::Connection;
use crate::failure::Failure;

/// The lines that are kept.
const LINES: usize = 1024;

/// A terminal.
pub struct Terminal<'m> {
    editor: Editor<SessionCompleter<'m>, FileHistory>,
    history: Option<PathBuf>,
}

impl<'m> Terminal<'m> {
    /// Prepares the editor and reads the history.
    pub fn new(mode: Rc<RefCell<Mode<'m>>>, verb: &Connection) -> Result<Terminal<'m>, Failure> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .history_ignore_space(true)
            .max_history_size(LINES)
            .map_err(failure)?
            .build();
        let mut editor = Editor::with_config(config).map_err(failure)?;
        editor.set_helper(Some(SessionCompleter(mode)));
        let name = if verb.hmp { "hmp_history" } else { "shell_history" };
        let history = history::path(name);
        // The first session has none.
        let _ = history.as_ref().map(|path| editor.load_history(path));
        Ok(Terminal { editor, history })
    }

    /// Returns a printer that leaves the edited line intact.
    pub fn printer(&mut self) -> Result<impl ExternalPrinter + Send + use<>, Failure> {
        self.editor.create_external_printer().map_err(failure)
    }

    /// Writes the history. A session does not fail for it.
    pub fn save_history(&mut self) {
        if let Some(path) = &self.history
            && let Err(error) = self.editor.save_history(path)
        {
            eprintln!("cannot write '{}': {error}", path.display());
        }
    }
}

impl Lines for Terminal<'_> {
    fn next(&mut self, prompt: &str) -> Result<Input, Failure> {
        match self.editor.readline(prompt) {
            Ok(line) => {
                // Fails only if the history does.
                let _ = self.editor.add_history_entry(&line);
                Ok(Input::Line(line))
            }
            Err(ReadlineError::Interrupted) => Ok(Input::Interrupt),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(error) => Err(failure(error)),
        }
    }
}

fn failure(error: ReadlineError) -> Failure {
    let error = match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    };
    Failure::io("cannot use the terminal", error)
}

/// Completion in the current state of the session.
struct SessionCompleter<'m>(Rc<RefCell<Mode<'m>>>);

impl Completer for SessionCompleter<'_> {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let completion = match &*self.0.borrow() {
            Mode::Qmp(session) => complete(session, line, position),
            Mode::Human(monitor) => monitor.complete(line, position),
        };
        let pairs = completion
            .candidates
            .into_iter()
            .map(|found| Pair { display: found.label, replacement: found.text });
        Ok((completion.start, pairs.collect()))
    }
}

impl Hinter for SessionCompleter<'_> {
    type Hint = String;
}
impl Highlighter for SessionCompleter<'_> {}
impl Validator for SessionCompleter<'_> {}
impl Helper for SessionCompleter<'_> {}
