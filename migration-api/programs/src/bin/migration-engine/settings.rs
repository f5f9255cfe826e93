//! `-global migration.NAME=VALUE`: capabilities and parameters as properties of the machine.

use migration_api::api::{MigrateSetParameters, MigrationCapability, MigrationParameter};
use migration_api::generation::{Generation, ZeroPages};
use migration_api::settings::Capabilities;
use migration_api::settings::Parameters;
use migration_api::size;
use qapi::Rules;

use crate::keyval::{quoted, switch};

/// Properties of the stream's form, with the only value that this engine supports.
const FIXED: [(&str, &str); 3] =
    [("send-configuration", "on"), ("send-section-footer", "on"), ("store-global-state", "on")];

/// Parameters that are given as sizes, with a suffix.
const SIZES: [&str; 8] = [
    "max-bandwidth",
    "avail-switchover-bandwidth",
    "max-postcopy-bandwidth",
    "xbzrle-cache-size",
    "announce-initial",
    "announce-max",
    "announce-rounds",
    "announce-step",
];

/// The properties set so far.
#[derive(Debug, Default)]
pub struct Properties {
    pub capabilities: Capabilities,
    pub generation: Generation,
    /// Parameters with their values in JSON.
    parameters: Vec<(String, String)>,
}

impl Properties {
    /// Sets a property.
    ///
    /// # Errors
    /// A property that is not known, or a value of the wrong kind.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some((_, only)) = FIXED.iter().find(|fixed| fixed.0 == name) {
            let fits = value == *only;
            return if fits {
                Ok(())
            } else {
                Err(format!("migration.{name}: only '{only}' is supported"))
            };
        }
        match name {
            "multifd-flush-after-each-section" => {
                self.generation.flush_after_each_section = Some(on(name, value)?);
                return Ok(());
            }
            "switchover-ack-legacy" => {
                self.generation.switchover_ack_legacy = Some(on(name, value)?);
                return Ok(());
            }
            "zero-page-detection" => {
                self.generation.zero_pages = match value {
                    "none" => ZeroPages::None,
                    "legacy" => ZeroPages::Legacy,
                    "multifd" => ZeroPages::Multifd,
                    _ => {
                        return Err(format!(
                            "migration.{name}: expects 'none', 'legacy' or 'multifd'"
                        ));
                    }
                };
                return Ok(());
            }
            _ => {}
        }
        // QEMU puts "x-" before the names of most of them.
        let names = [Some(name), name.strip_prefix("x-")];
        for name in names.into_iter().flatten() {
            if let Ok(capability) = name.parse::<MigrationCapability>() {
                self.capabilities = self.capabilities.with(capability, on(name, value)?);
                return Ok(());
            }
            if name.parse::<MigrationParameter>().is_ok() {
                let literal = literal(name, value)?;
                self.parameters.retain(|known| known.0 != name);
                self.parameters.push((name.to_owned(), literal));
                return Ok(());
            }
        }
        Err(format!("Property 'migration.{name}' not found"))
    }

    /// Returns the parameters. They are checked together, since they limit each other.
    ///
    /// # Errors
    /// A value out of its range, or values that contradict each other.
    pub fn parameters(&self) -> Result<Parameters, String> {
        let members =
            self.parameters.iter().map(|(name, literal)| format!("{}: {literal}", quoted(name)));
        let request = request(&members.collect::<Vec<_>>().join(", "))?;
        let mut parameters = Parameters::default();
        parameters.apply(request);
        match parameters.check(self.capabilities) {
            Ok(()) => Ok(parameters),
            Err(error) => Err(format!("migration: {error}")),
        }
    }
}

/// Reads a property that is on or off.
fn on(name: &str, value: &str) -> Result<bool, String> {
    switch(value).ok_or_else(|| format!("migration.{name}: expects 'on' or 'off'"))
}

/// Formats the value of a parameter as JSON of the parameter's type.
fn literal(name: &str, value: &str) -> Result<String, String> {
    let size = size::parse(value, 0).ok().filter(|_| SIZES.contains(&name));
    let size = size.map(|size| size.to_string());
    let readings =
        [Some(value.to_owned()), switch(value).map(|on| on.to_string()), size, Some(quoted(value))];
    let mut refusal = String::new();
    for literal in readings.into_iter().flatten() {
        match request(&format!("{}: {literal}", quoted(name))) {
            Ok(_) => return Ok(literal),
            Err(error) => refusal = error,
        }
    }
    Err(format!("migration.{name}: {refusal}"))
}

/// The request with these members in JSON.
fn request(members: &str) -> Result<MigrateSetParameters, String> {
    qapi::from_text(&format!("{{{members}}}"), &Rules::STRICT).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_become_capabilities_and_parameters() {
        let mut properties = Properties::default();
        let mut set = |name, value| properties.set(name, value);
        set("x-events", "on").unwrap();
        set("x-ignore-shared", "on").unwrap();
        set("x-max-bandwidth", "1000").unwrap();
        set("cpu-throttle-tailslow", "on").unwrap();
        set("tls-creds", "t\"0").unwrap();
        set("send-section-footer", "on").unwrap();
        assert!(set("send-section-footer", "off").is_err());
        set("multifd-flush-after-each-section", "off").unwrap();
        set("zero-page-detection", "multifd").unwrap();
        set("switchover-ack-legacy", "off").unwrap();
        assert!(set("zero-page-detection", "on").is_err());
        set("xbzrle-cache-size", "64M").unwrap();
        set("tls-hostname", "on").unwrap();
        assert!(set("downtime-limit", "1K").is_err());
        assert!(set("x-multifd-channels", "many").is_err());
        assert_eq!(set("bogus", "1"), Err("Property 'migration.bogus' not found".into()));
        let expected = Generation {
            flush_after_each_section: Some(false),
            zero_pages: ZeroPages::Multifd,
            switchover_ack_legacy: Some(false),
            suppress_description: false,
        };
        assert_eq!(properties.generation, expected);
        let parameters = properties.parameters().unwrap();
        let capabilities = properties.capabilities;
        assert!(capabilities.has(MigrationCapability::Events));
        assert!(capabilities.has(MigrationCapability::XIgnoreShared));
        assert_eq!((parameters.max_bandwidth, parameters.tls_creds.as_str()), (1000, "t\"0"));
        assert_eq!(
            (parameters.xbzrle_cache_size, parameters.tls_hostname.as_str()),
            (64 << 20, "on")
        );
        assert!(parameters.cpu_throttle_tailslow);
        properties.set("x-multifd-channels", "0").unwrap();
        assert!(properties.parameters().is_err());
    }
}
