//! What a reader of the main channel expects next, and how it goes on from there.

use super::tail::{Cut, Tail};
use super::{Event, Reader};
use crate::stream::command::Command;
use crate::stream::configuration::{self, Configuration};
use crate::stream::delimit::{Ends, Last, Piece, delimit};
use crate::stream::dirty_bitmap::{self, Chunk};
use crate::stream::error::{ErrorKind, Place};
use crate::stream::ram::{self, Record};
use crate::stream::section::{self, Device, SectionHeader};
use crate::stream::wire::{Fields, Parsed, Stop};

#[derive(Debug)]
pub(super) enum State {
    Header,
    Configuration,
    Element,
    Records,
    Bitmap,
    Footer,
    Body { header: SectionHeader, gathered: Gathered },
    Tail(Tail),
    Package(Gathered),
    AfterEof,
    Description(Gathered),
    Done,
}

/// Bytes of a known number that come piece by piece.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) bytes: Vec<u8>,
    pub(super) left: u64,
}

impl Gathered {
    fn new(what: &'static str, size: u64, max: u64) -> Result<Self, ErrorKind> {
        if size > max {
            return Err(ErrorKind::TooLarge { what, size, max });
        }
        Ok(Self { bytes: Vec::new(), left: size })
    }

    /// Takes the available bytes. Returns `true` once all bytes are there.
    fn take(&mut self, fields: &mut Fields<'_>) -> Parsed<bool> {
        let piece = fields.take_some(self.left)?;
        self.bytes.extend_from_slice(piece);
        self.left -= piece.len() as u64;
        Ok(self.left == 0)
    }
}

/// A section whose parts can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Iterable {
    Ram,
    DirtyBitmap,
}

impl Iterable {
    fn of(header: &SectionHeader) -> Result<Option<Self>, ErrorKind> {
        let (iterable, local) = match &*header.name {
            ram::NAME => (Self::Ram, ram::VERSION),
            dirty_bitmap::NAME => (Self::DirtyBitmap, dirty_bitmap::VERSION),
            _ => return Ok(None),
        };
        let SectionHeader { name, instance, version, .. } = header.clone();
        if instance != 0 {
            return Err(ErrorKind::UnknownSection { name, instance });
        }
        if version != local {
            return Err(ErrorKind::SectionVersion { name, received: version, local });
        }
        Ok(Some(iterable))
    }

    /// Returns the state that reads the section's body.
    fn body(self) -> State {
        match self {
            Self::Ram => State::Records,
            Self::DirtyBitmap => State::Bitmap,
        }
    }
}

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
                    self.ready.push_back(Event::Device(Device { header: header.clone(), body }));
                    self.state = State::Footer;
                }
                Ok(None)
            }
            State::Tail(_) => self.tail(fields),
            State::Package(gathered) => {
                if gathered.take(fields)? {
                    let bytes = std::mem::take(&mut gathered.bytes);
                    return self.package(&bytes).map(Some);
                }
                Ok(None)
            }
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
                    let gathered =
                        Gathered::new("package", length.into(), self.options.limits.package)?;
                    self.state = State::Package(gathered);
                    None
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
            self.iterables.retain(|(_, known)| *known != iterable);
            (self.place, self.state) = (Some(place(&header, true)), iterable.body());
            self.iterables.push((header.clone(), iterable));
            *fields = ahead;
            return Ok(Some(Event::Start(header)));
        }
        let length = (self.options.admit)(&header)?;
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
        self.place = Some(place(&header, true));
        self.state = State::Body { header, gathered };
        *fields = ahead;
        Ok(None)
    }

    /// What a command changes in the stream behind it.
    fn obey(&mut self, command: &Command) {
        match command {
            Command::PostcopyAdvise(Some(_)) => self.records.rules_mut().postcopy_ram = true,
            Command::PostcopyListen => self.records.set_postcopy(true),
            _ => {}
        }
    }

    fn tail(&mut self, fields: &mut Fields<'_>) -> Parsed<Option<Event<'static>>> {
        let State::Tail(tail) = &mut self.state else { return Ok(None) };
        let input = fields.rest();
        let (size, max) = ((tail.bytes().len() + input.len()) as u64, self.options.limits.devices);
        if input.is_empty() {
            return Err(Stop::Short);
        }
        let admit = &self.options.admit;
        let known = |header: &SectionHeader| admit(header).ok().flatten();
        let Some((used, cut)) = tail.feed(input, self.options.limits.description, &known) else {
            if size > max {
                return Err(ErrorKind::TooLarge { what: "device state", size, max }.into());
            }
            fields.take(input.len())?;
            return Ok(None);
        };
        fields.take(used)?;
        self.give(cut)?;
        Ok(None)
    }

    /// Makes the pieces of a tail ready to be given.
    pub(super) fn give(&mut self, cut: Cut) -> Result<(), ErrorKind> {
        for piece in cut.pieces {
            if let Piece::Device(device) = &piece {
                (self.options.admit)(&device.header)?;
            }
            self.ready.push_back(piece.into());
        }
        self.ready.extend(cut.description.map(Event::Description));
        self.state = State::Done;
        Ok(())
    }

    fn package(&mut self, bytes: &[u8]) -> Parsed<Event<'static>> {
        let admit = &self.options.admit;
        let known = |header: &SectionHeader| admit(header).ok().flatten();
        let ends = Ends { footers: self.options.footers, length: &known, guess: true };
        let Some(pieces) = delimit(bytes, Last::Run, ends) else {
            let size = bytes.len() as u64;
            return Err(ErrorKind::PackageContent { size }.into());
        };
        for piece in &pieces {
            match piece {
                Piece::Device(device) => drop(admit(&device.header)?),
                Piece::Command(command) if *command == Command::PostcopyListen => {
                    self.records.set_postcopy(true);
                }
                _ => {}
            }
        }
        self.state = State::Element;
        Ok(Event::Package(pieces.into_iter().map(Event::from).collect()))
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
