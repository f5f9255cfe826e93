//! Small types in the methods of a guest: its identity, and its answers to the engine.

use uuid::Uuid;

/// The machine that a stream belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The machine type's name in the stream, up to 255 bytes.
    pub machine: String,
    /// The machine's UUID, if it has one.
    pub uuid: Option<Uuid>,
}

impl Identity {
    /// A machine of this type, without a UUID.
    pub fn new(machine: impl Into<String>) -> Self {
        Self { machine: machine.into(), uuid: None }
    }

    /// Sets the UUID.
    #[must_use]
    pub fn uuid(self, uuid: Uuid) -> Self {
        Self { uuid: Some(uuid), ..self }
    }
}

/// The vCPUs that [`Guest::pause`](super::Guest::pause) waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Every vCPU, and every device thread.
    All,
    /// Every one that is awake. In postcopy, a thread that accesses a missing page of guest memory
    /// sleeps in that access until the page arrives, which may take as long as a broken connection
    /// to the source. `pause` must not wait for such a thread. It must stop as soon as its access
    /// is complete.
    ///
    /// [`VcpuThreads`](super::VcpuThreads) reports which vCPUs sleep. A guest without it does not
    /// know which are awake: it asks all to stop, and returns without waiting at all.
    MayBeAsleep,
}

/// A state that a guest enters by itself, and leaves only by a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestEnd {
    /// It has shut down.
    Shutdown,
    /// The VMM cannot run it any more.
    InternalError,
    /// It has reported a panic.
    Panicked,
}

/// Accesses to guest memory, from the fewest to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryAccess {
    /// Only threads of this process access it, and only in user mode: no KVM vCPU, no vhost, no
    /// system call on it. Postcopy and background snapshots need no privileges.
    Threads,
    /// The kernel accesses it for this process, too. Postcopy and background snapshots need the
    /// privilege to handle page faults of the kernel: `vm.unprivileged_userfaultfd=1`, access to
    /// `/dev/userfaultfd`, or `CAP_SYS_PTRACE`.
    Kernel,
    /// Other processes map it and access it, such as vhost-user backends. The kernel does not
    /// report their accesses, so postcopy to this guest and background snapshots of it are refused.
    Processes,
}

/// The answer of [`Guest::postcopy`](super::Guest::postcopy).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostcopySupport {
    /// The guest can be the destination of a postcopy.
    Supported,
    /// It cannot, for this reason.
    Refused(String),
}

impl PostcopySupport {
    /// Refuses postcopy. The reason becomes the error of `migrate-set-capabilities`.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

/// A reason for which a guest cannot be migrated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// Text in `blocked-reasons` of `query-migrate`.
    pub reason: String,
    /// Error of `migrate`.
    pub refusal: String,
}

impl Blocker {
    /// Returns the blocker for a device without migration support.
    pub fn device(name: &str) -> Self {
        Self {
            reason: format!("non-migratable device: {name}"),
            refusal: format!("State blocked by non-migratable device '{name}'"),
        }
    }
}
