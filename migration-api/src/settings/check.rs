//! Checks the values of parameters.

use std::ops::RangeInclusive;

use super::Parameters;
use super::mapping::{self, MappingError};
use crate::api::{MigrationCapability as Capability, MultiFDCompression};
use crate::page::PAGE;
use crate::settings::{Capabilities, CapabilityError};

/// Error that refuses a set of parameters. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// A value out of range.
    #[error("Parameter '{name}' expects {expects}")]
    Range {
        /// The parameter.
        name: &'static str,
        /// The accepted values.
        expects: &'static str,
    },
    /// A dirty limit of 0.
    #[error("Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s")]
    DirtyLimit,
    /// A contradictory `block-bitmap-mapping`.
    #[error("Invalid mapping given for block-bitmap-mapping: {0}")]
    Mapping(MappingError),
    /// Zero-copy send with compression or TLS, which change the bytes.
    #[error("{}", CapabilityError::ZeroCopy)]
    ZeroCopy,
}

/// Checks that a value is in range.
fn within<T: Into<u64>>(
    name: &'static str,
    value: T,
    range: RangeInclusive<u64>,
    expects: &'static str,
) -> Result<(), ParameterError> {
    if range.contains(&value.into()) {
        Ok(())
    } else {
        Err(ParameterError::Range { name, expects })
    }
}

impl Parameters {
    /// Checks all parameters together.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn check(&self, capabilities: Capabilities) -> Result<(), ParameterError> {
        check(self, capabilities)
    }
}

/// Checks all parameters together, and reports the first rule that they break.
fn check(new: &Parameters, capabilities: Capabilities) -> Result<(), ParameterError> {
    const TO_9: &str = "a value between 0 and 9";
    const TO_255: &str = "a value between 1 and 255";
    const TO_100000: &str = "a value between 0 and 100000";
    const PER_CENT: &str = "an integer in the range of 1 to 99";
    within("compress_level", new.compress_level, 0..=9, TO_9)?;
    within("compress_threads", new.compress_threads, 1..=255, TO_255)?;
    within("decompress_threads", new.decompress_threads, 1..=255, TO_255)?;
    let threshold = new.throttle_trigger_threshold;
    within(
        "throttle_trigger_threshold",
        threshold,
        1..=100,
        "an integer in the range of 1 to 100",
    )?;
    within("cpu_throttle_initial", new.cpu_throttle_initial, 1..=99, PER_CENT)?;
    within("cpu_throttle_increment", new.cpu_throttle_increment, 1..=99, PER_CENT)?;
    let downtime = "an integer in the range of 0 to (2000 * 1000) ms";
    within("downtime_limit", new.downtime_limit, 0..=2_000_000, downtime)?;
    within("multifd_channels", new.multifd_channels, 1..=255, TO_255)?;
    within("multifd_zlib_level", new.multifd_zlib_level, 0..=9, TO_9)?;
    within("multifd_zstd_level", new.multifd_zstd_level, 0..=20, "a value between 0 and 20")?;
    if new.xbzrle_cache_size < PAGE || !new.xbzrle_cache_size.is_power_of_two() {
        let expects = "a power of two no less than the target page size";
        return Err(ParameterError::Range { name: "xbzrle_cache_size", expects });
    }
    let throttle = u64::from(new.cpu_throttle_initial)..=99;
    let expects = "an integer in the range of cpu_throttle_initial to 99";
    within("max_cpu_throttle", new.max_cpu_throttle, throttle, expects)?;
    within("announce_initial", new.announce_initial, 0..=100_000, TO_100000)?;
    within("announce_max", new.announce_max, 0..=100_000, TO_100000)?;
    within("announce_rounds", new.announce_rounds, 0..=1000, "a value between 0 and 1000")?;
    // The text is QEMU's, although 0 is refused.
    within("announce_step", new.announce_step, 1..=10_000, "a value between 0 and 10000")?;
    mapping::check(new.block_bitmap_mapping.as_deref().unwrap_or_default())
        .map_err(ParameterError::Mapping)?;
    let as_it_lies =
        new.multifd_compression == MultiFDCompression::None && new.tls_creds.is_empty();
    if capabilities.has(Capability::ZeroCopySend) && !as_it_lies {
        return Err(ParameterError::ZeroCopy);
    }
    let period = new.x_vcpu_dirty_limit_period;
    within("x-vcpu-dirty-limit-period", period, 1..=1000, "a value between 1 and 1000")?;
    if new.vcpu_dirty_limit < 1 {
        return Err(ParameterError::DirtyLimit);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: impl FnOnce(&mut Parameters)) -> String {
        let mut parameters = Parameters::default();
        change(&mut parameters);
        check(&parameters, Capabilities::default())
            .map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn ranges_have_their_ends() {
        assert_eq!(text(|p| p.announce_step = 10_000), "");
        assert_eq!(
            text(|p| p.announce_step = 0),
            "Parameter 'announce_step' expects a value between 0 and 10000"
        );
        assert_eq!(text(|p| p.xbzrle_cache_size = 4096), "");
        assert_eq!(
            text(|p| p.xbzrle_cache_size = 4097),
            "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size"
        );
        assert_eq!(
            text(|p| p.cpu_throttle_initial = 100),
            "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99"
        );
        assert_eq!(
            text(|p| p.vcpu_dirty_limit = 0),
            "Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s"
        );
    }

    #[test]
    fn an_initial_throttle_above_the_strongest_is_that_ones_fault() {
        let error = text(|p| {
            p.max_cpu_throttle = 50;
            p.cpu_throttle_initial = 60;
        });
        assert_eq!(
            error,
            "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99"
        );
    }

    #[test]
    fn zero_copy_forbids_compression() {
        let compressed =
            Parameters { multifd_compression: MultiFDCompression::Zlib, ..Parameters::default() };
        let zero_copy = Capabilities::default().with(Capability::ZeroCopySend, true);
        assert_eq!(check(&compressed, zero_copy), Err(ParameterError::ZeroCopy));
        assert_eq!(check(&compressed, Capabilities::default()), Ok(()));
    }
}
