//! `-global migration.NAME=VALUE`: capabilities and parameters as properties of the machine.

use migration_api::api::{MigrateSetParameters, MigrationCapability, MigrationParameter};
use migration_api::caps::Capabilities;
use migration_api::generation::{Generation, ZeroPages};
use migration_api::params::Parameters;
use qapi::Rules;

/// Properties about the stream's form, with the only value that this engine has for them.
const FIXED: [(&str, &str); 3] =
    [("send-configuration", "on"), ("send-section-footer", "on"), ("store-global-state", "on")];

/// Applies one property.
///
/// # Errors
/// A property that is not known, or a value that it does not take.
pub fn apply(
    name: &str,
    value: &str,
    capabilities: &mut Capabilities,
    parameters: &mut Parameters,
    generation: &mut Generation,
) -> Result<(), String> {
    if let Some((_, only)) = FIXED.iter().find(|fixed| fixed.0 == name) {
        return if value == *only {
            Ok(())
        } else {
            Err(format!("migration.{name}: only '{only}' is supported"))
        };
    }
    match name {
        "multifd-flush-after-each-section" => {
            generation.flush_after_each_section = Some(switch(name, value)?);
            return Ok(());
        }
        "zero-page-detection" => {
            generation.zero_pages = match value {
                "none" => ZeroPages::None,
                "legacy" => ZeroPages::Legacy,
                "multifd" => ZeroPages::Multifd,
                _ => return Err(format!("migration.{name}: expects 'none', 'legacy' or 'multifd'")),
            };
            return Ok(());
        }
        _ => {}
    }
    // QEMU puts "x-" before the names of most of them.
    let names = [Some(name), name.strip_prefix("x-")];
    for name in names.into_iter().flatten() {
        if let Ok(capability) = name.parse::<MigrationCapability>() {
            *capabilities = capabilities.with(capability, switch(name, value)?);
            return Ok(());
        }
        if name.parse::<MigrationParameter>().is_ok() {
            *parameters = parameters
                .changed(request(name, value)?, *capabilities)
                .map_err(|error| format!("migration.{name}: {error}"))?;
            return Ok(());
        }
    }
    Err(format!("Property 'migration.{name}' not found"))
}

/// A property that is on or off.
fn switch(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "on" | "true" | "yes" => Ok(true),
        "off" | "false" | "no" => Ok(false),
        _ => Err(format!("migration.{name}: expects 'on' or 'off'")),
    }
}

/// The request that sets one parameter, whatever its type is.
fn request(name: &str, value: &str) -> Result<MigrateSetParameters, String> {
    let quoted = format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    let literal = match value {
        "on" | "yes" => "true",
        "off" | "no" => "false",
        other => other,
    };
    let read = |literal: &str| qapi::from_text(&format!("{{\"{name}\": {literal}}}"), &Rules::STRICT);
    read(literal).or_else(|_| read(&quoted)).map_err(|error| format!("migration.{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_become_capabilities_and_parameters() {
        let (mut capabilities, mut parameters) = (Capabilities::default(), Parameters::default());
        let mut generation = Generation::default();
        let mut set = |name, value| apply(name, value, &mut capabilities, &mut parameters, &mut generation);
        set("x-events", "on").unwrap();
        set("x-ignore-shared", "on").unwrap();
        set("x-max-bandwidth", "1000").unwrap();
        set("cpu-throttle-tailslow", "on").unwrap();
        set("tls-creds", "t\"0").unwrap();
        set("send-section-footer", "on").unwrap();
        assert!(set("send-section-footer", "off").is_err());
        set("multifd-flush-after-each-section", "off").unwrap();
        set("zero-page-detection", "multifd").unwrap();
        assert!(set("zero-page-detection", "on").is_err());
        assert!(set("x-multifd-channels", "0").is_err());
        assert!(set("x-multifd-channels", "many").is_err());
        assert_eq!(set("bogus", "1"), Err("Property 'migration.bogus' not found".into()));
        let expected = Generation { flush_after_each_section: Some(false), zero_pages: ZeroPages::Multifd };
        assert_eq!(generation, expected);
        assert!(capabilities.has(MigrationCapability::Events));
        assert!(capabilities.has(MigrationCapability::XIgnoreShared));
        assert_eq!((parameters.max_bandwidth, parameters.tls_creds.as_str()), (1000, "t\"0"));
        assert!(parameters.cpu_throttle_tailslow);
    }
}
