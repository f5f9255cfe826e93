//! The shell's own commands.

/// The shell's own commands, with their arguments and purposes.
pub(super) const BUILTINS: [(&str, &str, &str); 3] = [
    (".help", "[NAME]", "describe a command, an event or an argument such as 'migrate.channels'"),
    (".wait", "EVENT [SECONDS]", "wait for an event, 60 seconds by default"),
    (".exit", "", "end the session"),
];

/// Returns the shell's own command that is typed without its dot.
pub(super) fn without_dot(word: &str) -> Option<&'static str> {
    BUILTINS.iter().map(|(name, ..)| *name).find(|name| name.strip_prefix('.') == Some(word))
}
