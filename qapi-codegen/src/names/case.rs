//! Names of the schema as identifiers of Rust.
//!
//! heck splits words and sets their case. Three things are done here because heck does not do them:
//!
//! - Digits: heck joins `2_5` to `25`, which may be another value of the same enum.
//! - Acronyms: heck writes `BlockdevOptionsNVMe` as `BlockdevOptionsNvMe`. Types and values keep
//!   QEMU's spelling, so that one name finds them in both code bases.
//! - Keywords.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::{Ident, Span};

/// Converts the name of a type or value: every word with a capital first, otherwise as it is.
pub(crate) fn camel(name: &str) -> String {
    let words = |name: &str| {
        let mut converted = String::with_capacity(name.len() + 1);
        for word in name.split(is_separator) {
            let mut chars = word.chars();
            converted.extend(chars.next().map(|first| first.to_ascii_uppercase()));
            converted.push_str(chars.as_str());
        }
        converted
    };
    legal(keep_apart_digits(name, words))
}

/// Converts the name of a command, event or module: words with a capital first.
pub(crate) fn upper_camel(name: &str) -> String {
    legal(keep_apart_digits(name, |name| name.to_upper_camel_case()))
}

/// Converts to the name of a field or function: words in small letters with `_` between them.
pub(crate) fn snake(name: &str) -> String {
    legal(name.to_snake_case())
}

/// Splits `name` into words in small letters with `_` between them.
pub(crate) fn words(name: &str) -> String {
    name.to_snake_case()
}

/// Makes the identifier that `name` spells, a raw one too.
pub(crate) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(name) => Ident::new_raw(name, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}

fn is_separator(char: char) -> bool {
    !char.is_alphanumeric()
}

/// Converts the parts of `name` that separators between digits part, and joins them with `_`.
fn keep_apart_digits(name: &str, convert: impl Fn(&str) -> String) -> String {
    let mut converted = String::new();
    let mut rest = name;
    while let Some(end) = digits_apart(rest) {
        converted.push_str(&convert(&rest[..end]));
        converted.push('_');
        rest = rest[end..].trim_start_matches(is_separator);
    }
    converted + &convert(rest)
}

/// Returns the end of the first digit after which only separators precede another digit.
fn digits_apart(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    let mut ends = (1..bytes.len()).filter(|&end| bytes[end - 1].is_ascii_digit());
    ends.find(|&end| {
        let rest = name[end..].trim_start_matches(is_separator);
        rest.len() < bytes.len() - end && rest.starts_with(|first: char| first.is_ascii_digit())
    })
}

fn legal(mut ident: String) -> String {
    if NEVER_RAW.contains(&ident.as_str()) {
        ident.push('_');
    } else if is_keyword(&ident) {
        ident.insert_str(0, "r#");
    } else if !ident.starts_with(|first: char| first.is_alphabetic()) {
        ident.insert(0, '_');
    }
    ident
}

/// Keywords without a raw form.
const NEVER_RAW: [&str; 4] = ["Self", "crate", "self", "super"];

/// The keywords of every edition, reserved ones too.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn is_keyword(ident: &str) -> bool {
    KEYWORDS.binary_search(&ident).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_variants() {
        let cases = [
            ("SocketAddress", "SocketAddress"),
            ("X86CPURegister32", "X86CPURegister32"),
            ("__org.qemu_x-Enum", "OrgQemuXEnum"),
            ("pre-switchover", "PreSwitchover"),
            ("UUID", "UUID"),
            ("2_5", "_2_5"),
            ("25", "_25"),
            ("3des", "_3des"),
            ("kp_0", "Kp0"),
            ("a1-2", "A1_2"),
            ("self", "Self_"),
            ("macOS", "MacOS"),
        ];
        for (name, ident) in cases {
            assert_eq!(camel(name), ident, "{name}");
        }
    }

    #[test]
    fn fields_and_methods() {
        let cases = [
            ("node-name", "node_name"),
            ("UUID", "uuid"),
            ("type", "r#type"),
            ("gen", "r#gen"),
            ("yield", "r#yield"),
            ("self", "self_"),
            ("super", "super_"),
            ("Self", "self_"),
            ("4k", "_4k"),
            ("2_5", "_2_5"),
            ("md5Sum", "md5_sum"),
            ("XMLFile", "xml_file"),
            ("__org.qemu_x-member", "org_qemu_x_member"),
        ];
        for (name, ident) in cases {
            assert_eq!(snake(name), ident, "{name}");
        }
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }
}
