//! QEMU's error number and text of each kind of error.

use std::fmt;

use super::Errno;
use super::kind::{CommandFault, ErrorKind};
use crate::wire::Uuid;

impl ErrorKind {
    /// Returns the error number with which QEMU fails the load.
    pub fn errno(&self) -> Errno {
        match self {
            Self::Closed => Errno::InputOutput,
            Self::ObsoleteVersion | Self::UnsupportedVersion => Errno::NotSupported,
            Self::UnknownSubsection(_) => Errno::NoSuchFile,
            Self::CommandLength { .. } => Errno::OutOfRange,
            Self::NoReturnPath { .. }
            | Self::PostcopyState { .. }
            | Self::AdvisePageSizes { .. }
            | Self::AdviseTargetPageSize { .. } => Errno::NotPermitted,
            Self::PackageCut { .. } => Errno::Unavailable,
            _ => Errno::InvalidArgument,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("The connection ended in the middle of the stream"),
            Self::NotAStream => f.write_str("Not a migration stream"),
            Self::ObsoleteVersion => {
                f.write_str("SaveVM v2 format is obsolete and don't work anymore")
            }
            Self::UnsupportedVersion => f.write_str("Unsupported migration stream version"),
            Self::ConfigurationMissing => f.write_str("Configuration section missing"),
            Self::Machine { received, local } => {
                write!(f, "Machine type received is '{received}' and local is '{local}'")
            }
            Self::UnknownCapability(name) => write!(
                f,
                "Received unknown capability {name}\nFailed to load configuration/capabilities:capabilities"
            ),
            Self::Capability { name, local } => {
                let (local, received) = if *local { ("on", "off") } else { ("off", "on") };
                write!(f, "Capability {name} is {local}, but received capability is {received}")
            }
            Self::UnknownSubsection(name) => {
                write!(f, "Unknown subsection '{name}' of the configuration")
            }
            Self::PageBits { received, local } => {
                write!(f, "Received TARGET_PAGE_BITS is {received} but local is {local}")
            }
            Self::Uuid { received, local } => {
                write!(f, "UUID received is {} and local is {}", Uuid(received), Uuid(local))
            }
            Self::UnknownElement(byte) => write!(f, "Unknown savevm section type {byte}"),
            Self::UnknownSection { name, instance } => write!(
                f,
                "Unknown savevm section or instance '{name}' {instance}. Make sure that your current VM setup \
                 matches your saved VM setup, including any hotplugged devices"
            ),
            Self::UnknownSectionId(id) => write!(f, "Unknown savevm section {id}"),
            Self::SectionVersion { name, received, local } => {
                write!(f, "savevm: unsupported version {received} for '{name}' v{local}")
            }
            Self::FooterMissing { name } => write!(f, "Missing section footer for {name}"),
            Self::FooterId { name, received, expected } => write!(
                f,
                "Mismatched section id in footer for {name} - read 0x{received:x} expected 0x{expected:x}"
            ),
            Self::Undelimited { name } => write!(
                f,
                "Cannot find the end of device section '{name}': no description of the devices \
                 matches, and the section footers allow none or several divisions"
            ),
            Self::RepeatedSection { name, instance } => {
                write!(f, "Section '{name}' of instance {instance} comes twice")
            }
            Self::UnexpectedSection { name } => write!(f, "Unexpected section '{name}'"),
            Self::UnexpectedCommand { command } => write!(f, "Unexpected command CMD_{command}"),
            Self::CapabilityOff { what, capability } => {
                write!(f, "Received {what}, but the capability {capability} is off")
            }
            Self::RepeatedBlock(name) => write!(f, "The RAM block list names {name} twice"),
            Self::UnknownBlock(name) => {
                write!(f, "Unknown ramblock \"{name}\", cannot accept migration")
            }
            Self::BlockLength { name, received, local } => {
                write!(f, "Size mismatch: {name}: 0x{received:x} != 0x{local:x}: Invalid argument")
            }
            Self::BlockTooLarge { name, received, max } => {
                write!(f, "Size too large: {name}: 0x{received:x} > 0x{max:x}: Invalid argument")
            }
            Self::BlockPageSize { name, local, received } => {
                write!(f, "Mismatched RAM page size {name} (local) {local} != {received}")
            }
            Self::BlockAddress { name, received, local } => {
                write!(f, "Mismatched GPAs for block {name} {received} != {local}")
            }
            Self::BlockListLength { name } => {
                write!(f, "The lengths in the RAM block list pass their total at block {name}")
            }
            Self::PageBlock { name, offset } => {
                write!(f, "Can't find block {name}\nIllegal RAM offset {offset:x}")
            }
            Self::IgnoredBlock { name, offset } => {
                write!(f, "block {name} should not be migrated !\nIllegal RAM offset {offset:x}")
            }
            Self::LatePage { name, offset } => {
                write!(f, "Page {offset:x} of {name} comes after the guest was started")
            }
            Self::PageOffset(offset) => write!(f, "Illegal RAM offset {offset:x}"),
            Self::NoBlockYet { offset } => {
                write!(f, "Ack, bad migration stream!\nIllegal RAM offset {offset:x}")
            }
            Self::ZeroFill(byte) => write!(f, "Found a zero page with value {byte}"),
            Self::Flags { flags, postcopy } => {
                let mode = if *postcopy { " (postcopy mode)" } else { "" };
                write!(f, "Unknown combination of migration flags: 0x{flags:x}{mode}")
            }
            Self::UnexpectedCompressed => f.write_str("Received an unexpected compressed page"),
            Self::CompressedLength(length) => write!(f, "Invalid compressed data length: {length}"),
            Self::Compressed => f.write_str("decompress data failed"),
            Self::XbzrleEncoding { offset } => write!(
                f,
                "Failed to load XBZRLE page - wrong compression!\nFailed to decompress XBZRLE page at {offset:x}"
            ),
            Self::XbzrleLength { offset } => write!(
                f,
                "Failed to load XBZRLE page - len overflow!\nFailed to decompress XBZRLE page at {offset:x}"
            ),
            Self::XbzrleData { offset } => write!(
                f,
                "Failed to load XBZRLE page - decode error!\nFailed to decompress XBZRLE page at {offset:x}"
            ),
            Self::BitmapFlags(flags) => write!(f, "Unknown dirty bitmap flags: 0x{flags:x}"),
            Self::UnknownCommand { command, length } => {
                write!(f, "MIG_CMD 0x{command:x} unknown (len 0x{length:x})")
            }
            Self::CommandLength { command, expected, received } => {
                write!(
                    f,
                    "{command} received with bad length - expecting {expected}, got {received}"
                )
            }
            Self::CommandPayload { command, what } => match what {
                CommandFault::Length(length) => {
                    write!(f, "CMD_{command} invalid length ({length})")
                }
                CommandFault::Version(version) => {
                    write!(f, "CMD_{command} invalid version ({version})")
                }
                CommandFault::Nil(byte) => write!(f, "CMD_{command} missing nil ({byte})"),
                CommandFault::BlockName => {
                    write!(f, "CMD_{command} failed to read the RAM block name")
                }
            },
            Self::NoReturnPath { ping } => {
                write!(f, "CMD_PING (0x{ping:x}) received with no return path")
            }
            Self::PostcopyState { command, state } => {
                write!(f, "CMD_{command} in wrong postcopy state ({state})")
            }
            Self::AdvisePostcopy { enabled: true } => {
                f.write_str("RAM postcopy is enabled but have 0 byte advise")
            }
            Self::AdvisePostcopy { enabled: false } => {
                f.write_str("RAM postcopy is disabled but have 16 byte advise")
            }
            Self::AdvisePageSizes { source, local } => {
                write!(f, "Postcopy needs matching RAM page sizes (s={source:x} d={local:x})")
            }
            Self::AdviseTargetPageSize { source, local } => {
                write!(f, "Postcopy needs matching target page sizes (s={source} d={local})")
            }
            Self::ColoDisabled => f.write_str(
                "ENABLE_COLO command come in migration stream, but x-colo capability is not set",
            ),
            Self::PackageCut { received, length } => {
                write!(f, "CMD_PACKAGED: Buffer receive fail ret={received} length={length}")
            }
            Self::PackageContent { size } => write!(
                f,
                "The package of {size} bytes cannot be divided into device sections and commands up to POSTCOPY_RUN"
            ),
            Self::TooLarge { what, size, max } => {
                write!(f, "{what} of {size} is larger than the {max} accepted")
            }
            Self::NotText { what } => write!(f, "The name of a {what} is not UTF-8"),
        }
    }
}
