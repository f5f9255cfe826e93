//! The values of options: sizes, addresses, capabilities, parameters.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use qapi::client::Address;

/// The moment of the switch to postcopy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Postcopy {
    /// After the first pass over memory.
    Pass,
    /// After so many seconds.
    Seconds(f64),
}

/// Reads the value of `--postcopy`.
pub fn postcopy(text: &str) -> Result<Postcopy, String> {
    match text.parse() {
        _ if text == "pass" => Ok(Postcopy::Pass),
        Ok(seconds) if seconds >= 0.0 && f64::is_finite(seconds) => Ok(Postcopy::Seconds(seconds)),
        _ => Err("not a number of seconds".into()),
    }
}

/// Reads a number of seconds above zero.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "not a number of seconds above 0".into())
}

/// Reads the address of a QMP server. `HOST:PORT` is an Internet address unless a file has that
/// name.
pub fn address(text: &str) -> Result<Address, String> {
    let text = text.strip_prefix("unix:").unwrap_or(text);
    if text.is_empty() {
        return Err("the path is empty".into());
    }
    let port = text.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let is_inet = text.parse::<SocketAddr>().is_ok() || (port.is_some() && !text.contains('/'));
    Ok(if is_inet && !Path::new(text).exists() { Address::tcp(text) } else { Address::unix(text) })
}

/// Reads a size: a number, perhaps with a fraction and a suffix, such as `1.5G` or `64MB`.
pub fn size(text: &str) -> Result<u64, String> {
    let bare = text.strip_suffix(['b', 'B']).filter(|bare| bare.ends_with(char::is_alphabetic));
    migration_api::size::parse(bare.unwrap_or(text), 0).map_err(|error| error.to_string())
}

/// Reads a capability and its state.
pub fn capability(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        None => Ok((text.into(), true)),
        Some((name, "on" | "true")) => Ok((name.into(), true)),
        Some((name, "off" | "false")) => Ok((name.into(), false)),
        Some(_) => Err("expected `on` or `off` after `=`".into()),
    }
}

/// Reads a parameter's name and value. The value's form decides its type.
pub fn parameter(text: &str) -> Result<(String, qapi::Value), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
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
    fn the_form_of_a_value_decides_its_type() {
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
    fn seconds_are_above_zero() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["0", "-1", "nan", "inf", "1e300", "x", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
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
}
