//! Stream-format quirks of older machine types. They are not negotiated; configure both sides
//! alike.

/// The variant of the stream format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// With multifd, sync the channels at the end of every RAM section instead of at flush records
    /// (machine property `multifd-flush-after-each-section`). Defaults to true for machine types up
    /// to 8.0.
    pub flush_after_each_section: Option<bool>,
    /// With multifd, the encoding of zero pages (machine property `zero-page-detection`).
    pub zero_pages: ZeroPages,
    /// With `switchover-ack`, the destination sends one acknowledgement for all devices, and the
    /// source waits for it (machine property `switchover-ack-legacy` of QEMU 11.1). Otherwise only
    /// the devices that ask for one are acknowledged; this engine has none. Defaults to true,
    /// except for machine types from 11.1 on.
    pub switchover_ack_legacy: Option<bool>,
    /// The stream ends without a description of its devices (machine option `suppress-vmdesc`).
    pub suppress_description: bool,
}

/// Encoding of zero pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZeroPages {
    /// Zero pages are sent like all others.
    None,
    /// Records on the main channel, which every destination understands.
    #[default]
    Legacy,
    /// Packets on the multifd channels, which destinations before 9.0 do not understand.
    Multifd,
}

impl Generation {
    /// Returns true if the channels sync at the end of every RAM section.
    pub(crate) fn flushes_each_section(&self, machine: &str) -> bool {
        self.flush_after_each_section
            .unwrap_or_else(|| version(machine).is_some_and(|version| version <= (8, 0)))
    }

    /// Returns true if a destination acknowledges the switchover once for all devices.
    pub(crate) fn acknowledges_once(&self, machine: &str) -> bool {
        self.switchover_ack_legacy
            .unwrap_or_else(|| version(machine).is_none_or(|version| version < (11, 1)))
    }
}

/// Parses the release from a versioned machine type such as `pc-i440fx-8.0`.
fn version(machine: &str) -> Option<(u32, u32)> {
    let (major, minor) = machine.rsplit('-').next()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_machine_types_are_known_by_their_version() {
        let generation = Generation::default();
        for old in ["pc-i440fx-8.0", "pc-q35-7.2", "virt-2.12"] {
            assert!(generation.flushes_each_section(old), "{old}");
        }
        for new in ["pc-i440fx-8.1", "pc-q35-10.0", "none", "pc", "xenfv-4", ""] {
            assert!(!generation.flushes_each_section(new), "{new}");
        }
        let told = Generation { flush_after_each_section: Some(true), ..generation };
        assert!(told.flushes_each_section("none"));
    }

    #[test]
    fn machine_types_from_11_1_on_acknowledge_by_device() {
        let generation = Generation::default();
        for (machine, once) in
            [("none", true), ("pc-q35-11.0", true), ("pc-q35-11.1", false), ("virt-12.0", false)]
        {
            assert_eq!(generation.acknowledges_once(machine), once, "{machine}");
            let set = Generation { switchover_ack_legacy: Some(!once), ..generation };
            assert_eq!(set.acknowledges_once(machine), !once, "{machine}");
        }
    }
}
