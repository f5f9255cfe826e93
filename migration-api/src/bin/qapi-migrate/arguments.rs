//! The command line.

use std::net::SocketAddr;
use std::path::Path;

use clap::Parser;
use qapi::client::Address;

/// Migrates a guest between two QMP servers and shows how it goes.
///
/// SOURCE and DESTINATION are the paths of QMP sockets, or HOST:PORT. The servers may be QEMU or migration-engine. The
/// destination must have been started to wait for a migration (`-incoming defer`, or `-incoming URI`).
///
/// Ctrl-C cancels the migration. Once the guest runs on the destination (after the switch to postcopy) it cannot be cancelled any
/// more: Ctrl-C then ends this program only, and so does a second one that comes before the source has cancelled.
///
/// What --postcopy and --multifd switch on is switched off, on both sides, by a run without them (but see --capability).
///
/// Exit status: 0 if the guest has moved, 1 if not, 2 for a wrong command line, 3 if postcopy is paused (see --recover), and 130
/// after Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "qapi-migrate", version, max_term_width = 100)]
pub struct Arguments {
    /// The QMP socket of the guest as it is
    #[arg(value_name = "SOURCE", value_parser = address)]
    pub source: Address,

    /// The QMP socket of the process that is to have it
    #[arg(value_name = "DESTINATION", value_parser = address)]
    pub destination: Address,

    /// Where the source connects to, as `tcp:HOST:PORT` or `unix:PATH`; by default where the destination waits already, or a unix
    /// socket in a new folder
    #[arg(long)]
    pub uri: Option<String>,

    /// Where the destination listens, if that is spelled otherwise than for the source, as `tcp:0:PORT`
    #[arg(long, value_name = "URI", requires = "uri")]
    pub listen: Option<String>,

    /// Let the guest run on the destination before all its memory is there, after the first pass over memory or after this many
    /// seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "pass", value_parser = postcopy)]
    pub postcopy: Option<Postcopy>,

    /// Go on with a postcopy that is paused because its connection broke
    #[arg(long, conflicts_with_all = ["postcopy", "capabilities", "parameters", "multifd"])]
    pub recover: bool,

    /// Send memory over this many channels
    #[arg(long, value_name = "CHANNELS", value_parser = clap::value_parser!(u8).range(1..))]
    pub multifd: Option<u8>,

    /// The most that is sent in a second, in bytes, with K, M, G or T for powers of 1024; 0 for no limit
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub bandwidth: Option<u64>,

    /// How long the guest may stand still, in milliseconds
    #[arg(long, value_name = "MS")]
    pub downtime: Option<u64>,

    /// Switch a capability on (or off with `=off`), on both sides
    #[arg(short, long = "capability", value_name = "NAME[=off]", value_parser = capability)]
    pub capabilities: Vec<(String, bool)>,

    /// Set a parameter on both sides: VALUE is a number or on or off if it looks like one, JSON if it begins with one of `[{"`,
    /// else text
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, qapi::Value)>,

    /// Show nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
}

/// When to switch to postcopy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Postcopy {
    /// After the first pass over memory.
    Pass,
    /// After so many seconds.
    Seconds(f64),
}

fn postcopy(text: &str) -> Result<Postcopy, String> {
    match text.parse() {
        _ if text == "pass" => Ok(Postcopy::Pass),
        Ok(seconds) if seconds >= 0.0 && f64::is_finite(seconds) => Ok(Postcopy::Seconds(seconds)),
        _ => Err("not a number of seconds".into()),
    }
}

/// `HOST:PORT` is an Internet address unless there is a file of that name.
fn address(text: &str) -> Result<Address, String> {
    let text = text.strip_prefix("unix:").unwrap_or(text);
    if text.is_empty() {
        return Err("an empty path".into());
    }
    let port = text.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let is_inet = text.parse::<SocketAddr>().is_ok() || (port.is_some() && !text.contains('/'));
    Ok(if is_inet && !Path::new(text).exists() { Address::tcp(text) } else { Address::unix(text) })
}

fn size(text: &str) -> Result<u64, String> {
    let text = text.strip_suffix(['b', 'B']).unwrap_or(text);
    let (digits, factor) = match text.char_indices().next_back() {
        Some((at, unit)) if unit.is_ascii_alphabetic() => {
            let exponent = "kmgt"
                .find(unit.to_ascii_lowercase())
                .ok_or("the unit is none of K, M, G and T")?;
            (&text[..at], 1u64 << (10 * (exponent + 1)))
        }
        _ => (text, 1),
    };
    let number: f64 = digits.parse().map_err(|_| "not a size")?;
    let bytes = number * factor as f64;
    if (0.0..=9.0e18).contains(&bytes) { Ok(bytes as u64) } else { Err("out of range".into()) }
}

fn capability(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        None => Ok((text.into(), true)),
        Some((name, "on" | "true")) => Ok((name.into(), true)),
        Some((name, "off" | "false")) => Ok((name.into(), false)),
        Some(_) => Err("the value is neither on nor off".into()),
    }
}

/// A value is a number, a truth value or JSON if it looks like one, else text.
fn parameter(text: &str) -> Result<(String, qapi::Value), String> {
    let (name, value) = text.split_once('=').ok_or("no '='")?;
    let value = match value {
        "true" | "on" => qapi::Value::from(true),
        "false" | "off" => qapi::Value::from(false),
        json if json.starts_with(['[', '{', '"']) => {
            qapi::from_text(json, &qapi::Rules::STRICT).map_err(|error| error.to_string())?
        }
        _ => value.parse::<i64>().map_or_else(|_| qapi::Value::from(value), qapi::Value::from),
    };
    Ok((name.into(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let sizes =
            ["0", "17", "17B", "64K", "1.5m", "2G", "1GB", "3T"].map(|text| size(text).unwrap());
        assert_eq!(sizes, [0, 17, 17, 64 << 10, 3 << 19, 2 << 30, 1 << 30, 3 << 40]);
        for wrong in ["", "K", "1X", "-1", "nan", "1e30"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_what_they_look_like() {
        let value = |text: &str| parameter(&format!("x={text}")).unwrap().1;
        assert_eq!(value("-5"), qapi::Value::from(-5));
        assert_eq!(value("on"), qapi::Value::from(true));
        assert_eq!(value("zstd"), qapi::Value::from("zstd"));
        assert_eq!(value("\"17\""), qapi::Value::from("17"));
        assert!(matches!(value(r#"[{"node-name": "a"}]"#), qapi::Value::List(_)));
        assert!(parameter("x=[1").is_err());
        assert!(parameter("x").is_err());
    }

    #[test]
    fn addresses_are_paths_or_ports() {
        assert_eq!(address("unix:/run/a").unwrap(), Address::unix("/run/a"));
        assert_eq!(address("a.sock").unwrap(), Address::unix("a.sock"));
        assert_eq!(address("/run/vm:4444").unwrap(), Address::unix("/run/vm:4444"));
        assert_eq!(address("localhost:4444").unwrap(), Address::tcp("localhost:4444"));
        assert_eq!(address("[::1]:4444").unwrap(), Address::tcp("[::1]:4444"));
        assert!(address("").is_err());
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
        let parsed = Arguments::parse_from([
            "qapi-migrate",
            "a",
            "b",
            "--postcopy",
            "-c",
            "xbzrle",
            "-p",
            "max-bandwidth=5",
        ]);
        assert_eq!(parsed.postcopy, Some(Postcopy::Pass));
        assert_eq!(parsed.capabilities, [("xbzrle".to_owned(), true)]);
        assert_eq!(parsed.parameters, [("max-bandwidth".to_owned(), qapi::Value::from(5))]);
    }
}
