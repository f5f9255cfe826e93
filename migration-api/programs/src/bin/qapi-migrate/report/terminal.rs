//! The progress bar of a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::figures::Figures;

/// A bar with the status before it and the figures below it.
pub struct Terminal(ProgressBar);

impl Terminal {
    /// A bar that draws on the target.
    pub fn new(target: ProgressDrawTarget) -> Self {
        let style = ProgressStyle::with_template("{prefix} [{wide_bar}] {percent:>3} %\n{msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(1), target);
        Self(bar.with_style(style.progress_chars("=> ")))
    }

    /// Draws the bar. It stays where it was if the amount left is unknown.
    pub fn progress(&self, status: &str, figures: &Figures) {
        use super::figures::Figure::Known;
        if let (Known(total), Known(remaining)) = (figures.total, figures.remaining) {
            self.0.set_length(total);
            self.0.set_position(total.saturating_sub(remaining));
        }
        self.0.set_prefix(status.to_owned());
        self.0.set_message(figures.moment());
    }

    /// Prints a line above the bar.
    pub fn line(&self, text: &str) {
        self.0.println(text);
    }

    /// Removes the bar.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, TermLike};

    use super::*;
    use crate::api::MigrationInfo;

    /// The kept screen: a line for the command, then the bar at two moments.
    const SCREEN: &str = include_str!("../../../../../../docs/screens/qapi-migrate-terminal.txt");

    const MOMENTS: [&str; 2] = [
        r#"{"status": "active", "expected-downtime": 300, "ram": {"transferred": 2097152,
            "remaining": 12582912, "total": 16777216, "mbps": 8.388608, "dirty-pages-rate": 256,
            "dirty-sync-count": 1}}"#,
        r#"{"status": "postcopy-active", "ram": {"transferred": 12582912, "remaining": 4194304,
            "total": 16777216, "mbps": 8.388608, "dirty-pages-rate": 0, "dirty-sync-count": 2}}"#,
    ];

    #[test]
    fn the_bar_looks_as_the_kept_screen() {
        let mut screen = String::from("$ qapi-migrate --postcopy source.sock destination.sock\n");
        for reply in MOMENTS {
            let info: MigrationInfo = qapi::from_text(reply, &qapi::Rules::STRICT).unwrap();
            let display = InMemoryTerm::new(10, 100);
            let target = ProgressDrawTarget::term_like(Box::new(display.clone()));
            let terminal = Terminal::new(target);
            let status = info.status.as_ref().unwrap().to_string();
            terminal.progress(&status, &Figures::new(&info));
            terminal.0.tick();
            screen += &format!("{}\n", display.contents());
            terminal.end();
            assert_eq!(display.contents(), "");
            assert_eq!(display.width(), 100);
        }
        assert_eq!(screen, SCREEN, "{screen}");
    }
}
