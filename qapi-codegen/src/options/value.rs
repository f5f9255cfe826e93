//! Values of options as Rust. `syn` decides what is an identifier, a path and an attribute.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Attribute, Path, TypePath, parse_str};

/// A type that is used instead of a generated one.
#[derive(Debug, Clone)]
pub(crate) struct ExternType {
    pub(crate) path: TokenStream,
    /// The path by which documentation refers to it.
    pub(crate) link: String,
}

/// Parses an identifier.
pub(super) fn identifier(text: &str) -> Option<Ident> {
    parse_str(text).ok()
}

/// Parses a type's path that has the same meaning in every module.
pub(super) fn extern_type(text: &str) -> Option<ExternType> {
    let ty: TypePath = parse_str(text).ok()?;
    let is_absolute = ty.path.leading_colon.is_some()
        || (ty.path.segments.len() > 1 && ty.path.segments[0].ident == "crate");
    if ty.qself.is_some() || !is_absolute || !starts_only_with_keyword(&ty.path) {
        return None;
    }
    let names: Vec<String> =
        ty.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let root = if ty.path.leading_colon.is_some() { "::" } else { "" };
    Some(ExternType { link: format!("{root}{}", names.join("::")), path: ty.into_token_stream() })
}

/// Parses a module's path that has the same meaning in every module.
pub(super) fn crate_path(text: &str) -> Option<TokenStream> {
    let path = Path::parse_mod_style.parse_str(text.trim_end_matches("::")).ok()?;
    let is_absolute = path.leading_colon.is_some() || path.segments[0].ident == "crate";
    (is_absolute && starts_only_with_keyword(&path)).then(|| path.into_token_stream())
}

/// Returns true if no keyword such as `self` follows the start of `path`, as rustc demands.
fn starts_only_with_keyword(path: &Path) -> bool {
    let start = usize::from(path.leading_colon.is_none());
    let mut rest = path.segments.iter().skip(start);
    rest.all(|segment| !["self", "Self", "super", "crate"].iter().any(|word| segment.ident == word))
}

/// Parses one or more `#[...]`.
pub(super) fn attributes(text: &str) -> Option<TokenStream> {
    let attributes = Attribute::parse_outer.parse_str(text).ok()?;
    let is_some = !attributes.is_empty();
    is_some.then(|| attributes.into_iter().map(Attribute::into_token_stream).collect())
}

/// Returns true for a valid name of a Cargo feature.
pub(super) fn is_feature(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first == '_' || first.is_ascii_alphanumeric());
    starts && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-+.".contains(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_whole() {
        for sound in [
            "#[derive(Eq)]",
            "#[a] #[b(c = [1])]",
            "#[doc = \"a ] \\\" b\"]",
            " #[a] ",
            "#[doc = r#\"a \" b\"#]",
            "#[a('\"')]",
        ] {
            assert!(attributes(sound).is_some(), "{sound}");
        }
        for wrong in [
            "",
            "derive(Eq)",
            "#[derive(Eq]",
            "#[derive(",
            "#[a]]",
            "#[derive(Eq) // x ]",
            "#[a] pub fn x() {} #[b]",
            "#[doc = \"]",
            "#![a]",
        ] {
            assert!(attributes(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn types_have_absolute_paths() {
        for (sound, link) in [
            ("::a::B", "::a::B"),
            ("crate::B", "crate::B"),
            ("::a::B<::c::D<u8>>", "::a::B"),
            ("crate::r#type::B", "crate::r#type::B"),
            ("::a::<B>::C", "::a::C"),
        ] {
            assert_eq!(extern_type(sound).map(|ty| ty.link), Some(link.to_owned()), "{sound}");
        }
        for wrong in [
            "B",
            "a::B",
            "::",
            "crate",
            "crate::",
            "crate::a::",
            "::a::1x",
            "::a b",
            "::a::B<C",
            "crate::self::B",
            "crate::a::Self",
            "::super::B",
            "<::a::B as ::c::D>::E",
            "X=::a::B<; } fn evil() { >",
        ] {
            assert!(extern_type(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn crates_have_absolute_paths_without_arguments() {
        for sound in ["::qapi", "crate", "crate::vendor::qapi", "crate::qapi::"] {
            assert!(crate_path(sound).is_some(), "{sound}");
        }
        for wrong in ["", "qapi", "::qapi<u8>", "crate::1x", "crate::super::qapi", "::self"] {
            assert!(crate_path(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn identifiers_are_those_of_rust() {
        for sound in ["a", "_a", "A9", "r#type", "Größe"] {
            assert!(identifier(sound).is_some(), "{sound}");
        }
        for wrong in ["", "_", "9a", "a-b", "type", "r#self", "Self", "a b", "a // b\n+"] {
            assert!(identifier(wrong).is_none(), "{wrong}");
        }
    }
}
