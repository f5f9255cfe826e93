//! The human monitor: its command lines, passed through QMP.

use qapi::{Dict, Value, dict};

use super::complete::{Candidate, Completion};
use super::session::Command;

/// The QMP command that passes a line.
const PASS: &str = "human-monitor-command";

/// The state of a session with the human monitor.
#[derive(Debug, Default)]
pub struct HumanMonitor {
    /// The lines that can begin, such as `info block`.
    lines: Vec<String>,
    cpu: i64,
}

impl HumanMonitor {
    /// Reads the replies to `help` and `info`.
    pub fn new(help: &str, info: &str) -> HumanMonitor {
        let mut lines = vec!["help info".to_owned()];
        for name in help.lines().filter_map(command_name).filter(|name| *name != "info") {
            lines.extend([name.to_owned(), format!("help {name}")]);
        }
        let topics = info.lines().filter_map(|line| line.strip_prefix("info "));
        let topics = topics.filter_map(|line| line.split_whitespace().next());
        lines.extend(topics.map(|topic| format!("info {topic}")));
        lines.sort();
        lines.dedup();
        HumanMonitor { lines, cpu: 0 }
    }

    /// Returns the command that passes a line; `None` for an empty one.
    pub fn command(&self, line: &str) -> Option<Command> {
        let line = line.trim();
        let arguments = dict! { "command-line": line, "cpu-index": self.cpu };
        (!line.is_empty()).then(|| Command { name: PASS.to_owned(), arguments })
    }

    /// Returns the CPU that a line `cpu N` selects. The monitor forgets it after each line, so the
    /// session keeps it.
    pub fn selected_cpu(line: &str) -> Option<Result<i64, String>> {
        let mut words = line.split_whitespace();
        let number = words.next().filter(|word| *word == "cpu").map(|_| words.next())?;
        let number = number.and_then(|number| number.parse().ok());
        Some(number.ok_or_else(|| "cpu: expected the number of a CPU".to_owned()))
    }

    /// Returns a command that fails unless the CPU exists.
    pub fn probe(cpu: i64) -> Command {
        let arguments: Dict = dict! { "command-line": "info version", "cpu-index": cpu };
        Command { name: PASS.to_owned(), arguments }
    }

    /// Executes further lines on a CPU.
    pub fn select_cpu(&mut self, cpu: i64) {
        self.cpu = cpu;
    }

    /// Returns the text of a reply.
    pub fn text(reply: &Value) -> String {
        reply.as_str().unwrap_or_default().replace("\r\n", "\n")
    }

    /// Returns the candidates for the part of `line` before the byte `position`.
    pub fn complete(&self, line: &str, position: usize) -> Completion {
        let typed = line.get(..position).unwrap_or(line);
        let fitting = self.lines.iter().filter(|line| line.starts_with(typed));
        let candidates =
            fitting.map(|line| Candidate { text: line.clone(), label: line.clone() }).collect();
        Completion { start: 0, candidates }
    }
}

/// Returns the name in a line such as `quit|q  -- quit the emulator`: the longest spelling.
fn command_name(line: &str) -> Option<&str> {
    if line.starts_with(['[', '\t']) {
        return None;
    }
    line.split_whitespace().next()?.split('|').max_by_key(|name| name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monitor() -> HumanMonitor {
        let help = "info [subcommand]  -- show\r\nquit|q  -- quit\r\n\tmore\r\n[,option]\r\nx /fmt";
        HumanMonitor::new(help, "info block  -- blocks\r\ninfo blockstats  -- more\r\n")
    }

    #[test]
    fn names_come_from_the_monitors_help() {
        let labels = |line: &str| {
            let completion = monitor().complete(line, line.len());
            completion.candidates.into_iter().map(|found| found.text).collect::<Vec<_>>()
        };
        assert_eq!(labels("info b"), ["info block", "info blockstats"]);
        assert_eq!(labels("q"), ["quit"]);
        assert_eq!(labels("help "), ["help info", "help quit", "help x"]);
        assert!(labels("info z").is_empty());
    }

    #[test]
    fn a_line_is_passed_with_the_cpu() {
        let mut monitor = monitor();
        monitor.select_cpu(1);
        assert_eq!(
            monitor.command(" info version\n").unwrap().to_string(),
            r#"{"execute": "human-monitor-command", "arguments": {"command-line": "info version", "cpu-index": 1}}"#
        );
        assert_eq!(monitor.command("  "), None);
        assert_eq!(HumanMonitor::selected_cpu("cpu 1"), Some(Ok(1)));
        assert!(HumanMonitor::selected_cpu("cpu x").unwrap().is_err());
        assert!(HumanMonitor::selected_cpu("cpu").unwrap().is_err());
        assert_eq!(HumanMonitor::selected_cpu("info cpus"), None);
    }
}
