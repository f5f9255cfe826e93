//! Lines from a file or a pipe.

use std::io::{self, BufRead, Stdin};

use crate::failure::Failure;

/// A source of lines.
pub trait Lines {
    /// Returns the next line. The prompt is for people.
    fn next(&mut self, prompt: &str) -> Result<Input, Failure>;
}

/// The outcome of reading a line.
pub enum Input {
    /// A line, without its end.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// The end.
    End,
}

/// Standard input.
pub struct Plain(Stdin);

impl Plain {
    pub fn new() -> Plain {
        Plain(io::stdin())
    }
}

impl Lines for Plain {
    fn next(&mut self, _prompt: &str) -> Result<Input, Failure> {
        let mut line = String::new();
        let read = self.0.lock().read_line(&mut line);
        match read.map_err(|error| Failure::io("cannot read standard input", error))? {
            0 => Ok(Input::End),
            _ => {
                line.truncate(line.trim_end_matches(['\n', '\r']).len());
                Ok(Input::Line(line))
            }
        }
    }
}
