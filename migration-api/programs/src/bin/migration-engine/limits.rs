//! `-limits`: bounds on the data that a source can make the process keep.

use migration_api::size;
use migration_api::stream::Limits;

use crate::keyval::KeyVal;

/// The smallest window of a zstd stream, in bytes.
const MIN_WINDOW: u64 = 1 << 10;

/// Sets the limits that `text` names.
///
/// # Errors
/// An unknown limit, or a value that it cannot have.
pub fn set(text: &str, limits: &mut Limits) -> Result<(), String> {
    let mut settings = KeyVal::parse("-limits", "", text)?;
    let sizes = [
        ("devices", &mut limits.devices),
        ("package", &mut limits.package),
        ("description", &mut limits.description),
        ("window", &mut limits.window),
    ];
    for (name, limit) in sizes {
        if let Some(value) = settings.take(name) {
            *limit = size::parse(&value, 0).map_err(|_| expected(name, "a size", &value))?;
        }
    }
    for (name, limit) in [("bitmaps", &mut limits.bitmaps), ("log-lines", &mut limits.log_lines)] {
        if let Some(value) = settings.take(name) {
            *limit = value.parse().map_err(|_| expected(name, "a number", &value))?;
        }
    }
    let window = limits.window;
    if window < MIN_WINDOW || !window.is_power_of_two() {
        return Err(expected("window", "a power of two of at least 1K", &window.to_string()));
    }
    settings.finish()
}

fn expected(name: &str, what: &str, value: &str) -> String {
    format!("-limits: Parameter '{name}' expects {what}, not '{value}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_can_be_set() {
        let mut limits = Limits::default();
        set("devices=1M,package=2M,description=64K,window=128M", &mut limits).unwrap();
        set("bitmaps=3,log-lines=7", &mut limits).unwrap();
        let expected = Limits {
            devices: 1 << 20,
            package: 2 << 20,
            description: 64 << 10,
            window: 128 << 20,
            bitmaps: 3,
            log_lines: 7,
        };
        assert_eq!(limits, expected);
    }

    #[test]
    fn values_that_a_limit_cannot_have_are_refused() {
        let refused = |text| set(text, &mut Limits::default()).unwrap_err();
        assert_eq!(refused("devices=x"), "-limits: Parameter 'devices' expects a size, not 'x'");
        assert_eq!(
            refused("bitmaps=-1"),
            "-limits: Parameter 'bitmaps' expects a number, not '-1'"
        );
        assert_eq!(
            refused("window=3M"),
            "-limits: Parameter 'window' expects a power of two of at least 1K, not '3145728'"
        );
        assert_eq!(refused("ram=1M"), "-limits: Invalid parameter 'ram'");
    }
}
