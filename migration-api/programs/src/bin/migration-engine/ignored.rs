//! Options of QEMU that are accepted so that a command line for QEMU works, and have no effect.

/// An option without effect.
pub struct Ignored {
    /// Its name, without the dash.
    pub name: &'static str,
    /// It is followed by a value.
    pub has_value: bool,
    /// The reason why it has no effect.
    pub reason: &'static str,
}

const fn flag(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, has_value: false, reason }
}

const fn value(name: &'static str, reason: &'static str) -> Ignored {
    Ignored { name, has_value: true, reason }
}

/// The options without effect, in alphabetical order.
pub const IGNORED: [Ignored; 9] = [
    value("accel", "the guest executes no instructions"),
    value("cpu", "the guest has no CPU model"),
    value("display", "there is no display"),
    flag("enable-kvm", "the guest executes no instructions"),
    value("fsdev", "there are no shared folders"),
    value("name", "no window and no process is named"),
    flag("nodefaults", "there are no default devices"),
    flag("nographic", "there is no display, and no console on the terminal"),
    value("smp", "the guest has one vCPU thread, which runs the workload"),
];

/// Parts of other options that have no effect.
pub const IGNORED_PARTS: &str = "\
also -machine accel=NAME, -action panic=ACTION and watchdog=ACTION";

/// Finds an option without effect by its name.
pub fn find(name: &str) -> Option<&'static Ignored> {
    IGNORED.iter().find(|option| option.name == name)
}
