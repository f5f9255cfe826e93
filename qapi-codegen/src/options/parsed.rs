//! Options parsed to what the emitters need: patterns and tokens.

use proc_macro2::{Ident, TokenStream};

use super::builder::Options;
use super::error::OptionError;
use super::table::{OPTIONS, OptionInfo};
use super::value::{ExternType, attributes, crate_path, extern_type, identifier, is_feature};
use super::words::Conditions;
use crate::pattern::Patterns;
use qapi_parser::cond::IfCond;

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
    /// Parses the values.
    ///
    /// # Errors
    /// All values that their options do not take.
    pub(crate) fn new(options: &Options) -> Result<Self, Vec<OptionError>> {
        let mut errors = Errors(Vec::new());
        let Options { type_attributes, member_attributes, .. } = options;
        let parsed = Self {
            select: names(&options.select),
            renames: errors.pairs("rename", &options.renames, identifier),
            externs: errors.pairs("extern-type", &options.extern_types, extern_type),
            open: names(&options.open),
            closed: names(&options.closed),
            type_attributes: errors.pairs("type-attribute", type_attributes, attributes),
            member_attributes: errors.pairs("member-attribute", member_attributes, attributes),
            runtime_path: crate_path(&options.runtime_path).unwrap_or_else(|| {
                errors.push("runtime-path", &options.runtime_path);
                TokenStream::new()
            }),
        };
        let feature = options.unstable_feature.iter().filter(|feature| !is_feature(feature));
        feature.for_each(|feature| errors.push("unstable-feature", feature));
        if let Conditions::Defined(symbols) = options.given_conditions() {
            let invalid = symbols.iter().filter(|symbol| !IfCond::is_symbol(symbol));
            invalid.for_each(|symbol| errors.push("define", symbol));
        }
        if errors.0.is_empty() { Ok(parsed) } else { Err(errors.0) }
    }
}

fn names(list: &[String]) -> Patterns<()> {
    Patterns::new(list.iter().map(|pattern| (pattern.clone(), ())))
}

/// The values that options do not take.
struct Errors(Vec<OptionError>);

impl Errors {
    fn push(&mut self, option: &'static str, value: &str) {
        let expected = OPTIONS.iter().find(|info| info.name == option);
        let expected = expected.map_or("", |info: &OptionInfo| info.expected);
        self.0.push(OptionError::invalid(option, value, expected));
    }

    /// Parses the second of each pair.
    fn pairs<T>(
        &mut self,
        option: &'static str,
        list: &[(String, String)],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Patterns<T> {
        let mut parsed = Vec::with_capacity(list.len());
        for (name, value) in list {
            match parse(value) {
                Some(value) => parsed.push((name.clone(), value)),
                None => self.push(option, &format!("{name}={value}")),
            }
        }
        Patterns::new(parsed)
    }
}
