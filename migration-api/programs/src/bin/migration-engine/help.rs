//! The text of `-h`.

use crate::ignored::{IGNORED, IGNORED_PARTS};

/// The usage part of `-h`.
const USAGE: &str = "\
usage: migration-engine [option]...
A guest that can be migrated to and from QEMU, controlled by QMP.

-machine NAME[,memory-backend=ID][,suppress-vmdesc=on]
                machine type as the stream names it (default none); 'relay' takes any
                machine that comes in, never runs it, and can be migrated on; suppress-vmdesc
                leaves out the description at the end of a stream, set alike on both sides
-m SIZE         RAM in MiB, or with a suffix (default 128)
-object TYPE,id=ID,...
                memory-backend-ram, memory-backend-file, memory-backend-memfd,
                tls-creds-anon, tls-creds-x509 (feature tls), authz-simple
-workload idle  the guest does nothing (default)
-workload pattern,seed=N[,start=SIZE][,end=SIZE][,zero=PERCENT][,bits=N]
                memory has a pattern; may be given several times
-workload dirty,start=SIZE,end=SIZE[,rate=PAGES|max]
                the guest writes to memory all the time; it cannot go to a QEMU
-S              do not start the guest
-incoming defer|URI
                wait for a migration
-qmp unix:PATH,server=on,wait=off
-qmp tcp:HOST:PORT,server=on,wait=off
-qmp stdio      a monitor; may be given several times
-uuid UUID      UUID of the machine
-global migration.PROPERTY=VALUE
                a capability (x-events=on), a parameter, or a form of the stream that both
                sides share: multifd-flush-after-each-section, zero-page-detection,
                switchover-ack-legacy
-limits devices=SIZE,package=SIZE,description=SIZE,window=SIZE,bitmaps=N,log-lines=N
                most that a source can make this process keep: the devices' state (default
                16M), the package of postcopy (16M), the description behind a stream (4M), the
                window of a zstd stream on each multifd channel (8M, a power of two), dirty
                bitmaps (1024), log lines about a stream (100)
-compat deprecated-input=..,deprecated-output=..,unstable-input=..,unstable-output=..
                policy for deprecated and unstable parts of QMP
-device DRIVER[,failover_pair_id=ID,id=ID],...
                a device without state that both sides need; as the primary of a failover
                pair, one that is unplugged before a migration
-only-migratable
                refuse devices that cannot be migrated
-blockdev driver=DRIVER,node-name=NAME[,filename=PATH][,file=NODE][,read-only=on]
                a block node with bitmaps that migrate and, for drivers file, raw and qcow2,
                an image that can have snapshots; file.filename=PATH for a node below it
-loadvm TAG     begin with a snapshot
-action [reboot=reset|shutdown][,shutdown=poweroff|pause]
                effect of a reset, and of a shutdown
-trace info|debug[,file=PATH]
                print attempts, passes and changes of the status on standard error or into a
                file; with debug, channels, too (feature tracing)
-h, -version    print this text, or the version
";

/// The examples of `-h`.
const EXAMPLES: &str = "\
Examples:
  A guest of 64 MiB with a pattern in memory, and a process that waits for it:
    migration-engine -m 64 -workload pattern,seed=1 -qmp unix:source.sock,server=on,wait=off &
    migration-engine -m 64 -incoming defer -qmp unix:destination.sock,server=on,wait=off &
    qapi-migrate source.sock destination.sock
  A guest that writes 5000 pages per second:
    migration-engine -m 64 -workload dirty,start=16M,end=32M,rate=5000 -qmp stdio
  A destination for any QEMU:
    migration-engine -machine relay -incoming tcp:0:4444 -qmp stdio
  A destination for a QEMU of machine type none:
    migration-engine -m 64 -incoming tcp:0:4444 -qmp stdio
";

/// The features that decide on what the program can do, and if they are built in.
const FEATURES: [(&str, bool); 6] = [
    ("colo", cfg!(feature = "colo")),
    ("kvm", cfg!(feature = "kvm")),
    ("legacy-compress", cfg!(feature = "legacy-compress")),
    ("snapshot", cfg!(feature = "snapshot")),
    ("tls", cfg!(feature = "tls")),
    ("tracing", cfg!(feature = "tracing")),
];

/// Returns the text of `-h`, with the features that this program was built with.
pub fn help() -> String {
    let mut text = format!("{USAGE}\nAccepted without effect:\n");
    for option in IGNORED {
        let value = if option.has_value { " ..." } else { "" };
        text += &format!("{:<16}{}\n", format!("-{}{value}", option.name), option.reason);
    }
    let features = |wanted: bool| {
        let names: Vec<_> =
            FEATURES.iter().filter(|one| one.1 == wanted).map(|one| one.0).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let (with, without) = (features(true), features(false));
    text + &format!(
        "{IGNORED_PARTS}\n\n{EXAMPLES}\nfeatures built in: {with}; not built in: {without}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Request, parse};

    #[test]
    fn names_each_feature_once() {
        let text = help();
        let (built, missing) = text.lines().last().unwrap().split_once("; not built in: ").unwrap();
        let built = built.strip_prefix("features built in: ").unwrap();
        let list = if cfg!(feature = "tls") { built } else { missing };
        assert!(list.split(", ").any(|name| name == "tls"), "{text}");
        let mut listed: Vec<_> = built.split(", ").chain(missing.split(", ")).collect();
        listed.retain(|name| *name != "none");
        listed.sort();
        assert_eq!(listed, FEATURES.map(|(name, _)| name));
    }

    #[test]
    fn lines_fit_a_terminal() {
        let long: Vec<_> =
            help().lines().filter(|line| line.len() > 100).map(String::from).collect();
        assert_eq!(long, [""; 0]);
    }

    #[test]
    fn options_of_the_examples_are_accepted() {
        let examples =
            EXAMPLES.lines().filter_map(|line| line.trim().strip_prefix("migration-engine "));
        let mut count = 0;
        for example in examples {
            let words = example.trim_end_matches(" &").split_whitespace();
            assert!(matches!(parse(words.map(String::from)), Ok(Request::Run(_))), "{example}");
            count += 1;
        }
        assert_eq!(count, 5);
    }
}
