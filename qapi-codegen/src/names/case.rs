//! Letter case, words, keywords: a name of the schema as a Rust identifier.

/// A type or variant: every word with a capital first.
pub(crate) fn camel(name: &str) -> String {
    let mut ident = String::with_capacity(name.len() + 1);
    for word in words(name) {
        let mut chars = word.chars();
        let first = chars.next().unwrap_or('_').to_ascii_uppercase();
        // Between digits the separator tells `2_5` from `25`.
        if first.is_ascii_digit() && ident.ends_with(|last: char| last.is_ascii_digit()) {
            ident.push('_');
        }
        ident.push(first);
        ident.push_str(chars.as_str());
    }
    legal(ident)
}

/// A field, method or module: words in small letters with `_` between them.
pub(crate) fn snake(name: &str) -> String {
    let mut ident = String::with_capacity(name.len() + 4);
    for word in words(name) {
        if !ident.is_empty() {
            ident.push('_');
        }
        let chars: Vec<char> = word.chars().collect();
        for (at, char) in chars.iter().enumerate() {
            let after_small = at > 0 && !chars[at - 1].is_ascii_uppercase();
            let before_small = at > 0 && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
            if char.is_ascii_uppercase() && (after_small || before_small) {
                ident.push('_');
            }
            ident.push(char.to_ascii_lowercase());
        }
    }
    legal(ident)
}

/// Whether `ident` can be written as it is, a raw one too.
pub(crate) fn is_identifier(ident: &str) -> bool {
    let bare = ident.strip_prefix("r#").unwrap_or(ident);
    let mut chars = bare.chars();
    let starts = chars.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic());
    let goes_on = chars.all(|char| char == '_' || char.is_ascii_alphanumeric());
    let keyword = if bare == ident { is_keyword(bare) } else { NEVER_RAW.contains(&bare) };
    starts && goes_on && bare != "_" && !keyword
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|char: char| !char.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

fn legal(mut ident: String) -> String {
    if NEVER_RAW.contains(&ident.as_str()) {
        ident.push('_');
    } else if is_keyword(&ident) {
        ident.insert_str(0, "r#");
    } else if !ident.starts_with(|first: char| first.is_ascii_alphabetic()) {
        ident.insert(0, '_');
    }
    ident
}

/// Keywords without a raw form.
const NEVER_RAW: [&str; 4] = ["Self", "crate", "self", "super"];

/// The keywords of every edition, reserved ones too.
const KEYWORDS: [&str; 51] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if",
    "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub",
    "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];

fn is_keyword(ident: &str) -> bool {
    ident == "yield" || KEYWORDS.binary_search(&ident).is_ok()
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
    fn identifiers() {
        for ident in ["a", "_a", "A9", "r#type"] {
            assert!(is_identifier(ident), "{ident}");
        }
        for ident in ["", "_", "9a", "a-b", "type", "r#self", "Self", "a b"] {
            assert!(!is_identifier(ident), "{ident}");
        }
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }
}
