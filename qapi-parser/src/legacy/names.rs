//! Naming rules of before QEMU 6.0.
//!
//! Every name could have '_', and those of definitions upper case. Upper case in the names of
//! members, values, branches and features needed an entry in the pragma `name-case-whitelist`.

/// The kinds of names with different rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A type, command or event.
    Definition,
    /// A member, value, branch, alternative or feature.
    Part,
}

/// Returns true if the old rules allow the case and the '_' of `name` without an exception.
pub(crate) fn allow(name: &str, named: Named) -> bool {
    match named {
        Named::Definition => !name.ends_with("List"),
        Named::Part => !name.contains(|c: char| c.is_ascii_uppercase()),
    }
}
