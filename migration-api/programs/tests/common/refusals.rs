//! Commands that QEMU 10.0.2 refuses, with its replies.

use serde_json::{Value, json};

use crate::vm::Vm;

/// A command, its arguments in JSON, and the description of the error.
pub type Refusal = (&'static str, &'static str, &'static str);

const SET: &str = "migrate-set-parameters";
const CAPABILITIES: &str = "migrate-set-capabilities";
const NEITHER: &str = "need either 'uri' or 'channels' argument";

/// Refused with class `GenericError` where a stopped guest does not wait for a migration.
pub const AT_SOURCE: &[Refusal] = &[
    (
        SET,
        r#"{"announce-initial": -1}"#,
        "Parameter 'announce_initial' expects a value between 0 and 100000",
    ),
    (SET, r#"{"announce-initial": 1.5}"#, "Parameter 'announce-initial' expects uint64"),
    (
        SET,
        r#"{"announce-max": 100001}"#,
        "Parameter 'announce_max' expects a value between 0 and 100000",
    ),
    (
        SET,
        r#"{"announce-rounds": 1001}"#,
        "Parameter 'announce_rounds' expects a value between 0 and 1000",
    ),
    (
        SET,
        r#"{"announce-step": 0}"#,
        "Parameter 'announce_step' expects a value between 0 and 10000",
    ),
    (
        SET,
        r#"{"throttle-trigger-threshold": 0}"#,
        "Parameter 'throttle_trigger_threshold' expects an integer in the range of 1 to 100",
    ),
    (
        SET,
        r#"{"throttle-trigger-threshold": 256}"#,
        "Parameter 'throttle-trigger-threshold' expects uint8_t",
    ),
    (
        SET,
        r#"{"cpu-throttle-initial": 100}"#,
        "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99",
    ),
    (
        SET,
        r#"{"cpu-throttle-increment": 0}"#,
        "Parameter 'cpu_throttle_increment' expects an integer in the range of 1 to 99",
    ),
    (
        SET,
        r#"{"max-cpu-throttle": 19}"#,
        "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99",
    ),
    (
        SET,
        r#"{"cpu-throttle-initial": 60, "max-cpu-throttle": 50}"#,
        "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99",
    ),
    (
        SET,
        r#"{"cpu-throttle-tailslow": "on"}"#,
        "Invalid parameter type for 'cpu-throttle-tailslow', expected: boolean",
    ),
    (SET, r#"{"tls-creds": 1}"#, "Invalid parameter type for 'tls-creds', expected: StrOrNull"),
    (SET, r#"{"max-bandwidth": 18446744073709551616}"#, "Parameter 'max-bandwidth' expects uint64"),
    (SET, r#"{"max-bandwidth": "1M"}"#, "Parameter 'max-bandwidth' expects uint64"),
    (
        SET,
        r#"{"downtime-limit": 2000001}"#,
        "Parameter 'downtime_limit' expects an integer in the range of 0 to (2000 * 1000) ms",
    ),
    (
        SET,
        r#"{"x-checkpoint-delay": 4294967296}"#,
        "Parameter 'x-checkpoint-delay' expects uint32_t",
    ),
    (
        SET,
        r#"{"multifd-channels": 0}"#,
        "Parameter 'multifd_channels' expects a value between 1 and 255",
    ),
    (
        SET,
        r#"{"xbzrle-cache-size": 4097}"#,
        "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size",
    ),
    (
        SET,
        r#"{"multifd-compression": "bogus"}"#,
        "Parameter 'multifd-compression' does not accept value 'bogus'",
    ),
    (
        SET,
        r#"{"multifd-zlib-level": 10}"#,
        "Parameter 'multifd_zlib_level' expects a value between 0 and 9",
    ),
    (
        SET,
        r#"{"multifd-zstd-level": 21}"#,
        "Parameter 'multifd_zstd_level' expects a value between 0 and 20",
    ),
    (
        SET,
        r#"{"block-bitmap-mapping": [{}]}"#,
        "Parameter 'block-bitmap-mapping[0].node-name' is missing",
    ),
    (
        SET,
        r#"{"block-bitmap-mapping": [{"node-name": "a", "alias": "1a", "bitmaps": []}]}"#,
        "Invalid mapping given for block-bitmap-mapping: The node alias '1a' is not well-formed",
    ),
    (
        SET,
        r#"{"x-vcpu-dirty-limit-period": 1001}"#,
        "Parameter 'x-vcpu-dirty-limit-period' expects a value between 1 and 1000",
    ),
    (SET, r#"{"vcpu-dirty-limit": 0}"#, "Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s"),
    (SET, r#"{"mode": 1}"#, "Invalid parameter type for 'mode', expected: string"),
    (SET, r#"{"bogus": 1}"#, "Parameter 'bogus' is unexpected"),
    (CAPABILITIES, r#"{}"#, "Parameter 'capabilities' is missing"),
    (
        CAPABILITIES,
        r#"{"capabilities": 1}"#,
        "Invalid parameter type for 'capabilities', expected: array",
    ),
    (
        CAPABILITIES,
        r#"{"capabilities": [{"capability": "events"}]}"#,
        "Parameter 'capabilities[0].state' is missing",
    ),
    (
        CAPABILITIES,
        r#"{"capabilities": [{"capability": "bogus", "state": true}]}"#,
        "Parameter 'capability' does not accept value 'bogus'",
    ),
    (
        CAPABILITIES,
        r#"{"capabilities": [{"capability": "zero-copy-send", "state": true}]}"#,
        "Zero copy only available for non-compressed non-TLS multifd migration",
    ),
    (
        CAPABILITIES,
        r#"{"capabilities": [{"capability": "switchover-ack", "state": true}]}"#,
        "Capability 'switchover-ack' requires capability 'return-path'",
    ),
    (
        CAPABILITIES,
        r#"{"capabilities": [{"capability": "multifd", "state": true}, {"capability": "xbzrle", "state": true}]}"#,
        "Multifd is not compatible with xbzrle",
    ),
    ("migrate", r#"{}"#, NEITHER),
    ("migrate", r#"{"resume": true}"#, NEITHER),
    ("migrate", r#"{"channels": []}"#, NEITHER),
    (
        "migrate",
        r#"{"uri": "fd:x", "channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}]}"#,
        NEITHER,
    ),
    (
        "migrate",
        r#"{"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}, {"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}]}"#,
        "Channel list has more than one main entry",
    ),
    (
        "migrate",
        r#"{"channels": [{"channel-type": "main"}]}"#,
        "Parameter 'channels[0].addr' is missing",
    ),
    (
        "migrate",
        r#"{"channels": [{"channel-type": "main", "addr": {"transport": "bogus"}}]}"#,
        "Parameter 'transport' does not accept value 'bogus'",
    ),
    ("migrate", r#"{"uri": ""}"#, "unknown migration protocol: "),
    ("migrate", r#"{"uri": "foo:bar"}"#, "unknown migration protocol: foo:bar"),
    ("migrate", r#"{"uri": "tcp:"}"#, "error parsing address ''"),
    ("migrate", r#"{"uri": "tcp::"}"#, "error parsing port in address ':'"),
    ("migrate", r#"{"uri": "tcp:127.0.0.1:1,to=x"}"#, "error parsing to= argument"),
    ("migrate", r#"{"uri": "tcp:127.0.0.1:1,ipv4=maybe"}"#, "error parsing 'ipv4' flag '=maybe'"),
    ("migrate", r#"{"uri": "tcp:127.0.0.1:1,mptcp=x"}"#, "error parsing 'mptcp' flag '=x'"),
    ("migrate", r#"{"uri": "tcp:[::1"}"#, "error parsing IPv6 address '[::1'"),
    ("migrate", r#"{"uri": "unix:"}"#, "invalid Unix socket address"),
    ("migrate", r#"{"uri": "vsock:1:"}"#, "error parsing address '1:'"),
    ("migrate", r#"{"uri": "vsock:1:2,x"}"#, "trailing characters in address '1:2,x'"),
    ("migrate", r#"{"uri": "fd:nosuch"}"#, "File descriptor named 'nosuch' has not been found"),
    (
        "migrate",
        r#"{"uri": "file:/nonexistent/x"}"#,
        "Could not create '/nonexistent/x': No such file or directory",
    ),
    ("migrate", r#"{"uri": "file:x,offset=zz"}"#, "file URI has bad offset zz: Invalid argument"),
    (
        "migrate",
        r#"{"uri": "file:x,offset=16E"}"#,
        "file URI has bad offset 16E: Numerical result out of range",
    ),
    (
        "migrate",
        r#"{"uri": "tcp:127.0.0.1:1", "resume": true}"#,
        "Cannot resume if there is no paused migration",
    ),
    (
        "migrate-incoming",
        r#"{"uri": "tcp:127.0.0.1:0"}"#,
        "'-incoming' was not specified on the command line",
    ),
    ("migrate-incoming", r#"{}"#, "'-incoming' was not specified on the command line"),
    (
        "migrate-recover",
        r#"{"uri": "x"}"#,
        "Migrate recover can only be run when postcopy is paused.",
    ),
    (
        "migrate-pause",
        r#"{}"#,
        "migrate-pause is currently only supported during postcopy-active or postcopy-recover state",
    ),
    (
        "migrate-start-postcopy",
        r#"{}"#,
        "Enable postcopy with migrate_set_capability before the start of migration",
    ),
    (
        "migrate-continue",
        r#"{"state": "bogus"}"#,
        "Parameter 'state' does not accept value 'bogus'",
    ),
    (
        "calc-dirty-rate",
        r#"{"calc-time": 1, "sample-pages": 1}"#,
        "sample-pages is out of range[128, 16384].",
    ),
    ("getfd", r#"{"fdname": "1"}"#, "No file descriptor supplied via SCM_RIGHTS"),
];

/// Refused where a process waits for a migration with `-incoming defer`.
pub const AT_DESTINATION: &[Refusal] = &[
    ("migrate-incoming", r#"{}"#, NEITHER),
    ("migrate-incoming", r#"{"channels": []}"#, NEITHER),
    (
        "migrate-incoming",
        r#"{"uri": "fd:x", "channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}]}"#,
        NEITHER,
    ),
    (
        "migrate-incoming",
        r#"{"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}, {"channel-type": "main", "addr": {"transport": "socket", "type": "fd", "str": "x"}}]}"#,
        "Channel list must have only one entry, for type 'main'",
    ),
    ("migrate-incoming", r#"{"uri": "vsock:x:1"}"#, "Failed to parse cid 'x'"),
    ("migrate-incoming", r#"{"uri": "vsock:1:y"}"#, "Failed to parse port 'y'"),
    (
        "migrate-incoming",
        r#"{"uri": "fd:nosuch"}"#,
        "File descriptor named 'nosuch' has not been found",
    ),
    ("migrate-incoming", r#"{"uri": "fd:1x"}"#, "Invalid file descriptor number '1x'"),
];

/// Migrates in the background, and fails with this text.
pub const LATER: &[(&str, &str)] = &[
    ("vsock:x:1", "Failed to parse cid 'x'"),
    ("vsock:0x10:1", "Failed to parse cid '0x10'"),
    ("vsock:1:y", "Failed to parse port 'y'"),
    ("tcp:127.0.0.1:1,numeric=x", "Failed to connect to '127.0.0.1:1': Connection refused"),
    ("tcp:127.0.0.1:1,to=70000", "Failed to connect to '127.0.0.1:1': Connection refused"),
];

/// Tries each command, and returns the replies that differ.
pub fn differences(vm: &mut Vm, refusals: &[Refusal]) -> Vec<String> {
    let mut differences = Vec::new();
    for (command, arguments, expected) in refusals {
        let arguments: Value = serde_json::from_str(arguments).unwrap();
        let reply = vm.try_command(command, arguments.clone());
        if reply.as_ref().err().map(String::as_str) != Some(*expected) {
            differences.push(format!("{command} {arguments}: {reply:?} instead of {expected:?}"));
        }
    }
    differences
}

/// Tries each address that is refused only in the background.
pub fn later(vm: &mut Vm) {
    for (uri, expected) in LATER {
        vm.command("migrate", json!({"uri": uri}));
        let info = vm.ends();
        assert_eq!(
            (&info["status"], &info["error-desc"]),
            (&json!("failed"), &json!(expected)),
            "{uri}"
        );
    }
}
