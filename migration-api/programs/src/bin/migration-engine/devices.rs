//! Devices that forbid migration.

use migration_api::guest::Blocker;

/// Device types whose state QEMU cannot save, with the names of their devices.
const UNMIGRATABLE: [(&str, &str); 3] =
    [("nvme", "nvme"), ("usb-mtp", "usb-mtp"), ("virtio-gpu-gl-pci", "virtio-gpu-gl")];

/// The first PCI slot that is free where there are no default devices.
const FIRST_SLOT: usize = 2;

/// Returns the migration blocker of a device type, if it has one. `number` is the device's place on
/// the command line.
pub fn blocker(driver: &str, number: usize) -> Option<Blocker> {
    if matches!(driver, "ivshmem-plain" | "ivshmem-doorbell") {
        let reason =
            "Migration is disabled when using feature 'peer mode' in device 'ivshmem'".to_owned();
        return Some(Blocker { refusal: reason.clone(), reason });
    }
    let (_, name) = UNMIGRATABLE.iter().find(|known| known.0 == driver)?;
    Some(Blocker::device(&format!("0000:00:{:02x}.0/{name}", FIRST_SLOT + number)))
}
