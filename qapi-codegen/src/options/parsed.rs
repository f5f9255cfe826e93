//! Values of options as Rust. `syn` decides what is an identifier, a path and an attribute.

use proc_macro2::{Ident, TokenStream};
use qapi_parser::cond::IfCond;
use qapi_parser::diagnostic::{Diagnostic, Diagnostics};
use qapi_parser::schema::Schema;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Attribute, Path, TypePath, parse_str};

use super::{Conditions, Options};
use crate::select::{Patterns, is_in_schema};

/// A type that is used instead of a generated one.
#[derive(Debug, Clone)]
pub(crate) struct ExternType {
    pub(crate) path: TokenStream,
    /// The path by which documentation refers to it.
    pub(crate) link: String,
}

/// The options whose values are patterns or Rust.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) select: Patterns<()>,
    pub(crate) renames: Patterns<Ident>,
    pub(crate) externs: Patterns<ExternType>,
    pub(crate) open: Patterns<()>,
    pub(crate) closed: Patterns<()>,
    pub(crate) type_attributes: Patterns<TokenStream>,
    pub(crate) member_attributes: Patterns<TokenStream>,
    pub(crate) runtime_path: TokenStream,
}

impl Parsed {
    /// Parses the values and reports those that are not what their option takes.
    pub(crate) fn new(options: &Options, diagnostics: &mut Diagnostics) -> Self {
        let bare =
            |list: &[String]| Patterns::new(list.iter().map(|pattern| (pattern.clone(), ())));
        let parsed = Self {
            select: bare(&options.select),
            renames: patterns("rename", &options.renames, identifier, diagnostics),
            externs: patterns("extern-type", &options.extern_types, extern_type, diagnostics),
            open: bare(&options.open),
            closed: bare(&options.closed),
            type_attributes: patterns(
                "type-attribute",
                &options.type_attributes,
                attributes,
                diagnostics,
            ),
            member_attributes: patterns(
                "member-attribute",
                &options.member_attributes,
                attributes,
                diagnostics,
            ),
            runtime_path: crate_path(&options.runtime_path).unwrap_or_else(|(code, problem)| {
                let message =
                    format!("option 'runtime-path': `{}` {problem}", options.runtime_path);
                diagnostics.push(Diagnostic::without_place(code, message));
                TokenStream::new()
            }),
        };
        let mut error = |code, message| diagnostics.push(Diagnostic::without_place(code, message));
        let feature = options.unstable_feature.as_ref();
        if let Some(feature) = feature.filter(|feature| !is_feature(feature)) {
            let message =
                format!("option 'unstable-feature': '{feature}' is no name of a cargo feature");
            error("invalid-feature", message);
        }
        if let Conditions::Defined(symbols) = &options.conditions {
            for symbol in symbols.iter().filter(|symbol| !IfCond::is_symbol(symbol)) {
                let message =
                    format!("option 'define': '{symbol}' is not a valid configuration symbol");
                error("invalid-symbol", message);
            }
        }
        parsed
    }

    /// Reports patterns without effect. Where only a part of the schema is selected, the other options
    /// may speak of the rest: so one set of options does for several selections.
    pub(crate) fn check_matches(&self, schema: &Schema, diagnostics: &mut Diagnostics) {
        for pattern in self.select.unmatched() {
            let message = format!("option 'select': '{pattern}' matches nothing in the schema");
            diagnostics.push(Diagnostic::without_place("unmatched-pattern", message));
        }
        if !diagnostics.is_empty() {
            return;
        }
        let elsewhere = |pattern: &str| !self.select.is_empty() && is_in_schema(schema, pattern);
        let each = [
            ("rename", self.renames.unmatched().collect::<Vec<_>>()),
            ("extern-type", self.externs.unmatched().collect()),
            ("open", self.open.unmatched().collect()),
            ("closed", self.closed.unmatched().collect()),
            ("type-attribute", self.type_attributes.unmatched().collect()),
            ("member-attribute", self.member_attributes.unmatched().collect()),
        ];
        for (option, patterns) in each {
            for pattern in patterns.into_iter().filter(|pattern| !elsewhere(pattern)) {
                let message =
                    format!("option '{option}': '{pattern}' matches nothing that is generated");
                diagnostics.push(Diagnostic::without_place("unmatched-pattern", message));
            }
        }
    }
}

/// The code and the problem of a value, as the end of a sentence about it.
type Problem = (&'static str, &'static str);

fn patterns<T>(
    option: &str,
    list: &[(String, String)],
    parse: impl Fn(&str) -> Result<T, Problem>,
    diagnostics: &mut Diagnostics,
) -> Patterns<T> {
    let parse = |(name, value): &(String, String)| match parse(value) {
        Ok(parsed) => Some((name.clone(), parsed)),
        Err((code, problem)) => {
            let message = format!("option '{option}': `{value}`, for '{name}', {problem}");
            diagnostics.push(Diagnostic::without_place(code, message));
            None
        }
    };
    Patterns::new(list.iter().filter_map(parse).collect::<Vec<_>>())
}

pub(super) fn identifier(text: &str) -> Result<Ident, Problem> {
    parse_str(text).map_err(|_| ("invalid-rename", "is not an identifier of Rust"))
}

/// Parses a type's path that has the same meaning in every module.
pub(super) fn extern_type(text: &str) -> Result<ExternType, Problem> {
    let ty: TypePath = parse_str(text).map_err(|_| ("invalid-path", "is not a path of Rust"))?;
    let is_absolute = ty.path.leading_colon.is_some()
        || (ty.path.segments.len() > 1 && ty.path.segments[0].ident == "crate");
    if ty.qself.is_some() || !is_absolute {
        return Err(("invalid-path", "must start with `::` or `crate::`"));
    }
    let names: Vec<String> =
        ty.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let root = if ty.path.leading_colon.is_some() { "::" } else { "" };
    Ok(ExternType { link: format!("{root}{}", names.join("::")), path: ty.into_token_stream() })
}

/// Parses a module's path that has the same meaning in every module.
pub(super) fn crate_path(text: &str) -> Result<TokenStream, Problem> {
    let path = Path::parse_mod_style
        .parse_str(text.trim_end_matches("::"))
        .map_err(|_| ("invalid-path", "is not a path of Rust"))?;
    if path.leading_colon.is_none() && path.segments[0].ident != "crate" {
        return Err(("invalid-path", "must start with `::` or `crate::`"));
    }
    Ok(path.into_token_stream())
}

/// Parses `#[...]`, or several.
pub(super) fn attributes(text: &str) -> Result<TokenStream, Problem> {
    let attributes = Attribute::parse_outer.parse_str(text).unwrap_or_default();
    if attributes.is_empty() {
        return Err(("invalid-attribute", "is not of the form `#[...]`"));
    }
    Ok(attributes.into_iter().map(Attribute::into_token_stream).collect())
}

fn is_feature(name: &str) -> bool {
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
            assert!(attributes(sound).is_ok(), "{sound}");
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
            assert!(attributes(wrong).is_err(), "{wrong}");
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
            assert_eq!(extern_type(sound).map(|ty| ty.link), Ok(link.to_owned()), "{sound}");
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
            "<::a::B as ::c::D>::E",
            "X=::a::B<; } fn evil() { >",
        ] {
            assert!(extern_type(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn crates_have_absolute_paths_without_arguments() {
        for sound in ["::qapi", "crate", "crate::vendor::qapi", "crate::qapi::"] {
            assert!(crate_path(sound).is_ok(), "{sound}");
        }
        for wrong in ["", "qapi", "::qapi<u8>", "crate::1x"] {
            assert!(crate_path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn identifiers_are_those_of_rust() {
        for sound in ["a", "_a", "A9", "r#type", "Größe"] {
            assert!(identifier(sound).is_ok(), "{sound}");
        }
        for wrong in ["", "_", "9a", "a-b", "type", "r#self", "Self", "a b", "a // b\n+"] {
            assert!(identifier(wrong).is_err(), "{wrong}");
        }
    }
}
