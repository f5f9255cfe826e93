//! Phrases that several messages share.

/// Writes `'a', 'b'`.
pub(crate) fn quoted(words: &[impl AsRef<str>]) -> String {
    words.iter().map(|word| format!("'{}'", word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Returns the ending of a noun after `count`.
pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Writes the hint that `name` was probably meant.
pub(crate) fn did_you_mean(name: &str) -> String {
    format!("did you mean '{name}'?")
}
