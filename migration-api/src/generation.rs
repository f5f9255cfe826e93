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
}
