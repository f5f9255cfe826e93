//! The capabilities and parameters that the command line asks for, on each side.

use qapi::Value;

use crate::arguments::Arguments;

/// The settings of one side.
#[derive(Debug, PartialEq)]
pub struct Settings {
    /// Capabilities and their states.
    pub capabilities: Vec<(String, bool)>,
    /// Parameters and their values.
    pub parameters: Vec<(String, Value)>,
}

/// Returns the source's settings.
pub fn source(arguments: &Arguments) -> Settings {
    // Without a return path the source would give up the guest before the destination accepts it.
    let mut capabilities = vec![("return-path".to_owned(), true)];
    capabilities.extend(shared_defaults(arguments));
    let mut parameters = shared_parameters(arguments);
    parameters.extend(bandwidth(arguments));
    parameters.extend(arguments.downtime.map(|millis| ("downtime-limit".into(), millis.into())));
    Settings { capabilities: overridden(capabilities, arguments), parameters }
}

/// Returns the destination's settings.
pub fn destination(arguments: &Arguments) -> Settings {
    Settings {
        capabilities: overridden(shared_defaults(arguments), arguments),
        parameters: shared_parameters(arguments),
    }
}

/// Returns the parameters that `--bandwidth` sets on the source.
pub fn bandwidth(arguments: &Arguments) -> Vec<(String, Value)> {
    let Some(bytes) = arguments.bandwidth else { return Vec::new() };
    let mut parameters = Vec::new();
    if !arguments.recover {
        parameters.push(("max-bandwidth".to_owned(), bytes.into()));
    }
    if arguments.recover || arguments.postcopy.is_some() {
        parameters.push(("max-postcopy-bandwidth".to_owned(), bytes.into()));
    }
    parameters
}

/// Returns the capabilities that both sides must agree on; an earlier run's are switched off.
fn shared_defaults(arguments: &Arguments) -> Vec<(String, bool)> {
    vec![
        ("events".to_owned(), true),
        ("postcopy-ram".to_owned(), arguments.postcopy.is_some()),
        ("multifd".to_owned(), arguments.multifd.is_some()),
    ]
}

/// Applies `--capability`. The last one counts, and a server may refuse a name that is given twice.
fn overridden(defaults: Vec<(String, bool)>, arguments: &Arguments) -> Vec<(String, bool)> {
    let mut capabilities = defaults;
    for (name, on) in &arguments.capabilities {
        capabilities.retain(|known| known.0 != *name);
        capabilities.push((name.clone(), *on));
    }
    capabilities
}

fn shared_parameters(arguments: &Arguments) -> Vec<(String, Value)> {
    let channels = arguments.multifd.map(u32::from);
    let channels = channels.map(|count| ("multifd-channels".to_owned(), Value::from(count)));
    channels.into_iter().chain(arguments.parameters.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn parse(line: &str) -> Arguments {
        Arguments::parse_from(format!("qapi-migrate a b {line}").split_whitespace())
    }

    fn names(parameters: &[(String, Value)]) -> Vec<&str> {
        parameters.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn bandwidth_limits_postcopy_too() {
        let both = ["max-bandwidth", "max-postcopy-bandwidth"];
        let parameters = |line| source(&parse(line)).parameters;
        assert_eq!(names(&parameters("--bandwidth 1M")), both[..1]);
        assert_eq!(names(&parameters("--bandwidth 1M --postcopy")), both);
        assert_eq!(names(&bandwidth(&parse("--bandwidth 1M --recover"))), both[1..]);
        assert_eq!(names(&parameters("--postcopy")), [""; 0]);
        assert!(destination(&parse("--bandwidth 1M --postcopy")).parameters.is_empty());
    }

    #[test]
    fn the_command_line_overrides_defaults() {
        let settings =
            source(&parse("--postcopy -c events=off -c return-path=off -c xbzrle -c xbzrle=off"));
        let expected = [
            ("postcopy-ram", true),
            ("multifd", false),
            ("events", false),
            ("return-path", false),
            ("xbzrle", false),
        ];
        assert_eq!(settings.capabilities, expected.map(|(name, on)| (name.to_owned(), on)));
    }
}
