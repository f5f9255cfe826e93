//! The text of `-h`.

/// The usage part of `-h`.
const HELP: &str = "\
usage: migration-engine [option]...
A guest that can be migrated to and from QEMU, controlled by QMP.

-machine NAME[,memory-backend=ID]
                machine type as the stream names it (default none); 'relay' takes whatever comes in
-m SIZE         RAM in MiB, or with a suffix (default 128)
-object TYPE,id=ID,...
                memory-backend-ram, memory-backend-file, memory-backend-memfd,
                tls-creds-anon, tls-creds-x509 (feature tls), authz-simple
-workload idle|dirty,start=SIZE,end=SIZE[,rate=PAGES|max]|pattern,seed=N[,start=SIZE][,end=SIZE][,zero=PERCENT][,bits=N]
                what the guest does; patterns can be given several times
-S              do not start the guest
-incoming defer|URI
                wait for a migration
-qmp unix:PATH,server=on,wait=off|tcp:HOST:PORT,server=on,wait=off|stdio
                a monitor; may be given several times
-uuid UUID, -name NAME
                the machine's
-global migration.PROPERTY=VALUE
                a capability (x-events=on) or a parameter
-compat deprecated-input=..,deprecated-output=..,unstable-input=..,unstable-output=..
                what becomes of deprecated and unstable parts of QMP
-device DRIVER[,failover_pair_id=ID,id=ID],...
                a device without state that both sides must have; as the primary of a failover
                pair, one that is unplugged before a migration
-only-migratable
                refuse devices that cannot be migrated
-blockdev driver=file|raw|qcow2|..,node-name=NAME[,filename=PATH][,file=NODE|,file.filename=PATH][,read-only=on]
                a block node, whose bitmaps can travel, and whose image can have snapshots
-loadvm TAG     begin with a snapshot
-action [reboot=reset|shutdown][,shutdown=poweroff|pause]
                what a reset does, and where it is a shutdown, what that does
-accel, -cpu, -display, -fsdev, -nodefaults
                accepted, without effect
-h, -version    this text, the version
";

/// Returns the text of `-h`, with the features that this program was built with.
pub fn help() -> String {
    let built = [("kvm", cfg!(feature = "kvm")), ("tls", cfg!(feature = "tls"))];
    let features = |wanted: bool| {
        let names: Vec<_> = built.iter().filter(|one| one.1 == wanted).map(|one| one.0).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    format!("{HELP}\nfeatures built in: {}; not built in: {}\n", features(true), features(false))
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_each_feature_once() {
        let text = super::help();
        let (built, missing) = text.lines().last().unwrap().split_once("; not built in: ").unwrap();
        let list = if cfg!(feature = "tls") { built } else { missing };
        assert!(list.ends_with("tls"), "{text}");
        assert_eq!(built.matches("kvm").count() + missing.matches("kvm").count(), 1, "{text}");
    }
}
