//! Reads the stream, and passes each element on.

use uuid::Uuid;

use super::ahead::{AheadError, CAPACITY};
use crate::api::MigrationCapability as Capability;
use crate::core::State;
use crate::destination::failure::LoadFailure;
use crate::destination::loader::Loader;
use crate::devices;
use crate::page::PAGE;
use crate::stream::dirty_bitmap::{self, Content};
use crate::stream::ram::{BlockId, Record};
use crate::stream::{Buffer, Configuration, Device, ErrorKind, Event, Local, SectionHeader};
use crate::transport::{TransportError, reason};

impl Loader {
    /// Reads to the end of the stream.
    pub(in crate::destination) fn read(&mut self) -> Result<(), LoadFailure> {
        let mut buffer = Buffer::new(CAPACITY);
        // Four bytes at most.
        let _ = buffer.fill(&mut &*self.greeting);
        let mut closed = false;
        let mut begun = false;
        loop {
            let step = self.reader.step(buffer.filled())?;
            let used = step.used;
            if let Some(Event::Record(Record::PageAhead { block, offset })) = step.event {
                buffer.consume(used);
                self.page_ahead(&mut buffer, block, offset)?;
                continue;
            }
            if let Some(event) = step.event {
                // The event borrows from the buffer, not from the reader.
                self.obey(event)?;
                buffer.consume(used);
                // One read of the connection can bring many events.
                let stopped = self.link.check();
                stopped.map_err(|error| TransportError::Read(reason(&error)))?;
                continue;
            }
            buffer.consume(used);
            if closed || self.progress.is_described() || self.reader.is_complete() {
                return Ok(());
            }
            // Fill the gathered pages before the read blocks.
            if let Some(placer) = self.postcopy.placer() {
                placer.flush()?;
            }
            closed = !self.fill(&mut buffer)?;
            if !begun {
                let begin = self.run.begin();
                begin.map_err(|error| TransportError::Read(reason(&error)))?;
                begun = true;
            }
        }
    }

    /// Reads the rest of a page directly into guest memory.
    fn page_ahead(
        &mut self,
        buffer: &mut Buffer,
        block: BlockId,
        offset: u64,
    ) -> Result<(), LoadFailure> {
        self.expect_page(block, offset)?;
        self.progress.memory();
        let read = self.ahead.read(
            (&mut self.reader, buffer),
            &self.channel,
            &self.memory,
            (block, offset),
        );
        read.map_err(|fault| match fault {
            AheadError::Stream(error) => error.into(),
            AheadError::Read(Some(error)) => {
                LoadFailure::Transport(TransportError::Read(reason(&error)))
            }
            AheadError::Read(None) => self.fault(ErrorKind::Closed),
        })
    }

    /// Handles an element of the stream.
    pub(in crate::destination) fn obey(&mut self, event: Event<'_>) -> Result<(), LoadFailure> {
        match event {
            Event::Configuration(configuration) => self.configure(&configuration),
            Event::Record(record) => self.store(record),
            Event::Start(header) => self.start_section(&header),
            Event::Device(device) => self.keep(device),
            Event::Command(command) if self.package.is_some() => self.packaged(&command),
            Event::Command(command) => self.command(&command),
            Event::Package { .. } => self.begin_package(),
            Event::PackageEnd => {
                self.package = None;
                Ok(())
            }
            Event::Header | Event::Part { .. } | Event::End { .. } | Event::Eof => Ok(()),
            Event::DirtyBitmap(chunk) => {
                let limit = self.core.limits.bitmaps;
                if matches!(chunk.content, Content::Start { .. }) && !self.bitmaps.count(limit) {
                    let (size, max) = (limit as u64 + 1, limit as u64);
                    let what = "number of dirty bitmaps";
                    return Err(self.fault(ErrorKind::TooLarge { what, size, max }));
                }
                let mut state = self.core.state();
                let State { nodes, parameters, .. } = &mut *state;
                let taken = self.bitmaps.take(nodes, parameters, &chunk);
                drop(state);
                if let Err(line) = taken {
                    self.lines.add(line);
                }
                Ok(())
            }
            Event::Description(_) => {
                self.progress.describe();
                Ok(())
            }
        }
    }

    /// Begins an iterable section.
    fn start_section(&mut self, header: &SectionHeader) -> Result<(), LoadFailure> {
        if &*header.name != dirty_bitmap::NAME || self.capabilities.has(Capability::DirtyBitmaps) {
            return Ok(());
        }
        let (what, capability) = ("dirty bitmaps", Capability::DirtyBitmaps.as_str());
        Err(self.fault(ErrorKind::CapabilityOff { what, capability }))
    }

    /// Keeps a device section until all devices are loaded.
    ///
    /// # Errors
    /// A section that comes after the switch to postcopy.
    fn keep(&mut self, device: Device) -> Result<(), LoadFailure> {
        if self.postcopy.is_running() {
            return Err(self.fault(ErrorKind::UnexpectedSection { name: device.header.name }));
        }
        self.devices.push(devices::section(&*self.guest, device)?);
        Ok(())
    }

    fn configure(&mut self, configuration: &Configuration) -> Result<(), LoadFailure> {
        if self.guest.adopts().is_some() {
            self.machine = configuration.machine.clone();
        } else if configuration.machine != self.machine {
            // QEMU accepts a prefix, and so confuses some machine types.
            let (received, local) = (configuration.machine.clone(), self.machine.clone());
            return Err(self.fault(ErrorKind::Machine { received, local }));
        }
        let equal = |capability| match capability {
            Capability::XIgnoreShared => Some(self.capabilities.has(capability)),
            _ => None,
        };
        let known: Vec<(&str, Option<bool>)> = Capability::VALUES
            .iter()
            .map(|&capability| (capability.as_str(), equal(capability)))
            .collect();
        let bits = PAGE.trailing_zeros();
        let local = Local {
            machine: &self.machine,
            page_bits: (bits, bits),
            capabilities: &known,
            uuid: self.uuid.map(Uuid::into_bytes),
        };
        configuration.check(&local).map_err(|kind| self.fault(kind))
    }
}
