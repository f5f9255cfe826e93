//! The configuration after the header: machine type, capabilities, page bits and UUID of the
//! source (QEMU 10.0: `vmstate_configuration` in `migration/savevm.c`).

use crate::error::ErrorKind;
use crate::name::Name;
use crate::wire::{Fields, Parsed, put_name, put_u8, put_u32};

/// The element byte of the configuration.
pub(crate) const CONFIGURATION: u8 = 0x07;
const SUBSECTION: u8 = 0x05;
const SUBSECTION_VERSION: u32 = 1;

const PAGE_BITS: &str = "configuration/target-page-bits";
const CAPABILITIES: &str = "configuration/capabilities";
const UUID: &str = "configuration/uuid";

/// Far more than the number of capabilities in QEMU.
const MAX_CAPABILITIES: u32 = 256;

/// The source's configuration: the element `07`, then these fields.
///
/// | field | length in bytes |
/// |---|---|
/// | length of the machine type | 4 |
/// | machine type | as that says |
/// | subsections: `05`, name, version 1 | 1, 1 + n, 4 |
/// | of `configuration/target-page-bits`: page bits | 4 |
/// | of `configuration/capabilities`: number, then names | 4, each 1 + n |
/// | of `configuration/uuid`: UUID | 16 |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The machine type with its aliases resolved, e.g. `pc-i440fx-10.0`.
    pub machine: Name,
    /// The target's page bits, sent only if they are above the target's minimum.
    pub page_bits: Option<u32>,
    /// The names of the active capabilities that must be equal on both sides. QEMU leaves the list
    /// out if it is empty.
    pub capabilities: Option<Vec<Name>>,
    /// The UUID of the virtual machine, sent with `validate-uuid`.
    pub uuid: Option<[u8; 16]>,
}

/// This side's values, which are compared with a received [`Configuration`].
#[derive(Clone, Debug)]
pub struct Local<'a> {
    /// The machine type with its aliases resolved.
    pub machine: &'a Name,
    /// The target's page bits, and its minimum, which applies if the source sends none.
    pub page_bits: (u32, u32),
    /// Every known capability; `Some(on)` for those that must be equal on both sides.
    pub capabilities: &'a [(&'a str, Option<bool>)],
    /// The UUID of the virtual machine, if it has one.
    pub uuid: Option<[u8; 16]>,
}

impl Configuration {
    /// Creates a configuration with the machine type only.
    pub fn new(machine: Name) -> Self {
        Self { machine, page_bits: None, capabilities: None, uuid: None }
    }

    /// Returns true if the capability is sent as active.
    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().flatten().any(|name| **name == *capability)
    }

    /// Compares with this side as QEMU does.
    ///
    /// Machine types are compared up to the length of the received one. UUIDs are compared only if
    /// both sides have one.
    pub fn check(&self, local: &Local<'_>) -> Result<(), ErrorKind> {
        if !local.machine.as_bytes().starts_with(self.machine.as_bytes()) {
            return Err(ErrorKind::Machine {
                received: self.machine.clone(),
                local: local.machine.clone(),
            });
        }
        let received = self.page_bits.unwrap_or(local.page_bits.1);
        if received != local.page_bits.0 {
            return Err(ErrorKind::PageBits { received, local: local.page_bits.0 });
        }
        for name in self.capabilities.iter().flatten() {
            if !local.capabilities.iter().any(|(known, _)| **name == **known) {
                return Err(ErrorKind::UnknownCapability(name.clone()));
            }
        }
        for (name, on) in local.capabilities {
            if on.is_some_and(|on| on != self.has(name))
                && let Ok(name) = Name::try_from(*name)
            {
                return Err(ErrorKind::Capability { name, local: *on == Some(true) });
            }
        }
        match (self.uuid, local.uuid) {
            (Some(received), Some(local)) if received != local => {
                Err(ErrorKind::Uuid { received, local })
            }
            _ => Ok(()),
        }
    }

    /// Appends the element.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_u8(out, CONFIGURATION);
        put_u32(out, self.machine.len() as u32);
        out.extend_from_slice(self.machine.as_bytes());
        if let Some(bits) = self.page_bits {
            put_subsection(out, PAGE_BITS);
            put_u32(out, bits);
        }
        if let Some(capabilities) = &self.capabilities {
            put_subsection(out, CAPABILITIES);
            put_u32(out, capabilities.len() as u32);
            for name in capabilities {
                put_name(out, name);
            }
        }
        if let Some(uuid) = &self.uuid {
            put_subsection(out, UUID);
            out.extend_from_slice(uuid);
        }
    }

    /// Parses the configuration after its element byte. Needs one more byte, which shows that no
    /// further subsection follows.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> Parsed<Self> {
        let length = fields.u32()?;
        if length > u32::from(u8::MAX) {
            let (size, max) = (u64::from(length), u64::from(u8::MAX));
            return Err(ErrorKind::TooLarge { what: "machine type name", size, max }.into());
        }
        let machine = std::str::from_utf8(fields.take(length as usize)?)
            .ok()
            .and_then(|name| Name::try_from(name).ok())
            .ok_or(ErrorKind::NotText { what: "machine type" })?;
        let mut configuration = Self::new(machine);
        while fields.peek()? == SUBSECTION {
            fields.u8()?;
            let name = fields.name("configuration subsection")?;
            let version = fields.u32()?;
            if version > SUBSECTION_VERSION {
                return Err(ErrorKind::SectionVersion {
                    name,
                    received: version,
                    local: SUBSECTION_VERSION,
                }
                .into());
            }
            let again = match &*name {
                PAGE_BITS => configuration.page_bits.is_some(),
                CAPABILITIES => configuration.capabilities.is_some(),
                UUID => configuration.uuid.is_some(),
                _ => false,
            };
            if again {
                return Err(ErrorKind::UnexpectedSection { name }.into());
            }
            match &*name {
                PAGE_BITS => configuration.page_bits = Some(fields.u32()?),
                CAPABILITIES => configuration.capabilities = Some(parse_capabilities(fields)?),
                UUID => configuration.uuid = Some(fields.uuid()?),
                _ => return Err(ErrorKind::UnknownSubsection(name).into()),
            }
        }
        Ok(configuration)
    }
}

fn put_subsection(out: &mut Vec<u8>, name: &str) {
    put_u8(out, SUBSECTION);
    put_u8(out, name.len() as u8);
    out.extend_from_slice(name.as_bytes());
    put_u32(out, SUBSECTION_VERSION);
}

fn parse_capabilities(fields: &mut Fields<'_>) -> Parsed<Vec<Name>> {
    let count = fields.u32()?;
    if count > MAX_CAPABILITIES {
        let (size, max) = (u64::from(count), u64::from(MAX_CAPABILITIES));
        return Err(ErrorKind::TooLarge { what: "number of capabilities", size, max }.into());
    }
    (0..count).map(|_| fields.name("capability")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Stop;

    fn full() -> Configuration {
        Configuration {
            machine: "pc-i440fx-8.2".try_into().unwrap(),
            page_bits: Some(14),
            capabilities: Some(vec!["x-ignore-shared".try_into().unwrap()]),
            uuid: Some([7; 16]),
        }
    }

    fn parse(bytes: &[u8]) -> Parsed<Configuration> {
        Configuration::parse(&mut Fields::new(bytes))
    }

    #[test]
    fn layout() {
        let mut out = Vec::new();
        Configuration::new("none".try_into().unwrap()).write(&mut out);
        assert_eq!(out, b"\x07\0\0\0\x04none");
    }

    #[test]
    fn reads_what_it_writes_and_waits_for_the_byte_behind() {
        let mut out = Vec::new();
        full().write(&mut out);
        for end in 1..=out.len() {
            assert_eq!(parse(&out[1..end]), Err(Stop::Short), "{end}");
        }
        out.push(0x01);
        let mut fields = Fields::new(&out[1..]);
        assert_eq!(Configuration::parse(&mut fields), Ok(full()));
        assert_eq!(fields.rest(), [0x01]);
    }

    #[test]
    fn refuses_hostile_lengths_and_unknown_subsections() {
        assert_eq!(
            parse(&[0xff; 4]),
            Err(ErrorKind::TooLarge { what: "machine type name", size: 0xffff_ffff, max: 255 }
                .into())
        );
        assert_eq!(
            parse(b"\0\0\0\0\x05\x0dconfiguration\0\0\0\x01"),
            Err(ErrorKind::UnknownSubsection("configuration".try_into().unwrap()).into())
        );
        let mut out = b"\0\0\0\0".to_vec();
        put_subsection(&mut out, CAPABILITIES);
        put_u32(&mut out, u32::MAX);
        assert!(matches!(
            parse(&out),
            Err(Stop::Bad(ErrorKind::TooLarge { what: "number of capabilities", .. }))
        ));
        let bodies: [(&str, &[u8]); 3] =
            [(PAGE_BITS, &[0, 0, 0, 12]), (CAPABILITIES, &[0; 4]), (UUID, &[7; 16])];
        for (name, body) in bodies {
            let mut out = b"\0\0\0\0".to_vec();
            for _ in 0..2 {
                put_subsection(&mut out, name);
                out.extend_from_slice(body);
            }
            let name = name.try_into().unwrap();
            assert_eq!(parse(&out), Err(ErrorKind::UnexpectedSection { name }.into()));
        }
    }

    #[test]
    fn comparison() {
        let machine = Name::try_from("pc-i440fx-8.2").unwrap();
        let capabilities = [("xbzrle", None), ("x-ignore-shared", Some(true))];
        let local = Local {
            machine: &machine,
            page_bits: (14, 12),
            capabilities: &capabilities,
            uuid: Some([7; 16]),
        };
        assert_eq!(full().check(&local), Ok(()));
        assert_eq!(
            Configuration { machine: "pc".try_into().unwrap(), ..full() }.check(&local),
            Ok(())
        );

        let text =
            |configuration: Configuration| configuration.check(&local).unwrap_err().to_string();
        assert_eq!(
            text(Configuration { machine: "none".try_into().unwrap(), ..full() }),
            "Machine type received is 'none' and local is 'pc-i440fx-8.2'"
        );
        assert_eq!(
            text(Configuration { page_bits: None, ..full() }),
            "Received TARGET_PAGE_BITS is 12 but local is 14"
        );
        assert_eq!(
            text(Configuration { capabilities: None, ..full() }),
            "Capability x-ignore-shared is on, but received capability is off"
        );
        assert_eq!(
            text(Configuration {
                capabilities: Some(vec!["mapped-ram".try_into().unwrap()]),
                ..full()
            }),
            "Received unknown capability mapped-ram\nFailed to load configuration/capabilities:capabilities"
        );
        assert!(
            text(Configuration { uuid: Some([8; 16]), ..full() })
                .starts_with("UUID received is 08080808-")
        );
    }
}
