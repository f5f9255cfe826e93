//! `if` conditions and the feature `unstable`: presence in Rust, and the `cfg` that decides it.

use std::fmt;

use proc_macro2::{Ident, Span, TokenStream};
use qapi_parser::cond::IfCond;
use qapi_parser::schema::{Branch, Definition, Feature, Member, Schema, Type};
use quote::{ToTokens, quote};

use crate::options::{Conditions, Options};

/// Presence of a part of the schema in Rust. As tokens: the attribute that goes before the part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    /// Present if the predicate holds.
    Cfg(Predicate),
    Never,
}

impl Presence {
    /// Combines two presences: present only if both are.
    pub(crate) fn and(self, other: Presence) -> Presence {
        match (self, other) {
            (Presence::Never, _) | (_, Presence::Never) => Presence::Never,
            (Presence::Always, presence) | (presence, Presence::Always) => presence,
            (Presence::Cfg(a), Presence::Cfg(b)) if a == b => Presence::Cfg(a),
            (Presence::Cfg(a), Presence::Cfg(b)) => Presence::Cfg(Predicate::All(vec![a, b])),
        }
    }

    /// Returns the presence of the opposite.
    pub(crate) fn not(self) -> Presence {
        match self {
            Presence::Always => Presence::Never,
            Presence::Cfg(predicate) => Presence::Cfg(Predicate::Not(Box::new(predicate))),
            Presence::Never => Presence::Always,
        }
    }

    pub(crate) fn is_never(&self) -> bool {
        *self == Presence::Never
    }

    pub(crate) fn is_always(&self) -> bool {
        *self == Presence::Always
    }
}

impl ToTokens for Presence {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Presence::Cfg(predicate) = self {
            tokens.extend(quote!(#[cfg(#predicate)]));
        }
    }
}

/// A predicate of `cfg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Predicate {
    Symbol(Ident),
    Feature(String),
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
}

impl Predicate {
    /// Returns the predicate that holds where one of the list, which is not empty, holds.
    pub(crate) fn any(mut list: Vec<Predicate>) -> Predicate {
        if list.len() == 1 { list.remove(0) } else { Predicate::Any(list) }
    }
}

impl ToTokens for Predicate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Predicate::Symbol(symbol) => symbol.to_token_stream(),
            Predicate::Feature(name) => quote!(feature = #name),
            Predicate::All(list) => quote!(all(#(#list),*)),
            Predicate::Any(list) => quote!(any(#(#list),*)),
            Predicate::Not(predicate) => quote!(not(#predicate)),
        });
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &[Predicate]| {
            list.iter().map(Predicate::to_string).collect::<Vec<_>>().join(", ")
        };
        match self {
            Predicate::Symbol(symbol) => symbol.fmt(f),
            Predicate::Feature(name) => write!(f, "feature = {name:?}"),
            Predicate::All(predicates) => write!(f, "all({})", list(predicates)),
            Predicate::Any(predicates) => write!(f, "any({})", list(predicates)),
            Predicate::Not(predicate) => write!(f, "not({predicate})"),
        }
    }
}

impl Options {
    /// Returns the presence of a part under this condition.
    pub(crate) fn presence(&self, cond: Option<&IfCond>) -> Presence {
        match (cond, self.given_conditions()) {
            (None, _) | (_, Conditions::All) => Presence::Always,
            (Some(cond), Conditions::Defined(symbols)) => {
                if cond.holds(&|symbol| symbols.contains(symbol)) {
                    Presence::Always
                } else {
                    Presence::Never
                }
            }
            (Some(cond), Conditions::Features | Conditions::Cfg) => {
                Presence::Cfg(self.predicate(cond))
            }
        }
    }

    /// Returns the presence of a part under this condition and, if it is unstable, the option
    /// `unstable-feature`.
    pub(crate) fn presence_with(&self, cond: Option<&IfCond>, features: &[Feature]) -> Presence {
        let presence = self.presence(cond);
        match &self.unstable_feature {
            Some(feature) if self.has_feature(features, "unstable") => {
                presence.and(Presence::Cfg(Predicate::Feature(feature.clone())))
            }
            _ => presence,
        }
    }

    /// Returns true if the feature `name` is present, possibly under a `cfg`.
    pub(crate) fn has_feature(&self, features: &[Feature], name: &str) -> bool {
        features
            .iter()
            .any(|feature| feature.name == name && !self.presence(feature.cond.as_ref()).is_never())
    }

    /// Converts a condition to a predicate of `cfg`.
    fn predicate(&self, cond: &IfCond) -> Predicate {
        let list = |conds: &[IfCond]| conds.iter().map(|cond| self.predicate(cond)).collect();
        match cond {
            IfCond::Symbol(symbol) if *self.given_conditions() == Conditions::Features => {
                Predicate::Feature(symbol.clone())
            }
            IfCond::Symbol(symbol) => Predicate::Symbol(Ident::new(symbol, Span::call_site())),
            // Clippy refuses `any` and `all` of one predicate.
            IfCond::All(conds) | IfCond::Any(conds) if conds.len() == 1 => {
                self.predicate(&conds[0])
            }
            IfCond::All(conds) => Predicate::All(list(conds)),
            IfCond::Any(conds) => Predicate::Any(list(conds)),
            IfCond::Not(cond) => Predicate::Not(Box::new(self.predicate(cond))),
        }
    }

    /// Returns the values of `--check-cfg` for the `cfg`s of these symbols.
    fn check_cfg(&self, symbols: &[&str]) -> Vec<String> {
        let feature = |name: &str| format!("cfg(feature, values(\"{name}\"))");
        let conditions = symbols.iter().filter_map(|symbol| match self.given_conditions() {
            Conditions::Features => Some(feature(symbol)),
            Conditions::Cfg => Some(format!("cfg({symbol})")),
            Conditions::All | Conditions::Defined(_) => None,
        });
        conditions.chain(self.unstable_feature.as_deref().map(feature)).collect()
    }
}

/// Describes a condition in the words of the documentation.
pub(crate) fn describe(cond: &IfCond) -> String {
    let list = |conds: &[IfCond], word: &str| {
        let each = conds.iter().map(|cond| match cond {
            IfCond::Symbol(_) | IfCond::Not(_) => describe(cond),
            IfCond::All(_) | IfCond::Any(_) => format!("({})", describe(cond)),
        });
        each.collect::<Vec<_>>().join(word)
    };
    match cond {
        IfCond::Symbol(symbol) => format!("`{symbol}`"),
        IfCond::All(conds) => list(conds, " and "),
        IfCond::Any(conds) => list(conds, " or "),
        IfCond::Not(cond) => match &**cond {
            IfCond::Symbol(symbol) => format!("not `{symbol}`"),
            cond => format!("not ({})", describe(cond)),
        },
    }
}

/// Returns the values of rustc's `--check-cfg` that declare the `cfg`s in the generated code.
/// [`Builder`](crate::Builder) passes them on to Cargo, as `cargo::rustc-check-cfg`.
///
/// ```
/// use qapi_codegen::{Conditions, Options, check_cfg};
///
/// let schema = "{ 'command': 'stop', 'if': 'CONFIG_STOP' }";
/// let schema = qapi_parser::parse_text("x.json", schema, Default::default())?.schema;
/// let options = Options::new().conditions(Conditions::Cfg);
/// assert_eq!(check_cfg(&schema, &options), ["cfg(CONFIG_STOP)"]);
/// # Ok::<(), qapi_codegen::Error>(())
/// ```
pub fn check_cfg(schema: &Schema, options: &Options) -> Vec<String> {
    options.check_cfg(&symbols(schema))
}

/// Returns every symbol that a condition of the schema names.
fn symbols(schema: &Schema) -> Vec<&str> {
    let mut symbols = Symbols(Vec::new());
    for (_, ty) in schema.types() {
        ty.definition().into_iter().for_each(|definition| symbols.definition(definition));
        match ty {
            Type::Builtin(_) | Type::Array(_) => {}
            Type::Enum(ty) => {
                for value in &ty.values {
                    symbols.part(value.cond.as_ref(), &value.features);
                }
            }
            Type::Object(ty) => {
                ty.local_members.iter().for_each(|member| symbols.member(member));
                ty.branches
                    .iter()
                    .flat_map(|branches| &branches.branches)
                    .for_each(|one| symbols.branch(one));
            }
            Type::Alternate(ty) => ty.alternatives.iter().for_each(|one| symbols.branch(one)),
        }
    }
    schema.commands().iter().for_each(|command| symbols.definition(&command.definition));
    schema.events().iter().for_each(|event| symbols.definition(&event.definition));
    symbols.0.sort_unstable();
    symbols.0.dedup();
    symbols.0
}

struct Symbols<'a>(Vec<&'a str>);

impl<'a> Symbols<'a> {
    fn part(&mut self, cond: Option<&'a IfCond>, features: &'a [Feature]) {
        let features = features.iter().filter_map(|feature| feature.cond.as_ref());
        for cond in cond.into_iter().chain(features) {
            cond.for_each_symbol(&mut |symbol| self.0.push(symbol));
        }
    }

    fn definition(&mut self, definition: &'a Definition) {
        self.part(definition.cond.as_ref(), &definition.features);
    }

    fn member(&mut self, member: &'a Member) {
        self.part(member.cond.as_ref(), &member.features);
    }

    fn branch(&mut self, branch: &'a Branch) {
        self.part(branch.cond.as_ref(), &[]);
    }
}
