//! Log lines about the content of a stream: repeated ones are collapsed, and their number is
//! limited.

/// Lets lines through to a log, up to a number.
pub(super) struct Lines {
    log: Box<dyn Fn(String) + Send>,
    left: usize,
    last: String,
    repeated: u64,
    left_out: u64,
}

impl Lines {
    /// Lets at most `most` lines through to `log`.
    pub(super) fn new(most: usize, log: Box<dyn Fn(String) + Send>) -> Self {
        Self { log, left: most, last: String::new(), repeated: 0, left_out: 0 }
    }

    /// Logs a line, or counts it.
    pub(super) fn add(&mut self, line: String) {
        if line == self.last {
            self.repeated += 1;
            return;
        }
        self.settle();
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.last.clone_from(&line);
                (self.log)(line);
            }
            None => self.left_out += 1,
        }
    }

    fn settle(&mut self) {
        self.last.clear();
        if self.repeated > 0 {
            (self.log)(format!("the last line was repeated {} times", self.repeated));
            self.repeated = 0;
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.settle();
        if self.left_out > 0 {
            (self.log)(format!("{} further lines about the stream were left out", self.left_out));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn lines_are_collapsed_and_bounded() {
        let (send, lines) = channel();
        let mut log = Lines::new(3, Box::new(move |line| send.send(line).unwrap()));
        for line in ["a", "b", "b", "b", "c", "d", "e", "e"] {
            log.add(line.into());
        }
        drop(log);
        let expected = [
            "a",
            "b",
            "the last line was repeated 2 times",
            "c",
            "3 further lines about the stream were left out",
        ];
        assert_eq!(lines.iter().collect::<Vec<_>>(), expected);
    }
}
