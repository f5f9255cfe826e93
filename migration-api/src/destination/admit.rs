//! Checks the device sections of a stream: the guest must have the devices.

use std::sync::Arc;

use crate::guest::{DeviceSection, Guest};
use crate::stream::{AdmitDevice, Device, ErrorKind};

/// Converts a device of the stream for the guest.
pub(super) fn section(device: Device) -> DeviceSection {
    DeviceSection {
        name: device.header.name.to_string(),
        instance: device.header.instance,
        version: device.header.version,
        body: device.body,
    }
}

/// Returns a function that admits the devices of a guest.
pub(super) fn admit(guest: Arc<dyn Guest>) -> AdmitDevice {
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
