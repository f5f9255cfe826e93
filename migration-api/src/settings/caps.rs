//! Migration capabilities, and the rules for combining them.

use std::fmt;

use crate::api::{MigrationCapability, MultiFDCompression};
use crate::settings::{Feature, NotBuilt, Parameters};

/// The capabilities of a process. All are off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Returns true if the capability is on.
    pub fn has(self, capability: MigrationCapability) -> bool {
        self.0 & (1 << capability as u32) != 0
    }

    /// Returns a copy with one capability switched.
    #[must_use]
    pub fn with(self, capability: MigrationCapability, on: bool) -> Self {
        let bit = 1 << capability as u32;
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// Iterates over all capabilities and their state, in schema order.
    pub fn iter(self) -> impl Iterator<Item = (MigrationCapability, bool)> {
        MigrationCapability::VALUES
            .iter()
            .map(move |&capability| (capability, self.has(capability)))
    }
}

/// Lists the capabilities that are on.
impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = self.iter().filter(|(_, on)| *on);
        for (number, (capability, _)) in on.enumerate() {
            let separator = if number == 0 { "" } else { " " };
            write!(f, "{separator}{capability}")?;
        }
        Ok(())
    }
}

/// Conditions outside the capabilities that the rules depend on.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The process waits for an incoming migration.
    pub incoming: bool,
    /// The process listens for one already.
    pub listening: bool,
    /// The reason, if this host cannot be the destination of a postcopy.
    pub postcopy_unfit: Option<String>,
    /// The kernel cannot write-protect memory for a background snapshot.
    pub no_write_protection: bool,
    /// RAM cannot be write-protected, such as a shared file.
    pub unprotectable_ram: bool,
    /// The guest logs dirty pages per vCPU.
    pub dirty_ring: bool,
    /// The guest takes over the machine of its source, and never runs.
    pub adopts: bool,
}

/// Error that refuses a set of capabilities. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapabilityError {
    /// A capability that this engine was built without.
    #[error(transparent)]
    NotBuilt(NotBuilt),
    /// A migration is under way.
    #[error("There's a migration process in progress")]
    Running,
    /// Disks are not copied by this engine.
    #[error("QEMU compiled without old-style (blk/-b, inc/-i) block migration")]
    Block,
    /// Postcopy on a host without support for it.
    #[error("Postcopy is not supported: {0}")]
    PostcopyUnfit(String),
    /// Postcopy combined with another feature.
    #[error("Postcopy is not {0}")]
    PostcopyWith(&'static str),
    /// A kernel without write protection.
    #[error("Background-snapshot is not supported by host kernel")]
    SnapshotKernel,
    /// RAM that cannot be write-protected.
    #[error("Background-snapshot is not compatible with guest memory configuration")]
    SnapshotMemory,
    /// A background snapshot combined with another capability.
    #[error("Background-snapshot is not compatible with {0}")]
    SnapshotWith(MigrationCapability),
    /// Zero copy combined with a feature that changes the bytes.
    #[error("Zero copy only available for non-compressed non-TLS multifd migration")]
    ZeroCopy,
    /// Preemption without postcopy.
    #[error("Postcopy preempt requires postcopy-ram")]
    PreemptAlone,
    /// Preemption combined with `compress`.
    #[error("Postcopy preempt not compatible with compress")]
    PreemptCompress,
    /// A capability that affects connections, after the listener was opened.
    #[error("{0} must be set before incoming starts")]
    TooLate(&'static str),
    /// Multifd combined with another feature.
    #[error("Multifd is not compatible with {0}")]
    MultifdWith(&'static str),
    /// `switchover-ack` without a return path.
    #[error("Capability 'switchover-ack' requires capability 'return-path'")]
    AckWithoutReturnPath,
    /// Both kinds of throttling.
    #[error("dirty-limit conflicts with auto-converge either of then available currently")]
    DirtyLimitConverge,
    /// `dirty-limit` without a dirty ring.
    #[error("dirty-limit requires KVM with accelerator property 'dirty-ring-size' set")]
    DirtyLimitRing,
    /// Both `compress` and `xbzrle`.
    #[error("Compression is not compatible with xbzrle")]
    CompressXbzrle,
    /// COLO with a guest that cannot run beside another one.
    #[error("COLO is not supported by a guest that never runs")]
    ColoGuest,
}

/// Capabilities that a background snapshot excludes, in the order of their errors.
const AGAINST_SNAPSHOT: [MigrationCapability; 15] = [
    MigrationCapability::PostcopyRam,
    MigrationCapability::DirtyBitmaps,
    MigrationCapability::PostcopyBlocktime,
    MigrationCapability::LateBlockActivate,
    MigrationCapability::ReturnPath,
    MigrationCapability::Multifd,
    MigrationCapability::PauseBeforeSwitchover,
    MigrationCapability::AutoConverge,
    MigrationCapability::ReleaseRam,
    MigrationCapability::RdmaPinAll,
    MigrationCapability::Compress,
    MigrationCapability::Xbzrle,
    MigrationCapability::XColo,
    MigrationCapability::ValidateUuid,
    MigrationCapability::ZeroCopySend,
];

/// Checks a set of capabilities that replaces `old`.
///
/// # Errors
/// The first rule that the set breaks.
pub fn check(
    old: Capabilities,
    new: Capabilities,
    parameters: &Parameters,
    around: &Environment,
) -> Result<(), CapabilityError> {
    use CapabilityError as E;
    let refuse = |broken: bool, error: E| if broken { Err(error) } else { Ok(()) };
    let on = |capability| new.has(capability);
    let added = |capability| new.has(capability) && !old.has(capability);

    let missing = new.iter().filter(|(_, on)| *on).filter_map(|(one, _)| Feature::of(one));
    if let Some(feature) = missing.into_iter().find(|feature| !feature.is_built_in()) {
        return Err(E::NotBuilt(NotBuilt(feature)));
    }
    refuse(on(MigrationCapability::Block), E::Block)?;
    if on(MigrationCapability::PostcopyRam) {
        if let (true, Some(reason)) =
            (added(MigrationCapability::PostcopyRam) && around.incoming, &around.postcopy_unfit)
        {
            return Err(E::PostcopyUnfit(reason.clone()));
        }
        refuse(
            on(MigrationCapability::XIgnoreShared),
            E::PostcopyWith("compatible with ignore-shared"),
        )?;
        refuse(on(MigrationCapability::Multifd), E::PostcopyWith("yet compatible with multifd"))?;
    }
    refuse(on(MigrationCapability::XColo) && around.adopts, E::ColoGuest)?;
    if on(MigrationCapability::BackgroundSnapshot) {
        refuse(around.no_write_protection, E::SnapshotKernel)?;
        refuse(around.unprotectable_ram, E::SnapshotMemory)?;
        if let Some(&other) = AGAINST_SNAPSHOT.iter().find(|&&other| on(other)) {
            return Err(E::SnapshotWith(other));
        }
    }
    refuse(
        on(MigrationCapability::ZeroCopySend) && !zero_copy_possible(new, parameters),
        E::ZeroCopy,
    )?;
    if on(MigrationCapability::PostcopyPreempt) {
        refuse(!on(MigrationCapability::PostcopyRam), E::PreemptAlone)?;
        refuse(on(MigrationCapability::Compress), E::PreemptCompress)?;
        refuse(
            added(MigrationCapability::PostcopyPreempt) && around.listening,
            E::TooLate("Postcopy preempt"),
        )?;
    }
    if on(MigrationCapability::Multifd) {
        refuse(on(MigrationCapability::Compress), E::MultifdWith("compress"))?;
        refuse(added(MigrationCapability::Multifd) && around.listening, E::TooLate("Multifd"))?;
    }
    refuse(
        on(MigrationCapability::SwitchoverAck) && !on(MigrationCapability::ReturnPath),
        E::AckWithoutReturnPath,
    )?;
    if on(MigrationCapability::DirtyLimit) {
        refuse(on(MigrationCapability::AutoConverge), E::DirtyLimitConverge)?;
        refuse(!around.dirty_ring, E::DirtyLimitRing)?;
    }
    refuse(
        on(MigrationCapability::Multifd) && on(MigrationCapability::Xbzrle),
        E::MultifdWith("xbzrle"),
    )?;
    refuse(on(MigrationCapability::Compress) && on(MigrationCapability::Xbzrle), E::CompressXbzrle)
}

/// Returns true if memory can be sent without copies.
pub(crate) fn zero_copy_possible(capabilities: Capabilities, parameters: &Parameters) -> bool {
    capabilities.has(MigrationCapability::Multifd)
        && !capabilities.has(MigrationCapability::Xbzrle)
        && !capabilities.has(MigrationCapability::Compress)
        && parameters.multifd_compression == MultiFDCompression::None
        && parameters.tls_creds.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(on: &[MigrationCapability]) -> Capabilities {
        on.iter().fold(Capabilities::default(), |set, &capability| set.with(capability, true))
    }

    fn text(on: &[MigrationCapability]) -> String {
        let checked = check(
            Capabilities::default(),
            set(on),
            &Parameters::default(),
            &Environment::default(),
        );
        checked.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn capabilities_are_switched_one_by_one() {
        let some = set(&[MigrationCapability::Events, MigrationCapability::DirtyLimit]);
        assert!(some.has(MigrationCapability::Events) && some.has(MigrationCapability::DirtyLimit));
        assert_eq!(
            some.with(MigrationCapability::Events, false),
            set(&[MigrationCapability::DirtyLimit])
        );
        assert_eq!(some.iter().count(), 23);
    }

    #[test]
    fn alone_all_but_the_dependent_ones_are_fine() {
        for &capability in MigrationCapability::VALUES {
            if Feature::of(capability).is_some_and(|feature| !feature.is_built_in()) {
                continue;
            }
            let expected = match capability {
                MigrationCapability::Block => {
                    "QEMU compiled without old-style (blk/-b, inc/-i) block migration"
                }
                MigrationCapability::ZeroCopySend => {
                    "Zero copy only available for non-compressed non-TLS multifd migration"
                }
                MigrationCapability::PostcopyPreempt => "Postcopy preempt requires postcopy-ram",
                MigrationCapability::SwitchoverAck => {
                    "Capability 'switchover-ack' requires capability 'return-path'"
                }
                MigrationCapability::DirtyLimit => {
                    "dirty-limit requires KVM with accelerator property 'dirty-ring-size' set"
                }
                _ => "",
            };
            assert_eq!(text(&[capability]), expected, "{capability}");
        }
    }

    #[test]
    fn missing_features_are_named() {
        let refused = |capability, built_in: bool, expected: &str| {
            assert_eq!(text(&[capability]), if built_in { "" } else { expected });
        };
        refused(
            MigrationCapability::XColo,
            cfg!(feature = "colo"),
            "COLO is not available: this engine was built without feature 'colo'",
        );
        refused(
            MigrationCapability::Compress,
            cfg!(feature = "legacy-compress"),
            "Compression of single pages is not available: this engine was built without feature \
             'legacy-compress'",
        );
    }

    #[test]
    fn pairs_are_refused_in_order() {
        use MigrationCapability as C;
        assert_eq!(
            text(&[C::PostcopyRam, C::Multifd]),
            "Postcopy is not yet compatible with multifd"
        );
        assert_eq!(
            text(&[C::PostcopyRam, C::XIgnoreShared]),
            "Postcopy is not compatible with ignore-shared"
        );
        assert_eq!(
            text(&[C::BackgroundSnapshot, C::Xbzrle, C::ReturnPath]),
            "Background-snapshot is not compatible with return-path"
        );
        assert_eq!(text(&[C::Multifd, C::Xbzrle]), "Multifd is not compatible with xbzrle");
        assert_eq!(
            text(&[C::DirtyLimit, C::AutoConverge]),
            "dirty-limit conflicts with auto-converge either of then available currently"
        );
        assert_eq!(text(&[C::Multifd, C::ZeroCopySend, C::ReturnPath, C::SwitchoverAck]), "");
    }

    #[test]
    #[cfg(feature = "legacy-compress")]
    fn pairs_with_compress_are_refused_in_order() {
        use MigrationCapability as C;
        assert_eq!(
            text(&[C::Multifd, C::Compress, C::Xbzrle]),
            "Multifd is not compatible with compress"
        );
        assert_eq!(text(&[C::Compress, C::Xbzrle]), "Compression is not compatible with xbzrle");
    }

    #[test]
    fn connections_are_decided_on_before_listening() {
        let listening = Environment { incoming: true, listening: true, ..Environment::default() };
        let multifd = set(&[MigrationCapability::Multifd]);
        let parameters = Parameters::default();
        let error = check(Capabilities::default(), multifd, &parameters, &listening).unwrap_err();
        assert_eq!(error.to_string(), "Multifd must be set before incoming starts");
        assert_eq!(check(multifd, multifd, &parameters, &listening), Ok(()));
        let unfit = Environment { postcopy_unfit: Some("no".into()), ..listening };
        let postcopy = set(&[MigrationCapability::PostcopyRam]);
        assert!(check(Capabilities::default(), postcopy, &parameters, &unfit).is_err());
        assert_eq!(check(postcopy, postcopy, &parameters, &unfit), Ok(()));
    }

    #[test]
    #[cfg(feature = "colo")]
    fn a_guest_that_never_runs_is_not_replicated() {
        let colo = set(&[MigrationCapability::XColo]);
        let check = |adopts| {
            let around = Environment { adopts, ..Environment::default() };
            check(Capabilities::default(), colo, &Parameters::default(), &around)
        };
        assert_eq!(check(false), Ok(()));
        assert_eq!(
            check(true).unwrap_err().to_string(),
            "COLO is not supported by a guest that never runs"
        );
    }
}
