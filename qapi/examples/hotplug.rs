//! Plugs a disk into a QEMU that must not open files itself, and unplugs it again.
//!
//! ```sh
//! truncate -s 16M /tmp/disk.img
//! qemu-system-x86_64 -nodefaults -display none -S -device virtio-scsi-pci,id=scsi0 \
//!     -qmp unix:/tmp/qmp,server=on,wait=off &
//! cargo run -p qapi --example hotplug -- /tmp/qmp /tmp/disk.img
//! ```

use std::error::Error;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::time::Duration;

use api::commands::{AddFd, BlockdevAdd, BlockdevDel, DeviceAdd, DeviceDel, RemoveFd};
use api::events::DeviceDeleted;
use api::{
    BlockdevOptions, BlockdevOptionsBranch, BlockdevOptionsFile, BlockdevOptionsRaw, BlockdevRef,
};
use qapi::client::{Address, Client, Options};
use qapi::dict;

mod api {
    qapi::include_qapi!("examples/schema/hotplug.json", role = client);
}

/// Longer than a QEMU at work needs for an answer.
const WITHIN: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(socket), Some(image)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hotplug SOCKET IMAGE".into());
    };
    let options = Options::within(WITHIN);
    let client = Client::connect(Address::unix(socket), options)?;

    // We open the image; QEMU finds the descriptor by the number of its set.
    let file = File::options().read(true).write(true).open(&image)?;
    let note = AddFd { opaque: Some(image) };
    let set = client.execute_with_fds(&note, &[file.as_fd()])?.fdset_id;
    drop(file);

    let file = BlockdevOptionsFile::new(format!("/dev/fdset/{set}"));
    let file = BlockdevOptions::new(BlockdevOptionsBranch::File(file));
    let disk = BlockdevOptionsRaw::new(BlockdevRef::Definition(Box::new(file)));
    client.execute(&BlockdevAdd(BlockdevOptions {
        node_name: Some("disk0".into()),
        ..BlockdevOptions::new(BlockdevOptionsBranch::Raw(disk))
    }))?;

    // The schema names three arguments of device_add. Properties of the driver go into `rest`.
    client.execute(&DeviceAdd {
        id: Some("disk0".into()),
        bus: Some("scsi0.0".into()),
        rest: dict! { "drive": "disk0", "serial": "1234" },
        ..DeviceAdd::new("scsi-hd")
    })?;
    println!("plugged");

    // The reply only says that unplugging has begun. A PCI disk waits for the guest's consent.
    client.execute(&DeviceDel::new("disk0"))?;
    client.wait_for::<DeviceDeleted>(WITHIN, |event| event.device.as_deref() == Some("disk0"))?;
    client.execute(&BlockdevDel::new("disk0"))?;
    client.execute(&RemoveFd::new(set))?;
    println!("unplugged");
    Ok(())
}
