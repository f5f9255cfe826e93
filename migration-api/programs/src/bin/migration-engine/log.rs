//! Lines for standard error, of which a peer can cause any number.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of lines that wait to be printed at most. More are counted and left out.
const LIMIT: usize = 1000;

/// Counts the lines on their way from the engine to the main thread.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: AtomicUsize,
    left_out: AtomicUsize,
}

impl Backlog {
    /// Returns true if there is room for another line, which then counts as waiting.
    pub fn admit(&self) -> bool {
        let room = |waiting| (waiting < LIMIT).then_some(waiting + 1);
        let admitted =
            self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok();
        if !admitted {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Counts a line as printed. Returns a text about those left out since the last call.
    pub fn printed(&self) -> Option<String> {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        match self.left_out.swap(0, Ordering::Relaxed) {
            0 => None,
            count => Some(format!("{count} lines left out")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_counted() {
        let backlog = Backlog::default();
        assert_eq!((0..LIMIT + 5).filter(|_| backlog.admit()).count(), LIMIT);
        assert_eq!(backlog.printed().as_deref(), Some("5 lines left out"));
        assert_eq!(backlog.printed(), None);
        assert!(backlog.admit() && backlog.admit() && !backlog.admit());
    }
}
