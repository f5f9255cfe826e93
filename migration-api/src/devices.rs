//! The guest's devices as sections of a stream.

use std::sync::Arc;

use crate::api::RunState;
use crate::guest::{self, DeviceSection, GlobalState, Guest, Layout, SectionError, answer};
use crate::stream::section::{with_length, without_length};
use crate::stream::{AdmitDevice, BodyLength, Device, ErrorKind, Name, SectionHeader};

/// Saves the devices, and the run state if the guest does not save one itself. Sections get the ids
/// from `first` on.
///
/// # Errors
/// The guest cannot save itself, or a section cannot be sent.
pub(crate) fn save(
    guest: &dyn Guest,
    run_state: RunState,
    first: u32,
) -> guest::Result<Vec<Device>> {
    let mut sections = answer("save", || guest.save())?;
    if !sections.iter().any(|section| section.name == GlobalState::NAME) {
        let suspended = run_state == RunState::Suspended;
        sections.push(GlobalState { run_state, suspended }.section());
    }
    (first..).zip(sections).map(|(id, section)| device(guest, id, section)).collect()
}

fn device(guest: &dyn Guest, id: u32, section: DeviceSection) -> guest::Result<Device> {
    let DeviceSection { name, instance, version, body } = section;
    let wrong = |reason: String| SectionError { name: name.clone(), instance, reason };
    let layout = match name.as_str() {
        GlobalState::NAME => None,
        name => answer("layout", || Ok(guest.layout(name, instance)))?,
    };
    let body = match layout {
        Some(Layout::Fixed { length, .. }) if body.len() != length => {
            return Err(wrong(format!("{} bytes instead of {length}", body.len())).into());
        }
        Some(Layout::UpTo { limit, .. }) => {
            let fits = Some(&body).filter(|body| body.len() <= limit);
            let body = fits.and_then(|body| with_length(body));
            body.ok_or_else(|| wrong("longer than its layout allows".into()))?
        }
        Some(Layout::Fixed { .. }) | None => body,
    };
    let name = Name::try_from(name.as_str())?;
    Ok(Device { header: SectionHeader { id, name, instance, version }, body })
}

/// Returns a function that admits the devices of a guest.
pub(crate) fn admit(guest: Arc<dyn Guest>) -> AdmitDevice {
    Box::new(move |header| {
        let name = header.name.clone();
        let layout = layout(&*guest, header);
        let adopts = guest.adopts().is_some();
        let Some(layout) = layout else {
            let instance = header.instance;
            return match adopts {
                true => Ok(BodyLength::Unknown),
                false => Err(ErrorKind::UnknownSection { name, instance }),
            };
        };
        let (received, versions) = (header.version, layout.versions());
        if received > *versions.end() {
            return Err(ErrorKind::SectionVersion { name, received, local: *versions.end() });
        }
        if received < *versions.start() {
            return Err(ErrorKind::SectionTooOld { name, received, oldest: *versions.start() });
        }
        Ok(match layout {
            Layout::Fixed { length, .. } => BodyLength::Known(length as u64),
            Layout::UpTo { .. } => BodyLength::Prefixed,
        })
    })
}

fn layout(guest: &dyn Guest, header: &SectionHeader) -> Option<Layout> {
    match (&*header.name, header.instance) {
        // A guest that adopts its devices has that of the source.
        (GlobalState::NAME, 0) if guest.adopts().is_none() => Some(GlobalState::LAYOUT),
        (GlobalState::NAME, _) => None,
        (name, instance) => guest.layout(name, instance),
    }
}

/// Converts an admitted device of a stream for the guest.
///
/// # Errors
/// Its state is longer than the guest's layout allows.
pub(crate) fn section(guest: &dyn Guest, device: Device) -> guest::Result<DeviceSection> {
    let layout = answer("layout", || Ok(layout(guest, &device.header)))?;
    let SectionHeader { name, instance, version, .. } = device.header;
    let name = name.to_string();
    let body = match layout {
        Some(Layout::UpTo { limit, .. }) => {
            let body = without_length(&device.body).filter(|body| body.len() <= limit);
            let wrong = || SectionError {
                name: name.clone(),
                instance,
                reason: format!("longer than {limit} bytes"),
            };
            body.ok_or_else(wrong)?.to_vec()
        }
        _ => device.body,
    };
    Ok(DeviceSection { name, instance, version, body })
}

/// Returns the run state among the devices that have arrived.
///
/// # Errors
/// It is not one.
pub(crate) fn run_state(devices: &[DeviceSection]) -> guest::Result<Option<GlobalState>> {
    let state = devices.iter().find(|device| device.name == GlobalState::NAME);
    Ok(state.map(|device| GlobalState::read(&device.body)).transpose()?)
}

/// Has the guest load devices. The run state is the engine's, unless the guest adopts it.
///
/// # Errors
/// The guest refuses them.
pub(crate) fn load(guest: &dyn Guest, mut devices: Vec<DeviceSection>) -> guest::Result<()> {
    if guest.adopts().is_none() {
        devices.retain(|device| device.name != GlobalState::NAME);
    }
    answer("load", || guest.load(devices))
}
