//! The kinds of errors in a stream.

use super::detail::{CommandFault, on, uuid};
use crate::name::Name;

/// Error in a stream on the main or the preempt channel.
///
/// `Display` is QEMU's text, if QEMU has one. Two messages are on separate lines.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection ended within the stream.
    #[error("The connection ended in the middle of the stream")]
    Closed,
    /// The first bytes are not those of a migration stream.
    #[error("Not a migration stream")]
    NotAStream,
    /// The header says version 2.
    #[error("SaveVM v2 format is obsolete and don't work anymore")]
    ObsoleteVersion,
    /// The header has a version other than 3, or is incomplete.
    #[error("Unsupported migration stream version")]
    UnsupportedVersion,
    /// No configuration follows the header.
    #[error("Configuration section missing")]
    ConfigurationMissing,
    /// The machine types of both sides differ.
    #[error("Machine type received is '{received}' and local is '{local}'")]
    Machine {
        /// The type that the source sent.
        received: Name,
        /// The type of this side.
        local: Name,
    },
    /// The configuration names an unknown capability.
    #[error(
        "Received unknown capability {0}\nFailed to load configuration/capabilities:capabilities"
    )]
    UnknownCapability(Name),
    /// A capability differs that must be equal on both sides.
    #[error("Capability {name} is {}, but received capability is {}", on(*.local), on(!.local))]
    Capability {
        /// Its name.
        name: Name,
        /// The capability is on at this side.
        local: bool,
    },
    /// The configuration has an unknown subsection.
    #[error("Unknown subsection '{0}' of the configuration")]
    UnknownSubsection(Name),
    /// The target page sizes differ.
    #[error("Received TARGET_PAGE_BITS is {received} but local is {local}")]
    PageBits {
        /// Page bits of the source.
        received: u32,
        /// Page bits of this side.
        local: u32,
    },
    /// The UUIDs of the two virtual machines differ.
    #[error("UUID received is {} and local is {}", uuid(.received), uuid(.local))]
    Uuid {
        /// The source's UUID.
        received: [u8; 16],
        /// This side's UUID.
        local: [u8; 16],
    },
    /// An unknown element byte.
    #[error("Unknown savevm section type {0}")]
    UnknownElement(u8),
    /// An unknown section.
    #[error(
        "Unknown savevm section or instance '{name}' {instance}. Make sure that your current VM setup \
         matches your saved VM setup, including any hotplugged devices"
    )]
    UnknownSection {
        /// The section's name.
        name: Name,
        /// The section's instance id.
        instance: u32,
    },
    /// A PART or END names a section id that no START introduced.
    #[error("Unknown savevm section {0}")]
    UnknownSectionId(u32),
    /// The section's version is not supported.
    #[error("savevm: unsupported version {received} for '{name}' v{local}")]
    SectionVersion {
        /// The section's name.
        name: Name,
        /// The version that the source sent.
        received: u32,
        /// The newest supported version.
        local: u32,
    },
    /// The section's version is too old.
    #[error("version {received} of '{name}' is older than {oldest}")]
    SectionTooOld {
        /// The section's name.
        name: Name,
        /// The version that the source sent.
        received: u32,
        /// The oldest supported version.
        oldest: u32,
    },
    /// The section has no footer.
    #[error("Missing section footer for {name}")]
    FooterMissing {
        /// The section's name.
        name: Name,
    },
    /// The footer's id is not the section's.
    #[error(
        "Mismatched section id in footer for {name} - read 0x{received:x} expected 0x{expected:x}"
    )]
    FooterId {
        /// The section's name.
        name: Name,
        /// The id in the footer.
        received: u32,
        /// The id of the section.
        expected: u32,
    },
    /// A device section without a known length, whose end neither the description nor the footers
    /// show.
    #[error(
        "Cannot find the end of device section '{name}': no description of the devices matches, and \
         the section footers allow none or several divisions"
    )]
    Undelimited {
        /// The first such section.
        name: Name,
    },
    /// A second device section with the same name and instance.
    #[error("Section '{name}' of instance {instance} comes twice")]
    RepeatedSection {
        /// The section's name.
        name: Name,
        /// The section's instance id.
        instance: u32,
    },
    /// A section at a position where its kind is not allowed.
    #[error("Unexpected section '{name}'")]
    UnexpectedSection {
        /// The section's name.
        name: Name,
    },
    /// A command where the stream may contain none.
    #[error("Unexpected command CMD_{command}")]
    UnexpectedCommand {
        /// The command's name.
        command: &'static str,
    },
    /// An element that needs a capability which is off on this side.
    #[error("Received {what}, but the capability {capability} is off")]
    CapabilityOff {
        /// The element.
        what: &'static str,
        /// The capability.
        capability: &'static str,
    },
    /// The block list names an unknown RAM block.
    #[error("Unknown ramblock \"{0}\", cannot accept migration")]
    UnknownBlock(Name),
    /// The block list names a RAM block twice.
    #[error("The RAM block list names {0} twice")]
    RepeatedBlock(Name),
    /// A RAM block of fixed size has another length on this side.
    #[error("Size mismatch: {name}: 0x{received:x} != 0x{local:x}: Invalid argument")]
    BlockLength {
        /// The block's name.
        name: Name,
        /// The length that the source sent, in bytes.
        received: u64,
        /// The length of this side, in bytes.
        local: u64,
    },
    /// A RAM block cannot grow to the source's length.
    #[error("Size too large: {name}: 0x{received:x} > 0x{max:x}: Invalid argument")]
    BlockTooLarge {
        /// The block's name.
        name: Name,
        /// The length that the source sent, in bytes.
        received: u64,
        /// The largest possible length, in bytes.
        max: u64,
    },
    /// A RAM block has another page size on this side.
    #[error("Mismatched RAM page size {name} (local) {local} != {received}")]
    BlockPageSize {
        /// The block's name.
        name: Name,
        /// The page size of this side, in bytes.
        local: u64,
        /// The page size that the source sent, in bytes.
        received: u64,
    },
    /// A RAM block shared by both sides has another guest address on this side.
    #[error("Mismatched GPAs for block {name} {received} != {local}")]
    BlockAddress {
        /// The block's name.
        name: Name,
        /// The address that the source sent.
        received: u64,
        /// The address at this side.
        local: u64,
    },
    /// The lengths in the block list do not add up to its total.
    #[error("The lengths in the RAM block list pass their total at block {name}")]
    BlockListLength {
        /// The block with which the sum exceeds the total.
        name: Name,
    },
    /// A page of an unknown RAM block.
    #[error("Can't find block {name}\nIllegal RAM offset {offset:x}")]
    PageBlock {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page of a RAM block that x-ignore-shared leaves out.
    #[error("block {name} should not be migrated !\nIllegal RAM offset {offset:x}")]
    IgnoredBlock {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page after the switch to postcopy, although only dirty bitmaps are migrated by postcopy.
    #[error("Page {offset:x} of {name} comes after the guest was started")]
    LatePage {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page outside of its RAM block.
    #[error("Illegal RAM offset {0:x}")]
    PageOffset(u64),
    /// A page refers to the block of the previous page, but there is none.
    #[error("Ack, bad migration stream!\nIllegal RAM offset {offset:x}")]
    NoBlockYet {
        /// The page's offset.
        offset: u64,
    },
    /// A zero page with another fill byte than zero.
    #[error("Found a zero page with value {0}")]
    ZeroFill(u8),
    /// A record of the `ram` section with an invalid combination of flags.
    #[error("Unknown combination of migration flags: 0x{flags:x}{}", if *.postcopy { " (postcopy mode)" } else { "" })]
    Flags {
        /// The flags, without the page address.
        flags: u64,
        /// The postcopy phase was on, which allows fewer flags.
        postcopy: bool,
    },
    /// A compressed page although capability `compress` is off.
    #[error("Received an unexpected compressed page")]
    UnexpectedCompressed,
    /// A compressed page with a length that compression of a page cannot produce.
    #[error("Invalid compressed data length: {0}")]
    CompressedLength(u32),
    /// A compressed page that does not decompress to a page.
    #[error("decompress data failed")]
    Compressed,
    /// An XBZRLE page with an encoding other than 1.
    #[error(
        "Failed to load XBZRLE page - wrong compression!\n\
         Failed to decompress XBZRLE page at {offset:x}"
    )]
    XbzrleEncoding {
        /// The page's offset.
        offset: u64,
    },
    /// An XBZRLE page that is longer than a page.
    #[error(
        "Failed to load XBZRLE page - len overflow!\n\
         Failed to decompress XBZRLE page at {offset:x}"
    )]
    XbzrleLength {
        /// The page's offset.
        offset: u64,
    },
    /// An XBZRLE page with invalid runs.
    #[error(
        "Failed to load XBZRLE page - decode error!\n\
         Failed to decompress XBZRLE page at {offset:x}"
    )]
    XbzrleData {
        /// The page's offset.
        offset: u64,
    },
    /// A chunk of the dirty-bitmap section with unknown flags.
    #[error("Unknown dirty bitmap flags: 0x{0:x}")]
    BitmapFlags(u32),
    /// An unknown command.
    #[error("MIG_CMD 0x{command:x} unknown (len 0x{length:x})")]
    UnknownCommand {
        /// The command's number.
        command: u16,
        /// The length of its payload.
        length: u16,
    },
    /// A command with a payload of the wrong length.
    #[error("{command} received with bad length - expecting {expected}, got {received}")]
    CommandLength {
        /// The command's name.
        command: &'static str,
        /// The right length.
        expected: u16,
        /// The received length.
        received: u16,
    },
    /// A command with an invalid payload of variable length.
    #[error("CMD_{command} {what}")]
    CommandPayload {
        /// The command's name.
        command: &'static str,
        /// The problem.
        what: CommandFault,
    },
    /// A PING before the return path was opened.
    #[error("CMD_PING (0x{ping:x}) received with no return path")]
    NoReturnPath {
        /// The value of the ping.
        ping: u32,
    },
    /// A postcopy command in the wrong phase.
    #[error("CMD_{command} in wrong postcopy state ({state})")]
    PostcopyState {
        /// The command's name.
        command: &'static str,
        /// QEMU's number of the postcopy state.
        state: u32,
    },
    /// POSTCOPY_ADVISE has page sizes although postcopy-ram is off on this side, or lacks them
    /// although it is on.
    #[error(
        "RAM postcopy is {}",
        if *.enabled { "enabled but have 0 byte advise" } else { "disabled but have 16 byte advise" }
    )]
    AdvisePostcopy {
        /// postcopy-ram is on at this side.
        enabled: bool,
    },
    /// The page sizes of the RAM blocks differ.
    #[error("Postcopy needs matching RAM page sizes (s={received:x} d={local:x})")]
    AdvisePageSizes {
        /// The page sizes of the source's blocks, or-ed together.
        received: u64,
        /// The page sizes of this side's blocks, or-ed together.
        local: u64,
    },
    /// The target page sizes differ.
    #[error("Postcopy needs matching target page sizes (s={received} d={local})")]
    AdviseTargetPageSize {
        /// The source's page size.
        received: u64,
        /// This side's page size.
        local: u64,
    },
    /// ENABLE_COLO although capability `x-colo` is off on this side.
    #[error("ENABLE_COLO command come in migration stream, but x-colo capability is not set")]
    ColoDisabled,
    /// The connection ended within a package.
    #[error("CMD_PACKAGED: Buffer receive fail ret={received} length={length}")]
    PackageCut {
        /// The number of bytes received.
        received: u64,
        /// The number of bytes announced.
        length: u32,
    },
    /// A package does not consist of device sections and commands up to POSTCOPY_RUN.
    #[error(
        "The package of {size} bytes cannot be divided into device sections and commands up to \
         POSTCOPY_RUN"
    )]
    PackageContent {
        /// Its size in bytes.
        size: u64,
    },
    /// A value is larger than this reader accepts.
    #[error("{what} of {size} is larger than the {max} accepted")]
    TooLarge {
        /// The value's meaning.
        what: &'static str,
        /// Its size in bytes, or its number.
        size: u64,
        /// The largest accepted value.
        max: u64,
    },
    /// A name is not UTF-8 text.
    #[error("The name of a {what} is not UTF-8")]
    NotText {
        /// The kind of name.
        what: &'static str,
    },
}
