//! A terminal of 100 columns, and the program in it.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::server::Server;

/// Only a hang takes as long.
const LONG: Duration = Duration::from_secs(60);

/// The program in a terminal.
pub struct Terminal {
    keys: std::fs::File,
    output: Receiver<Vec<u8>>,
    child: Child,
    screen: Screen,
}

impl Terminal {
    /// Starts the program.
    pub fn start(server: &Server, arguments: &[&str]) -> Terminal {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&main).and_then(|()| unlockpt(&main)).expect("a terminal");
        let size = Winsize { ws_row: 50, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&main, size).expect("a terminal");
        let path = ptsname(&main, Vec::new()).expect("a name").into_string().expect("UTF-8");
        let open = || {
            let terminal = std::fs::File::options().read(true).write(true).open(&path);
            OwnedFd::from(terminal.expect("the terminal opens"))
        };
        let mut command = server.command(arguments);
        command.env("TERM", "xterm").stdin(open()).stdout(open()).stderr(open());
        let child = command.spawn().expect("the program starts");
        let keys = std::fs::File::from(main);
        let mut reader = keys.try_clone().expect("a terminal");
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Fails at the end of the program.
            while let Ok(length) = reader.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { keys, output, child, screen: Screen::default() }
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        // Fails once the program has ended, as its status tells.
        let _ = self.keys.write_all(keys.as_bytes());
    }

    /// Waits until the screen satisfies a condition.
    pub fn wait(&mut self, condition: impl Fn(&str) -> bool) -> String {
        loop {
            let text = self.screen.text();
            if condition(&text) {
                return text;
            }
            match self.output.recv_timeout(LONG) {
                Ok(bytes) => self.screen.write(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("{error}; the screen is\n{text}"),
            }
        }
    }

    /// Waits for the end of the program; returns the screen and the exit status.
    pub fn end(mut self) -> (String, i32) {
        while let Ok(bytes) = self.output.recv_timeout(LONG) {
            self.screen.write(&String::from_utf8_lossy(&bytes));
        }
        let status = self.child.wait().expect("the program ends");
        (self.screen.text(), status.code().expect("the program exits by itself"))
    }
}

/// The lines on a screen that is long enough.
#[derive(Default)]
struct Screen {
    lines: Vec<Vec<char>>,
    column: usize,
    /// An unfinished control sequence.
    sequence: Option<String>,
}

impl Screen {
    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>());
        lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    fn write(&mut self, text: &str) {
        for c in text.chars() {
            if self.lines.is_empty() {
                self.lines.push(Vec::new());
            }
            if let Some(sequence) = &mut self.sequence {
                sequence.push(c);
                if c.is_ascii_alphabetic() {
                    self.control();
                }
                continue;
            }
            match c {
                '\x1b' => self.sequence = Some(String::new()),
                '\r' => self.column = 0,
                '\n' => self.lines.push(Vec::new()),
                c if c.is_control() => {}
                c => {
                    let column = self.column;
                    let line = self.lines.last_mut().expect("a line");
                    line.resize(line.len().max(column + 1), ' ');
                    line[column] = c;
                    self.column += 1;
                }
            }
        }
    }

    /// Executes a control sequence that is whole.
    fn control(&mut self) {
        let sequence = self.sequence.take().unwrap_or_default();
        let digits: String = sequence.chars().filter(char::is_ascii_digit).collect();
        let count = digits.parse().unwrap_or(1);
        match sequence.chars().last() {
            Some('C') => self.column += count,
            Some('D') => self.column -= count,
            Some('K') => {
                let column = self.column;
                self.lines.last_mut().expect("a line").truncate(column);
            }
            _ => {}
        }
    }
}
