//! Collects the device sections of a stream, and checks that the guest has these devices.

use std::sync::Arc;

use super::Loader;
use crate::destination::Failure;
use crate::guest::{DeviceSection, Guest};
use crate::stream::{AdmitDevice, Device, ErrorKind};

impl Loader {
    /// Keeps a device section until all devices are loaded.
    ///
    /// # Errors
    /// A section that comes after the switch to postcopy.
    pub(in crate::destination) fn keep(&mut self, device: Device) -> Result<(), Failure> {
        if self.postcopy.is_running() {
            return Err(self.fault(ErrorKind::UnexpectedSection { name: device.header.name }));
        }
        self.devices.push(section(device));
        Ok(())
    }
}

/// Converts a device of the stream for the guest.
pub(crate) fn section(device: Device) -> DeviceSection {
    DeviceSection {
        name: device.header.name.to_string(),
        instance: device.header.instance,
        version: device.header.version,
        body: device.body,
    }
}

/// Returns a function that admits the devices of a guest.
pub(crate) fn admit(guest: Arc<dyn Guest>) -> AdmitDevice {
    Box::new(move |header| match guest.layout(&header.name, header.instance) {
        Some(layout) if header.version > layout.version => Err(ErrorKind::SectionVersion {
            name: header.name.clone(),
            received: header.version,
            local: layout.version,
        }),
        Some(layout) => Ok(Some(layout.length as u64)),
        None if guest.shapeless() => Ok(None),
        None => {
            Err(ErrorKind::UnknownSection { name: header.name.clone(), instance: header.instance })
        }
    })
}
