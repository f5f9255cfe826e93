//! The transitions of a reader of the main channel.

use super::state::{Behind, Gathered, Iterable, Packages, State};
use super::tail::{Callbacks, Tail};
use super::{Event, Options, Reader};
use crate::command::Command;
use crate::configuration::{self, Configuration};
use crate::delimit::{Ends, Last, Piece, Pieces, Undivided, divide};
use crate::dirty_bitmap::Chunk;
use crate::error::{ErrorKind, Place};
use crate::limits::{MAX_ELEMENTS, SECTION_COST};
use crate::ram::Record;
use crate::section::{self, BodyLength, Device, SectionHeader};
use crate::wire::{Fields, Parsed, Stop};

/// Makes the position for errors from here on. Does not allocate, because a source may send parts
/// in an endless loop.
fn place(header: &SectionHeader, begins: bool) -> Place {
    Place { id: header.id, name: header.name.clone(), instance: header.instance, begins }
}

impl Reader {
    pub(super) fn advance<'a>(&mut self, fields: &mut Fields<'a>) -> Parsed<Option<Event<'a>>> {
        match &mut self.state {
            State::Header => {
                section::parse_header(fields)?;
                self.state =
                    if self.options.configuration { State::Configuration } else { State::Element };
                Ok(Some(Event::Header))
            }
            State::Configuration => self.configuration(fields).map(Some),
            State::Element => self.element(fields),
            State::Records => {
                let record = self.records.record(&mut self.options.blocks, fields)?;
                if record == Record::Eos {
                    self.state = State::Footer;
                }
                Ok(Some(Event::Record(record)))
            }
            State::Bitmap => {
                let chunk = Chunk::parse(fields)?;
                if chunk.eos {
                    self.state = State::Footer;
                }
                Ok(Some(Event::DirtyBitmap(chunk)))
            }
            State::Footer => {
                if let (true, Some(place)) = (self.options.footers, &self.place) {
                    section::parse_footer(fields, place.id, &place.name)?;
                }
                self.place = None;
                self.state = State::Element;
                Ok(None)
            }
            State::Body { header, gathered } => {
                if gathered.take(fields)? {
                    let body = std::mem::take(&mut gathered.bytes);
                    let device = Device { header: header.clone(), body };
                    self.state = State::Footer;
                    return Ok(Some(Event::Device(device)));
                }
                Ok(None)
            }
            State::Tail(_) => self.tail(fields),
            State::Package(gathered) => {
                if gathered.take(fields)? {
                    let bytes = std::mem::take(&mut gathered.bytes);
                    self.package(bytes)?;
                }
                Ok(None)
            }
            State::Pieces(..) => self.piece().map_err(Stop::Bad),
            State::AfterEof => self.after_eof(fields),
            State::Description(gathered) => {
                if gathered.take(fields)? {
                    let json = std::mem::take(&mut gathered.bytes);
                    self.state = State::Done;
                    return Ok(Some(Event::Description(json)));
                }
                Ok(None)
            }
            State::Done => Err(Stop::Short),
        }
    }

    fn configuration(&mut self, fields: &mut Fields<'_>) -> Parsed<Event<'static>> {
        if fields.u8()? != configuration::CONFIGURATION {
            return Err(ErrorKind::ConfigurationMissing.into());
        }
        let configuration = Configuration::parse(fields)?;
        if let Some(name) =
            configuration.capabilities.iter().flatten().find(|name| ***name == *"mapped-ram")
        {
            return Err(ErrorKind::UnknownCapability(name.clone()).into());
        }
        self.records.rules_mut().ignore_shared |= configuration.has("x-ignore-shared");
        self.state = State::Element;
        Ok(Event::Configuration(configuration))
    }

    fn element(&mut self, fields: &mut Fields<'_>) -> Parsed<Option<Event<'static>>> {
        let mut ahead = fields.clone();
        let event = match ahead.u8()? {
            section::EOF => {
                // The description belongs to the switchover, so postcopy has none.
                let description = self.options.description && !self.records.is_postcopy();
                self.state = if description { State::AfterEof } else { State::Done };
                Some(Event::Eof)
            }
            section::START | section::FULL => return self.whole(fields, ahead),
            kind @ (section::PART | section::END) => {
                let id = ahead.u32()?;
                let known = self.iterables.iter().find(|(known, _)| known.id == id);
                let (header, iterable) = known.ok_or(ErrorKind::UnknownSectionId(id))?;
                (self.place, self.state) = (Some(place(header, false)), iterable.body());
                Some(if kind == section::PART { Event::Part { id } } else { Event::End { id } })
            }
            section::COMMAND => match Command::parse(&mut ahead)? {
                Command::Packaged(length) => {
                    if self.packages != Packages::One {
                        // The command with which every package begins, and that QEMU refuses.
                        let (command, state) = ("POSTCOPY_LISTEN", self.packages as u32);
                        return Err(ErrorKind::PostcopyState { command, state }.into());
                    }
                    let gathered =
                        Gathered::new("package", length.into(), self.options.limits.package)?;
                    (self.state, self.packages) = (State::Package(gathered), Packages::Over);
                    Some(Event::Package { length })
                }
                command => {
                    self.obey(&command);
                    Some(Event::Command(command))
                }
            },
            byte => return Err(ErrorKind::UnknownElement(byte).into()),
        };
        *fields = ahead;
        Ok(event)
    }

    /// Handles the header of START and FULL, which are equivalent: the content depends on the name.
    fn whole<'a>(
        &mut self,
        fields: &mut Fields<'a>,
        mut ahead: Fields<'a>,
    ) -> Parsed<Option<Event<'static>>> {
        let header = SectionHeader::parse(&mut ahead)?;
        if let Some(iterable) = Iterable::of(&header)? {
            if self.iterables.iter().any(|(_, known)| *known == iterable) {
                let SectionHeader { name, instance, .. } = header;
                return Err(ErrorKind::RepeatedSection { name, instance }.into());
            }
            (self.place, self.state) = (Some(place(&header, true)), iterable.body());
            self.iterables.push((header.clone(), iterable));
            *fields = ahead;
            return Ok(Some(Event::Start(header)));
        }
        let length = match (self.options.admit)(&header)? {
            BodyLength::Unknown => None,
            known => Some(known.of(ahead.rest()).ok_or(Stop::Short)?),
        };
        if length.is_none() && fields.peek()? == section::START {
            // An unknown iterable section is not described, so its end cannot be found.
            let SectionHeader { name, instance, .. } = header;
            return Err(ErrorKind::UnknownSection { name, instance }.into());
        }
        let Some(length) = length else {
            // The tail starts with this element, so no byte is consumed here.
            self.state = State::Tail(Tail::new(self.options.footers));
            return Ok(None);
        };
        let gathered = Gathered::new("device section", length, self.options.limits.devices)?;
        self.charge(&header, length)?;
        self.place = Some(place(&header, true));
        self.state = State::Body { header, gathered };
        *fields = ahead;
        Ok(None)
    }

    /// Counts a device section.
    ///
    /// # Errors
    /// The second section of one name and instance, or more state than is accepted.
    fn charge(&mut self, header: &SectionHeader, length: u64) -> Result<(), ErrorKind> {
        let cost = (SECTION_COST + header.name.len() as u64).saturating_add(length);
        let (size, max) = (self.kept.saturating_add(cost), self.options.limits.devices);
        if size > max {
            return Err(ErrorKind::TooLarge { what: "device state", size, max });
        }
        self.kept = size;
        if self.devices.insert((header.name.clone(), header.instance)) {
            Ok(())
        } else {
            let SectionHeader { name, instance, .. } = header.clone();
            Err(ErrorKind::RepeatedSection { name, instance })
        }
    }

    /// Notes the changes that a command makes to the stream behind it.
    fn obey(&mut self, command: &Command) {
        match command {
            Command::PostcopyAdvise(advise) => {
                self.records.rules_mut().postcopy_ram |= advise.is_some();
                if self.packages == Packages::None {
                    self.packages = Packages::One;
                }
            }
            Command::PostcopyListen => self.records.set_postcopy(true),
            _ => {}
        }
    }

    fn tail(&mut self, fields: &mut Fields<'_>) -> Parsed<Option<Event<'static>>> {
        let State::Tail(tail) = &mut self.state else { return Ok(None) };
        let input = fields.rest();
        if input.is_empty() {
            return Err(Stop::Short);
        }
        let Options { admit, interrupt, limits, .. } = &self.options;
        let length = |header: &SectionHeader| admit(header).unwrap_or(BodyLength::Unknown);
        let Some((used, cut)) =
            tail.feed(input, limits, Callbacks { length: &length, interrupt })?
        else {
            fields.take(input.len())?;
            return Ok(None);
        };
        fields.take(used)?;
        self.state = State::Pieces(cut.pieces, Behind::Stream(cut.description));
        Ok(None)
    }

    /// Divides the tail at the end of the connection. Returns false if nothing tells how.
    pub(super) fn end_tail(&mut self) -> Result<bool, ErrorKind> {
        let State::Tail(tail) = &mut self.state else { return Ok(false) };
        let Options { admit, interrupt, .. } = &self.options;
        let length = |header: &SectionHeader| admit(header).unwrap_or(BodyLength::Unknown);
        let Some(cut) = tail.end(Callbacks { length: &length, interrupt })? else {
            return Ok(false);
        };
        self.state = State::Pieces(cut.pieces, Behind::Stream(cut.description));
        Ok(true)
    }

    /// Divides a package.
    fn package(&mut self, bytes: Vec<u8>) -> Result<(), ErrorKind> {
        let Options { admit, interrupt, footers, .. } = &self.options;
        let ends = Ends { footers: *footers, length: admit, guess: true, interrupt };
        let size = bytes.len() as u64;
        let bodies = divide(&bytes, Last::Run, &ends).map_err(|undivided| match undivided {
            Undivided::Content => ErrorKind::PackageContent { size },
            Undivided::TooMany => {
                let max = MAX_ELEMENTS as u64;
                ErrorKind::TooLarge { what: "number of elements in a package", size: max + 1, max }
            }
            Undivided::Refused(kind) => kind,
            Undivided::Interrupted => ErrorKind::Closed,
        })?;
        self.state = State::Pieces(Pieces::new(bytes, *footers, bodies), Behind::Package);
        Ok(())
    }

    /// Returns the next element of a divided run, or what follows the last one.
    fn piece(&mut self) -> Result<Option<Event<'static>>, ErrorKind> {
        let State::Pieces(pieces, behind) = &mut self.state else { return Ok(None) };
        let Some(piece) = pieces.next() else {
            let (state, event) = match behind {
                Behind::Package => (State::Element, Some(Event::PackageEnd)),
                Behind::Stream(json) => (State::Done, json.take().map(Event::Description)),
            };
            self.state = state;
            return Ok(event);
        };
        match &piece {
            Piece::Device(Device { header, body }) => {
                if Iterable::of(header)?.is_some() {
                    return Err(ErrorKind::UnexpectedSection { name: header.name.clone() });
                }
                (self.options.admit)(header)?;
                self.charge(header, body.len() as u64)?;
            }
            Piece::Command(command) => self.obey(command),
            Piece::Eof => {}
        }
        Ok(Some(piece.into()))
    }

    fn after_eof(&mut self, fields: &mut Fields<'_>) -> Parsed<Option<Event<'static>>> {
        if fields.peek()? != section::DESCRIPTION {
            // QEMU only prints a message, and reads no further either.
            self.state = State::Done;
            return Ok(None);
        }
        let mut ahead = fields.clone();
        ahead.u8()?;
        let length = ahead.u32()?;
        let gathered =
            Gathered::new("description", length.into(), self.options.limits.description)?;
        self.state = State::Description(gathered);
        *fields = ahead;
        Ok(None)
    }
}
