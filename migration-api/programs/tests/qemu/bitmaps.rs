//! Dirty bitmaps that are migrated in postcopy, with memory or without.

use std::time::Duration;

use serde_json::json;

use crate::postcopy::wait_for;
use crate::vm::Vm;

#[test]
fn bitmaps_follow_the_guest() {
    for (engine_sends, capabilities) in [
        (true, &["dirty-bitmaps", "return-path"][..]),
        (true, &["dirty-bitmaps", "postcopy-ram"]),
        (false, &["dirty-bitmaps", "postcopy-ram"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        std::fs::write(&disk, vec![0; 1 << 20]).unwrap();
        let node = format!("driver=file,filename={},node-name=node", disk.display());
        let out = ["-machine", "none", "-m", "32", "-blockdev", &node];
        let back = [&out[..], &["-incoming", "defer"]].concat();
        let (mut source, mut target) = if engine_sends {
            (Vm::engine(folder.path(), "source", &out), Vm::qemu(folder.path(), "target", &back))
        } else {
            (Vm::qemu(folder.path(), "source", &out), Vm::engine(folder.path(), "target", &back))
        };
        for name in ["first", "second"] {
            source.command("block-dirty-bitmap-add", json!({"node": "node", "name": name}));
        }
        source.capabilities(capabilities);
        target.capabilities(capabilities);
        source.command(
            "migrate-set-parameters",
            json!({"max-bandwidth": 10_000, "downtime-limit": 2000}),
        );
        target.command("migrate-incoming", json!({"uri": "tcp:127.0.0.1:0"}));
        source.command("migrate", json!({"uri": target.address()}));
        wait_for(&mut source, "active");
        std::thread::sleep(Duration::from_millis(100));
        source.command("migrate-start-postcopy", json!({}));
        source.command("migrate-set-parameters", json!({"max-bandwidth": 0}));
        source.completes();
        target.completes();
        for name in ["first", "second"] {
            let bitmap = json!({"node": "node", "name": name});
            let refused = target.try_command("block-dirty-bitmap-add", bitmap).unwrap_err();
            assert_eq!(refused, format!("Bitmap already exists: {name}"), "{capabilities:?}");
        }
    }
}
