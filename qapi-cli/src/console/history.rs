//! The file of earlier lines.

use std::path::PathBuf;

/// Returns the path of a file below `XDG_STATE_HOME`, by default `~/.local/state`, and makes its
/// folder.
pub fn path(name: &str) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = variable("XDG_STATE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let folder = state.filter(|path| path.is_absolute()).or_else(home)?.join("qapi");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join(name))
}
