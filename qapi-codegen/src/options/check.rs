//! Values of options that would not be Rust where generated code has them.

use qapi_parser::diagnostic::Diagnostics;

use super::{Conditions, Options};
use crate::context::option_error;
use crate::names::is_identifier;

/// Reports values that are not what their option takes.
pub(crate) fn check_values(options: &Options, diagnostics: &mut Diagnostics) {
    let mut error = |code, message| diagnostics.push(option_error(code, message));
    for (name, ident) in &options.renames {
        if !is_identifier(ident) {
            let message =
                format!("option 'rename': `{ident}`, for '{name}', is no identifier of Rust");
            error("invalid-rename", message);
        }
    }
    for (name, path) in &options.extern_types {
        if let Some(problem) = path_problem(without_arguments(path)) {
            error(
                "invalid-path",
                format!("option 'extern-type': `{path}`, for '{name}', {problem}"),
            );
        }
    }
    let path = options.runtime_path.trim_end_matches("::");
    if let Some(problem) = path_problem(path).filter(|_| path != "crate") {
        error("invalid-path", format!("option 'runtime-path': `{path}` {problem}"));
    }
    let attributes = [
        ("type-attribute", &options.type_attributes),
        ("member-attribute", &options.member_attributes),
    ];
    for (option, list) in attributes {
        for (name, attribute) in list {
            if !is_attribute(attribute) {
                let message = format!(
                    "option '{option}': `{attribute}`, for '{name}', is not of the form `#[...]`"
                );
                error("invalid-attribute", message);
            }
        }
    }
    if let Some(feature) = options.unstable_feature.as_ref().filter(|feature| !is_feature(feature))
    {
        error(
            "invalid-feature",
            format!("option 'unstable-feature': '{feature}' is no name of a cargo feature"),
        );
    }
    if let Conditions::Defined(symbols) = &options.conditions {
        for symbol in symbols.iter().filter(|symbol| !is_symbol(symbol)) {
            error(
                "invalid-symbol",
                format!("option 'define': no condition can be about '{symbol}'"),
            );
        }
    }
}

/// What keeps `path` from naming something wherever the generated module is.
fn path_problem(path: &str) -> Option<&'static str> {
    let Some(inner) = path.strip_prefix("::").or_else(|| path.strip_prefix("crate::")) else {
        return Some("must start with `::` or `crate::`");
    };
    (!inner.split("::").all(is_identifier)).then_some("is no path of Rust")
}

/// The path of a type before its `<...>`.
fn without_arguments(path: &str) -> &str {
    path.split_once('<')
        .filter(|(_, arguments)| arguments.ends_with('>'))
        .map_or(path, |(path, _)| path)
}

/// `#[...]`, or several; brackets that are not in strings go together.
fn is_attribute(text: &str) -> bool {
    let text = text.trim();
    if !text.starts_with("#[") {
        return false;
    }
    let mut open = Vec::new();
    let mut chars = text.chars();
    let mut ended = false;
    while let Some(char) = chars.next() {
        ended = false;
        match char {
            '"' => loop {
                match chars.next() {
                    Some('"') => break,
                    Some('\\') => drop(chars.next()),
                    Some(_) => {}
                    None => return false,
                }
            },
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(char) => return false,
            _ => {}
        }
        ended |= char == ']' && open.is_empty();
    }
    ended
}

fn is_feature(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first == '_' || first.is_ascii_alphanumeric());
    starts && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-+.".contains(char))
}

/// The rule of the schema language.
fn is_symbol(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .chars()
            .all(|char| char.is_ascii_uppercase() || char.is_ascii_digit() || char == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_whole() {
        for sound in ["#[derive(Eq)]", "#[a] #[b(c = [1])]", "#[doc = \"a ] \\\" b\"]", " #[a] "] {
            assert!(is_attribute(sound), "{sound}");
        }
        for wrong in [
            "",
            "derive(Eq)",
            "#[derive(Eq]",
            "#[derive(",
            "#[a]]",
            "#[a] // b",
            "#[doc = \"]",
            "#![a]",
        ] {
            assert!(!is_attribute(wrong), "{wrong}");
        }
    }

    #[test]
    fn paths_are_absolute_and_whole() {
        for sound in ["::a::B", "crate::B", "::a::B<::c::D<u8>>", "crate::r#type::B"] {
            assert_eq!(path_problem(without_arguments(sound)), None, "{sound}");
        }
        for wrong in [
            "B",
            "a::B",
            "::",
            "crate::",
            "crate::a::",
            "::a::1x",
            "::a b",
            "::a::B<C",
            "::a::<B>::C",
            "::a::B::<C>",
        ] {
            assert!(path_problem(without_arguments(wrong)).is_some(), "{wrong}");
        }
        assert!(path_problem("::a::B<C>").is_some());
    }
}
