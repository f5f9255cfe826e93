//! Features of a kernel's userfaultfd.

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(pub(super) u64);

impl Features {
    /// No features beyond missing pages.
    pub(crate) const NONE: Self = Self(0);
    /// Write protection of anonymous memory.
    pub(crate) const WRITE_PROTECT: Self = Self(1 << 0);
    /// Missing pages of hugetlbfs.
    pub(crate) const MISSING_HUGETLBFS: Self = Self(1 << 4);
    /// Missing pages of shared memory: memfd, tmpfs.
    pub(crate) const MISSING_SHMEM: Self = Self(1 << 5);
    /// The thread id in reported faults.
    pub(crate) const THREAD_ID: Self = Self(1 << 8);
    /// Write protection of shared memory and hugetlbfs.
    pub(crate) const WRITE_PROTECT_SHARED: Self = Self(1 << 12);
    /// Write protection of unpopulated pages.
    pub(crate) const WRITE_PROTECT_UNPOPULATED: Self = Self(1 << 13);

    /// Returns true if all of `others` are included.
    pub(crate) fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Returns the union.
    pub(crate) const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Returns the intersection.
    pub(crate) const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}
