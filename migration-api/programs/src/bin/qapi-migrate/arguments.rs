//! The command line.

use std::time::Duration;

use clap::{Parser, ValueEnum};
use qapi::client::Address;

use crate::values::{Postcopy, address, capability, parameter, postcopy, seconds, size};

/// Migrates a guest between two QMP servers and shows the progress.
///
/// SOURCE and DESTINATION are the paths of QMP sockets, or HOST:PORT. Each server is a QEMU or a
/// migration-engine; the destination was started with `-incoming defer` or `-incoming URI`.
///
/// Ctrl-C or SIGTERM cancels the migration; a second one ends this program at once. If the source
/// does not answer, or the guest runs on the destination already (after the switch to postcopy),
/// the first one ends this program.
///
/// A run without --postcopy or --multifd switches off, on both sides, what an earlier run with them
/// switched on; --capability overrides this.
#[derive(Debug, Parser)]
#[command(name = "qapi-migrate", version, max_term_width = 100, after_help = STATUSES)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// QMP socket of the guest's present process
    #[arg(value_name = "SOURCE", value_parser = address)]
    pub source: Address,

    /// QMP socket of the process that the guest moves to
    #[arg(value_name = "DESTINATION", value_parser = address)]
    pub destination: Address,

    /// Address of the migration stream, `tcp:HOST:PORT` or `unix:PATH`; by default the address
    /// where the destination listens already, else a Unix socket in a new folder
    #[arg(long)]
    pub uri: Option<String>,

    /// Address where the destination listens, if it differs from --uri, as `tcp:0:PORT`
    #[arg(long, value_name = "URI", requires = "uri")]
    pub listen: Option<String>,

    /// Switch to postcopy after the first pass over memory, or after this many seconds
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "pass",
        value_parser = postcopy
    )]
    pub postcopy: Option<Postcopy>,

    /// Continue a postcopy that is paused because its connection broke
    #[arg(long, conflicts_with_all = ["postcopy", "capabilities", "parameters", "multifd"])]
    pub recover: bool,

    /// Check everything that can be checked without a migration, and report what would fail;
    /// settings are tried out and put back
    #[arg(long, conflicts_with = "recover")]
    pub dry_run: bool,

    /// Send memory over this many channels
    #[arg(long, value_name = "CHANNELS", value_parser = clap::value_parser!(u8).range(1..))]
    pub multifd: Option<u8>,

    /// Limit of the bytes sent per second, with --postcopy and --recover also after the switch;
    /// suffix K, M, G or T for powers of 1024; 0 for no limit
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub bandwidth: Option<u64>,

    /// Longest time for which the guest may stand still, in milliseconds
    #[arg(long, value_name = "MS", conflicts_with = "recover")]
    pub downtime: Option<u64>,

    /// Seconds after which --on-timeout acts; without effect once the guest runs on the destination
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "recover")]
    pub timeout: Option<Duration>,

    /// Action at the timeout
    #[arg(long, value_name = "ACTION", default_value = "cancel", requires = "timeout")]
    pub on_timeout: OnTimeout,

    /// Switch a capability on (or off with `=off`), on both sides
    #[arg(short, long = "capability", value_name = "NAME[=off]", value_parser = capability)]
    pub capabilities: Vec<(String, bool)>,

    /// Set a parameter on both sides: VALUE is a number, `on` or `off`, JSON if it begins with
    /// `[`, `{` or `"`, else text
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, qapi::Value)>,

    /// Print one JSON object per line on standard output, and nothing else
    #[arg(long, conflicts_with = "quiet")]
    pub json: bool,

    /// Print what each pass over memory has sent: pages, bytes, time, and the rate at which the
    /// guest dirties memory
    #[arg(short, long, conflicts_with_all = ["quiet", "dry_run"])]
    pub verbose: bool,

    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// The action when `--timeout` has passed.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum OnTimeout {
    /// Cancel the migration; the guest stays with the source
    Cancel,
    /// Complete it whatever the downtime: switch to postcopy if --postcopy was given, else lift
    /// the downtime limit
    Force,
}

const STATUSES: &str = "\
Exit status: 0 moved, 1 failed, 2 usage, 3 postcopy paused, 4 timeout, 130 signal (see --help)";

const AFTER: &str = "\
Exit status:
  0    the guest has moved; with --dry-run, no fault was found
  1    the migration failed, or was cancelled by another client; with --dry-run, it would fail
  2    the command line is wrong
  3    postcopy is paused and waits for --recover
  4    --timeout has passed and the migration was cancelled
  130  ended by Ctrl-C or SIGTERM

Lines of --json:
  {\"event\": \"progress\", \"status\": STATUS, FIGURE: NUMBER, ...}
      at every change of the status and every second. Times are in milliseconds, sizes in bytes,
      rates in bytes per second; an unknown figure is null.
  {\"event\": \"check\", \"level\": \"ok|note|fails\", \"side\": SIDE, \"text\": TEXT}
      with --dry-run
  {\"event\": \"pass\", \"pass\": NUMBER, \"passes\": COUNT, FIGURE: NUMBER, ...}
      with --verbose, after a pass over memory: the last of COUNT passes that were too short to be
      told apart; the figures are pages, transferred, time and dirty-rate
  {\"event\": \"result\", \"outcome\": OUTCOME, \"exit-status\": NUMBER, \"message\": TEXT, ...}
      the last line. OUTCOME is one of completed, fit (--dry-run), failed, cancelled, interrupted,
      timed-out, paused; the figures follow after completed.

A QEMU since 9.1 keeps its process after a failed incoming migration, so that this program can ask
for the reason; end it then. Older ones end by themselves and print the reason.

Examples:
  qapi-migrate source.sock destination.sock
  qapi-migrate --dry-run --postcopy --multifd 4 source.sock destination.sock
  qapi-migrate --uri tcp:192.0.2.7:4444 --listen tcp:0:4444 source.sock 192.0.2.7:4440
  qapi-migrate --postcopy=10 --bandwidth 100M source.sock destination.sock
  qapi-migrate --timeout 60 --on-timeout force --json source.sock destination.sock";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        let words = std::iter::once("qapi-migrate").chain(line.split_whitespace());
        Arguments::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
        let parsed = parse("a b --postcopy -c xbzrle -p max-bandwidth=5").unwrap();
        assert_eq!(parsed.postcopy, Some(Postcopy::Pass));
        assert_eq!(parsed.capabilities, [("xbzrle".to_owned(), true)]);
        assert_eq!(parsed.parameters, [("max-bandwidth".to_owned(), qapi::Value::from(5))]);
    }

    #[test]
    fn postcopy_stands_anywhere() {
        for line in ["--postcopy a b", "a --postcopy b", "a b --postcopy"] {
            let parsed = parse(line).unwrap();
            assert_eq!(parsed.postcopy, Some(Postcopy::Pass), "{line}");
            assert_eq!(parsed.source, Address::unix("a"), "{line}");
            assert_eq!(parsed.destination, Address::unix("b"), "{line}");
        }
        let delayed = parse("--postcopy=2.5 a b").unwrap();
        assert_eq!(delayed.postcopy, Some(Postcopy::Seconds(2.5)));
        assert!(parse("--postcopy=soon a b").unwrap_err().contains("not a number of seconds"));
    }

    #[test]
    fn options_that_exclude_each_other_are_refused() {
        for line in [
            "--recover --postcopy a b",
            "--recover --timeout 5 a b",
            "--recover --downtime 5 a b",
            "--recover --dry-run a b",
            "--json --quiet a b",
            "--verbose --quiet a b",
            "--on-timeout force a b",
            "--listen tcp:0:1 a b",
            "--timeout 0 a b",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(parse("--recover --bandwidth 1M a b").is_ok());
        assert_eq!(parse("--timeout 5 a b").unwrap().on_timeout, OnTimeout::Cancel);
    }
}
