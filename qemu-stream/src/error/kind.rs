//! The kinds of errors in a stream.

use crate::wire::Name;

/// Error in a stream on the main or the preempt channel.
///
/// `Display` is QEMU's text, if QEMU has one. Two messages are on separate lines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection ended within the stream.
    Closed,
    /// The first bytes are not those of a migration stream.
    NotAStream,
    /// The header says version 2.
    ObsoleteVersion,
    /// The header has a version other than 3, or is incomplete.
    UnsupportedVersion,
    /// No configuration follows the header.
    ConfigurationMissing,
    /// The machine types of both sides differ.
    Machine {
        /// The type that the source sent.
        received: Name,
        /// The type of this side.
        local: Name,
    },
    /// The configuration names an unknown capability.
    UnknownCapability(Name),
    /// A capability differs that must be equal on both sides.
    Capability {
        /// Its name.
        name: Name,
        /// The capability is on at this side.
        local: bool,
    },
    /// The configuration has an unknown subsection.
    UnknownSubsection(Name),
    /// The target page sizes differ.
    PageBits {
        /// Page bits of the source.
        received: u32,
        /// Page bits of this side.
        local: u32,
    },
    /// The UUIDs of the two virtual machines differ.
    Uuid {
        /// The source's UUID.
        received: [u8; 16],
        /// This side's UUID.
        local: [u8; 16],
    },
    /// An unknown element byte.
    UnknownElement(u8),
    /// An unknown section.
    UnknownSection {
        /// The section's name.
        name: Name,
        /// The section's instance id.
        instance: u32,
    },
    /// A PART or END names a section id that no START introduced.
    UnknownSectionId(u32),
    /// The section's version is not supported.
    SectionVersion {
        /// The section's name.
        name: Name,
        /// The version that the source sent.
        received: u32,
        /// The newest supported version.
        local: u32,
    },
    /// The section has no footer.
    FooterMissing {
        /// The section's name.
        name: Name,
    },
    /// The footer's id is not the section's.
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
    Undelimited {
        /// The first such section.
        name: Name,
    },
    /// A second device section with the same name and instance.
    RepeatedSection {
        /// The section's name.
        name: Name,
        /// The section's instance id.
        instance: u32,
    },
    /// A section at a position where its kind is not allowed.
    UnexpectedSection {
        /// The section's name.
        name: Name,
    },
    /// A command where the stream may contain none.
    UnexpectedCommand {
        /// The command's name.
        command: &'static str,
    },
    /// An element that needs a capability which is off on this side.
    CapabilityOff {
        /// The element.
        what: &'static str,
        /// The capability.
        capability: &'static str,
    },
    /// The block list names an unknown RAM block.
    UnknownBlock(Name),
    /// The block list names a RAM block twice.
    RepeatedBlock(Name),
    /// A RAM block of fixed size has another length on this side.
    BlockLength {
        /// The block's name.
        name: Name,
        /// The length that the source sent, in bytes.
        received: u64,
        /// The length of this side, in bytes.
        local: u64,
    },
    /// A RAM block cannot grow to the source's length.
    BlockTooLarge {
        /// The block's name.
        name: Name,
        /// The length that the source sent, in bytes.
        received: u64,
        /// The largest possible length, in bytes.
        max: u64,
    },
    /// A RAM block has another page size on this side.
    BlockPageSize {
        /// The block's name.
        name: Name,
        /// The page size of this side, in bytes.
        local: u64,
        /// The page size that the source sent, in bytes.
        received: u64,
    },
    /// A RAM block shared by both sides has another guest address on this side.
    BlockAddress {
        /// The block's name.
        name: Name,
        /// The address that the source sent.
        received: u64,
        /// The address at this side.
        local: u64,
    },
    /// The lengths in the block list do not add up to its total.
    BlockListLength {
        /// The block with which the sum exceeds the total.
        name: Name,
    },
    /// A page of an unknown RAM block.
    PageBlock {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page of a RAM block that x-ignore-shared leaves out.
    IgnoredBlock {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page after the switch to postcopy, although only dirty bitmaps are migrated by postcopy.
    LatePage {
        /// The block's name.
        name: Name,
        /// The page's offset.
        offset: u64,
    },
    /// A page outside of its RAM block.
    PageOffset(u64),
    /// A page refers to the block of the previous page, but there is none.
    NoBlockYet {
        /// The page's offset.
        offset: u64,
    },
    /// A zero page with another fill byte than zero.
    ZeroFill(u8),
    /// A record of the `ram` section with an invalid combination of flags.
    Flags {
        /// The flags, without the page address.
        flags: u64,
        /// The postcopy phase was on, which allows fewer flags.
        postcopy: bool,
    },
    /// A compressed page although capability `compress` is off.
    UnexpectedCompressed,
    /// A compressed page with a length that compression of a page cannot produce.
    CompressedLength(u32),
    /// A compressed page that does not decompress to a page.
    Compressed,
    /// An XBZRLE page with an encoding other than 1.
    XbzrleEncoding {
        /// The page's offset.
        offset: u64,
    },
    /// An XBZRLE page that is longer than a page.
    XbzrleLength {
        /// The page's offset.
        offset: u64,
    },
    /// An XBZRLE page with invalid runs.
    XbzrleData {
        /// The page's offset.
        offset: u64,
    },
    /// A chunk of the dirty-bitmap section with unknown flags.
    BitmapFlags(u32),
    /// An unknown command.
    UnknownCommand {
        /// The command's number.
        command: u16,
        /// The length of its payload.
        length: u16,
    },
    /// A command with a payload of the wrong length.
    CommandLength {
        /// The command's name.
        command: &'static str,
        /// The right length.
        expected: u16,
        /// The received length.
        received: u16,
    },
    /// A command with an invalid payload of variable length.
    CommandPayload {
        /// The command's name.
        command: &'static str,
        /// The problem.
        what: CommandFault,
    },
    /// A PING before the return path was opened.
    NoReturnPath {
        /// The value of the ping.
        ping: u32,
    },
    /// A postcopy command in the wrong phase.
    PostcopyState {
        /// The command's name.
        command: &'static str,
        /// QEMU's number of the postcopy state.
        state: u32,
    },
    /// POSTCOPY_ADVISE has page sizes although postcopy-ram is off on this side, or lacks them
    /// although it is on.
    AdvisePostcopy {
        /// postcopy-ram is on at this side.
        enabled: bool,
    },
    /// The page sizes of the RAM blocks differ.
    AdvisePageSizes {
        /// The page sizes of the source's blocks, or-ed together.
        source: u64,
        /// The page sizes of this side's blocks, or-ed together.
        local: u64,
    },
    /// The target page sizes differ.
    AdviseTargetPageSize {
        /// The source's page size.
        source: u64,
        /// This side's page size.
        local: u64,
    },
    /// ENABLE_COLO although capability `x-colo` is off on this side.
    ColoDisabled,
    /// The connection ended within a package.
    PackageCut {
        /// The number of bytes received.
        received: u64,
        /// The number of bytes announced.
        length: u32,
    },
    /// A package does not consist of device sections and commands up to POSTCOPY_RUN.
    PackageContent {
        /// Its size in bytes.
        size: u64,
    },
    /// A value is larger than this reader accepts.
    TooLarge {
        /// The value's meaning.
        what: &'static str,
        /// Its size in bytes, or its number.
        size: u64,
        /// The largest accepted value.
        max: u64,
    },
    /// A name is not UTF-8 text.
    NotText {
        /// The kind of name.
        what: &'static str,
    },
}

/// Problem in the payload of a command of variable length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandFault {
    /// The command never has this length.
    Length(u16),
    /// The version byte is not 0.
    Version(u8),
    /// The byte after the name is not 0.
    Nil(u8),
    /// The block name does not fill the payload.
    BlockName,
}
