//! The description of the devices at the end of a stream, with the lengths of their sections.
//!
//! It is a JSON object (QEMU 10.0: `migration/savevm.c`, `migration/vmstate.c`):
//!
//! ```json
//! {
//!   "configuration": {"vmsd_name": "configuration", "version": 1, "fields": []},
//!   "page_size": 4096,
//!   "devices": [{
//!     "name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 2,
//!     "fields": [{"name": "cpu_ticks_offset", "type": "int64", "size": 8}],
//!     "subsections": [{"vmsd_name": "timer/icount", "version": 1, "fields": []}]
//!   }]
//! }
//! ```
//!
//! A field has `size` bytes, `array_len` times. A subsection has the byte `05`, its name, 1 + n
//! bytes, and its version, 4 bytes, before its fields.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::configuration::Configuration;
use crate::section::SectionHeader;

/// The number of bytes between two questions whether to give up.
const INTERVAL: usize = 8 << 10;

/// The most devices that a description lists.
const MAX_DEVICES: usize = 1 << 16;

/// The lengths of the bodies of device sections, which only the description tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    lengths: BTreeMap<(String, u32), u64>,
}

impl Description {
    /// Parses a description. Returns `None` if it is not a JSON object, or if its devices have
    /// another form than QEMU's.
    ///
    /// An object without devices is valid: QEMU itself ignores it. Devices without a length are
    /// left out. Nothing else of the description is kept.
    pub fn parse(json: &[u8]) -> Option<Self> {
        Self::parse_interruptibly(json, &|| false).unwrap_or(None)
    }

    /// Parses a description as [`parse`](Self::parse), which may take a second for one of some MiB
    /// in a debug build. Asks `interrupt` every few KiB whether to give up.
    pub(crate) fn parse_interruptibly(
        json: &[u8],
        interrupt: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, Interrupted> {
        // serde also reads a structure from a list.
        if !json.trim_ascii_start().starts_with(b"{") {
            return Ok(None);
        }
        let reader = Interruptible { rest: json, interrupt };
        match serde_json::from_reader::<_, Described>(BufReader::with_capacity(INTERVAL, reader)) {
            Ok(described) => Ok(Some(Self { lengths: described.devices.0 })),
            Err(error) if error.is_io() => Err(Interrupted),
            Err(_) => Ok(None),
        }
    }

    /// Returns the length of the section's body in bytes, if it is described.
    pub fn length(&self, section: &SectionHeader) -> Option<u64> {
        self.lengths.get(&(section.name.to_string(), section.instance)).copied()
    }
}

/// The parse of a description was given up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interrupted;

/// Bytes that can be read until an interruption.
struct Interruptible<'a> {
    rest: &'a [u8],
    interrupt: &'a dyn Fn() -> bool,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if (self.interrupt)() {
            return Err(io::Error::other("interrupted"));
        }
        self.rest.read(out)
    }
}

/// The parts of the description that tell lengths.
#[derive(Deserialize)]
struct Described {
    #[serde(default)]
    devices: Folded<DescribedDevice>,
}

/// A list of which only a summary is kept.
struct Folded<T: Item>(T::Summary);

/// An element of a [`Folded`] list.
trait Item: for<'de> Deserialize<'de> {
    type Summary: Default;

    /// Adds the element to the summary. Returns false if there are too many.
    fn fold(self, summary: &mut Self::Summary) -> bool;
}

impl<T: Item> Default for Folded<T> {
    fn default() -> Self {
        Self(T::Summary::default())
    }
}

impl<'de, T: Item> Deserialize<'de> for Folded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fold<T>(PhantomData<T>);
        impl<'de, T: Item> Visitor<'de> for Fold<T> {
            type Value = Folded<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Folded<T>, A::Error> {
                let mut folded = Folded::default();
                while let Some(item) = list.next_element::<T>()? {
                    if !item.fold(&mut folded.0) {
                        return Err(de::Error::custom("too many devices"));
                    }
                }
                Ok(folded)
            }
        }
        deserializer.deserialize_seq(Fold(PhantomData))
    }
}

/// A length in bytes, unknown as soon as one of its parts is.
struct Length(Option<u64>);

impl Default for Length {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Length {
    fn add(&mut self, more: Option<u64>) {
        self.0 = self.0.zip(more).and_then(|(sum, more)| sum.checked_add(more));
    }
}

#[derive(Deserialize)]
struct DescribedDevice {
    name: Option<String>,
    instance_id: Option<u64>,
    #[serde(default)]
    fields: Folded<Field>,
    #[serde(default)]
    subsections: Folded<Subsection>,
}

impl Item for DescribedDevice {
    type Summary = BTreeMap<(String, u32), u64>;

    fn fold(self, lengths: &mut Self::Summary) -> bool {
        let mut length = self.fields.0;
        length.add(self.subsections.0.0);
        let instance = self.instance_id.and_then(|instance| instance.try_into().ok());
        if let (Some(name), Some(instance), Some(length)) = (self.name, instance, length.0) {
            lengths.insert((name, instance), length);
        }
        lengths.len() <= MAX_DEVICES
    }
}

#[derive(Deserialize)]
struct Field {
    size: Option<u64>,
    array_len: Option<u64>,
}

impl Item for Field {
    type Summary = Length;

    fn fold(self, length: &mut Length) -> bool {
        length.add(self.size.and_then(|size| size.checked_mul(self.array_len.unwrap_or(1))));
        true
    }
}

#[derive(Deserialize)]
struct Subsection {
    vmsd_name: Option<String>,
    #[serde(default)]
    fields: Folded<Field>,
    #[serde(default)]
    subsections: Folded<Subsection>,
}

impl Item for Subsection {
    type Summary = Length;

    fn fold(self, length: &mut Length) -> bool {
        // The element byte, the counted name and the version.
        length.add(self.vmsd_name.map(|name| 1 + 1 + name.len() as u64 + 4));
        length.add(self.fields.0.0);
        length.add(self.subsections.0.0);
        true
    }
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
    use std::cell::Cell;

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
        let depth = if cfg!(miri) { 200 } else { 100_000 };
        let deep = "{\"a\":".repeat(depth);
        assert_eq!(Description::parse(deep.as_bytes()), None);
    }

    #[test]
    fn a_parse_can_be_interrupted() {
        let mut json = String::from("{\"a\": [");
        json.extend(std::iter::repeat_n("0,", INTERVAL * 4));
        json.push_str("0]}");
        let asked = Cell::new(0);
        let parsed = Description::parse_interruptibly(json.as_bytes(), &|| {
            asked.set(asked.get() + 1);
            asked.get() >= 3
        });
        assert_eq!(parsed, Err(Interrupted));
        assert!(asked.get() < 6, "asked {} times", asked.get());
        let parsed = Description::parse_interruptibly(json.as_bytes(), &|| false);
        assert_eq!(parsed, Ok(Some(Description::default())));
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn the_number_of_devices_is_bounded() {
        let devices = |count: usize| {
            let device = |number| format!(r#"{{"name": "a", "instance_id": {number}}}"#);
            let list = (0..count).map(device).collect::<Vec<_>>().join(",");
            Description::parse(format!(r#"{{"devices": [{list}]}}"#).as_bytes())
        };
        assert_eq!(devices(MAX_DEVICES).map(|read| read.lengths.len()), Some(MAX_DEVICES));
        assert!(devices(MAX_DEVICES + 1).is_none());
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
