//! Device state in a separate file, for Xen's tool stack: a stream without configuration, RAM and
//! description.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;

use crate::api::RunState;
use crate::core::is_in_guest;
use crate::devices;
use crate::engine::Engine;
use crate::guest::DeviceSection;
use crate::lifetime::ENGINE_ENDED;
use crate::stream::{Buffer, Event, MIN_INPUT, Options, Reader, section};
use crate::transport::{Channel, TransportError, files, reason};
use crate::unwind::catch_panic;

/// Error of saving or loading device state. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceStateError {
    /// The guest is running.
    #[error("Cannot update device state while vm is running")]
    Running,
    /// The file cannot be created or opened.
    #[error(transparent)]
    File(TransportError),
    /// The devices cannot be saved, or their state cannot be written.
    #[error("saving Xen device state failed")]
    Save,
    /// The file does not hold the state of these devices.
    #[error("loading Xen device state failed")]
    Load,
    /// The engine has been shut down.
    #[error("{ENGINE_ENDED}")]
    Ended,
}

impl Engine {
    /// Saves the state of the devices to a file. A running guest is stopped meanwhile.
    ///
    /// # Errors
    /// The file cannot be written. The guest continues as before.
    pub fn save_device_state(&self, path: &str) -> Result<(), DeviceStateError> {
        if is_in_guest() {
            return Err(DeviceStateError::Save);
        }
        // The file is opened without the run lock: a FIFO may have no reader.
        let running = self.core.run_lock();
        self.core.lifetime.check(DeviceStateError::Ended)?;
        let before = self.core.run_state();
        if before == RunState::Running {
            let halted = self.core.halt_holding(&running, RunState::SaveVm);
            halted.map_err(|_| DeviceStateError::Save)?;
        }
        let saved =
            catch_panic(|| self.device_state(before)).unwrap_or(Err(DeviceStateError::Save));
        if before == RunState::Running {
            let restored = self.core.restore_holding(&running, before);
            self.core.log_guest_error("run", restored);
        }
        drop(running);
        let saved = saved?;
        let created = |error: std::io::Error| {
            DeviceStateError::File(TransportError::Create {
                path: path.to_owned(),
                reason: reason(&error),
            })
        };
        let stop = self.core.lifetime.switch().map_err(created)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o660);
        let file = files::await_reader(&options, path, &stop).map_err(created)?;
        let channel =
            Channel::descriptor(file.into(), &stop).map_err(|_| DeviceStateError::Save)?;
        channel.write_all(&saved).map_err(|_| DeviceStateError::Save)
    }

    /// Builds the stream of the devices. `run_state` is the guest's run state before it was
    /// stopped.
    fn device_state(&self, run_state: RunState) -> Result<Vec<u8>, DeviceStateError> {
        let devices = devices::save(&*self.core.guest, run_state, 0);
        let devices = devices.map_err(|_| DeviceStateError::Save)?;
        let mut stream = Vec::new();
        section::write_header(&mut stream);
        devices.iter().for_each(|device| device.write(true, &mut stream));
        section::write_eof(&mut stream);
        Ok(stream)
    }

    /// Loads the state of the devices from a file that
    /// [`save_device_state`](Self::save_device_state) wrote.
    ///
    /// # Errors
    /// The guest runs, or the file is invalid, which leaves the devices unchanged.
    pub fn load_device_state(&self, path: &str) -> Result<(), DeviceStateError> {
        let refuse_running = || match self.core.run_state() {
            RunState::Running => Err(DeviceStateError::Running),
            _ => Ok(()),
        };
        if is_in_guest() {
            return Err(DeviceStateError::Load);
        }
        self.core.lifetime.check(DeviceStateError::Ended)?;
        refuse_running()?;
        let opened = |error: std::io::Error| {
            DeviceStateError::File(TransportError::Open {
                path: path.to_owned(),
                reason: reason(&error),
            })
        };
        // Without a lock, because the file may be a FIFO, whose writer may take long.
        let stop = self.core.lifetime.switch().map_err(opened)?;
        let file = files::read(path).map_err(opened)?;
        let channel =
            Channel::descriptor(file.into(), &stop).map_err(|_| DeviceStateError::Load)?;
        let devices = self.read_device_state(&channel).ok_or(DeviceStateError::Load)?;
        let running = self.core.run_lock();
        self.core.lifetime.check(DeviceStateError::Ended)?;
        refuse_running()?;
        let loaded = devices::load(&*self.core.guest, devices);
        let loaded = loaded.and_then(|()| self.core.enter(&running, RunState::RestoreVm));
        loaded.map_err(|_| DeviceStateError::Load)
    }

    fn read_device_state(&self, mut file: &Channel) -> Option<Vec<DeviceSection>> {
        let guest = &self.core.guest;
        let options = Options {
            configuration: false,
            description: false,
            admit: devices::admit(guest.clone()),
            limits: self.core.limits,
            ..Options::default()
        };
        let mut reader = Reader::new(options);
        let mut buffer = Buffer::new(MIN_INPUT);
        let mut devices = Vec::new();
        let mut closed = false;
        loop {
            let step = reader.step(buffer.filled()).ok()?;
            let used = step.used;
            match step.event {
                Some(Event::Device(device)) => {
                    devices.push(devices::section(&**guest, device).ok()?);
                }
                Some(Event::Header | Event::Eof) => {}
                Some(_) => return None,
                None => {
                    buffer.consume(used);
                    if closed {
                        return reader.is_complete().then_some(devices);
                    }
                    if buffer.fill(&mut file).ok()? == 0 {
                        reader.finish(buffer.filled()).ok()?;
                        closed = true;
                    }
                    continue;
                }
            }
            buffer.consume(used);
        }
    }
}
