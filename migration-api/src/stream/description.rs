//! The description of the devices at the end of a stream, with the lengths of their sections.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::configuration::Configuration;
use super::section::SectionHeader;

/// The lengths of the bodies of device sections, which only the description tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    lengths: BTreeMap<(String, u32), u64>,
}

impl Description {
    /// Reads a description. `None` if it is not a JSON object.
    ///
    /// An object that says nothing about devices is fine: QEMU itself reads none of it. Entries which are not of the expected
    /// shape are left out.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(json).ok()?;
        let devices = value.as_object()?.get("devices").and_then(Value::as_array);
        let lengths = devices.into_iter().flatten().filter_map(|device| {
            let name = device.get("name")?.as_str()?.to_owned();
            let instance = device.get("instance_id")?.as_u64()?.try_into().ok()?;
            Some(((name, instance), body_length(device)?))
        });
        Some(Self { lengths: lengths.collect() })
    }

    /// Returns the length of the section's body in bytes, if it is described.
    pub fn length(&self, section: &SectionHeader) -> Option<u64> {
        self.lengths.get(&(section.name.to_string(), section.instance)).copied()
    }
}

/// The fields of a device or subsection, and its subsections with their headers.
fn body_length(described: &Value) -> Option<u64> {
    let mut sum: u64 = 0;
    for field in described.get("fields").and_then(Value::as_array).into_iter().flatten() {
        let count = field.get("array_len").map_or(Some(1), Value::as_u64)?;
        sum = sum.checked_add(field.get("size")?.as_u64()?.checked_mul(count)?)?;
    }
    for subsection in described.get("subsections").and_then(Value::as_array).into_iter().flatten() {
        // The element byte, the counted name and the version.
        let header = 1 + 1 + subsection.get("vmsd_name")?.as_str()?.len() as u64 + 4;
        sum = sum.checked_add(header)?.checked_add(body_length(subsection)?)?;
    }
    Some(sum)
}

/// Describes a stream: its configuration, and each device as one field of opaque bytes. `page_size`
/// is the target's, in bytes.
///
/// With this, a reader that knows none of the devices can find the ends of their sections.
pub fn describe<'a>(
    page_size: u64,
    configuration: &Configuration,
    devices: impl IntoIterator<Item = (&'a SectionHeader, usize)>,
) -> String {
    let machine = [field("len", "uint32", 4), field("name", "buffer", configuration.machine.len())];
    let configuration = json!({"vmsd_name": "configuration", "version": 1, "fields": machine});
    let devices: Vec<Value> = devices
        .into_iter()
        .map(|(section, length)| {
            json!({
                "name": &*section.name,
                "instance_id": section.instance,
                "vmsd_name": &*section.name,
                "version": section.version,
                "fields": [field("data", "buffer", length)],
            })
        })
        .collect();
    // The configuration has to come first, because readers search for it.
    let devices = Value::from(devices);
    format!(
        "{{\"configuration\": {configuration}, \"page_size\": {page_size}, \"devices\": {devices}}}"
    )
}

fn field(name: &str, kind: &str, size: usize) -> Value {
    json!({"name": name, "type": kind, "size": size})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, instance: u32) -> SectionHeader {
        SectionHeader { id: 1, name: name.try_into().unwrap(), instance, version: 1 }
    }

    #[test]
    fn lengths_from_fields_arrays_and_subsections() {
        let text = br#"{"devices": [{"name": "a", "instance_id": 2, "fields": [
                {"name": "x", "type": "uint8", "size": 3},
                {"name": "y", "type": "struct", "struct": {"fields": [{"size": 9}]}, "array_len": 2, "size": 10}],
            "subsections": [{"vmsd_name": "a/sub", "fields": [{"size": 1}],
                "subsections": [{"vmsd_name": "b", "fields": []}]}]}, {"name": "odd"}]}"#;
        let description = Description::parse(text).unwrap();
        assert_eq!(description.length(&section("a", 2)), Some(3 + 20 + (6 + 5 + 1) + (6 + 1)));
        assert_eq!(description.length(&section("a", 0)), None);
        assert_eq!(description.length(&section("odd", 0)), None);
    }

    #[test]
    fn a_description_is_a_json_object() {
        assert_eq!(Description::parse(b"{}"), Some(Description::default()));
        assert_eq!(Description::parse(b"[]"), None);
        assert_eq!(Description::parse(b"{"), None);
        let huge = br#"{"devices": [{"name": "a", "instance_id": 0,
            "fields": [{"size": 18446744073709551615, "array_len": 2}]}]}"#;
        assert_eq!(Description::parse(huge), Some(Description::default()));
        let deep = "{\"a\":".repeat(100_000);
        assert_eq!(Description::parse(deep.as_bytes()), None);
    }

    #[test]
    fn describes_what_it_reads() {
        let configuration = Configuration::new("none".try_into().unwrap());
        let (a, b) = (section("a\"b", 0), section("b", 3));
        let text = describe(4096, &configuration, [(&a, 24), (&b, 0)]);
        assert!(text.starts_with("{\"configuration\": {"), "{text}");
        let description = Description::parse(text.as_bytes()).unwrap();
        assert_eq!([&a, &b].map(|section| description.length(section)), [Some(24), Some(0)]);
    }
}
