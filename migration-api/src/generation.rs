//! What machine types of earlier releases do differently in a stream: nothing in it tells, so both sides must know.

/// The generation of the stream's form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation {
    /// With multifd, whether the channels are in step at the end of every section of RAM, and not at marks of their own: machine
    /// property `multifd-flush-after-each-section`. By default, as the machine type's version says: up to 8.0.
    pub flush_after_each_section: Option<bool>,
    /// With multifd, how zero pages are told: machine property `zero-page-detection`.
    pub zero_pages: ZeroPages,
}

/// How zero pages are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZeroPages {
    /// Not at all: they are sent as any other.
    None,
    /// In records of the main channel, which every destination understands.
    #[default]
    Legacy,
    /// In the packets of the channels, which destinations before 9.0 do not understand.
    Multifd,
}

impl Generation {
    /// Whether the channels are in step at the end of every section of RAM.
    pub(crate) fn flushes_each_section(&self, machine: &str) -> bool {
        self.flush_after_each_section
            .unwrap_or_else(|| version(machine).is_some_and(|version| version <= (8, 0)))
    }
}

/// The release in a versioned machine type's name, such as `pc-i440fx-8.0`.
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
