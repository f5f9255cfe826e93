//! What a kernel's userfaultfd can do.

/// What a kernel can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(pub(super) u64);

impl Features {
    /// Missing pages and nothing else.
    pub(crate) const NONE: Self = Self(0);
    /// Write protection of anonymous memory.
    pub(crate) const WRITE_PROTECT: Self = Self(1 << 0);
    /// Missing pages of hugetlbfs.
    pub(crate) const MISSING_HUGETLBFS: Self = Self(1 << 4);
    /// Missing pages of shared memory: memfd, tmpfs.
    pub(crate) const MISSING_SHMEM: Self = Self(1 << 5);
    /// Faults tell which thread waits.
    pub(crate) const THREAD_ID: Self = Self(1 << 8);
    /// Write protection of shared memory and hugetlbfs.
    pub(crate) const WRITE_PROTECT_SHARED: Self = Self(1 << 12);
    /// Write protection of pages that nobody has touched yet.
    pub(crate) const WRITE_PROTECT_UNPOPULATED: Self = Self(1 << 13);

    /// Whether all of `others` are among these.
    pub(crate) fn has(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// These and `others`.
    pub(crate) const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those of these that are among `others`, too.
    pub(crate) const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }
}
