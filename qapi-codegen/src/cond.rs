//! `if` conditions and `unstable`: whether something is there, and under which `cfg`.

use qapi_parser::cond::IfCond;
use qapi_parser::schema::{Branch, Definition, Feature, Member, Schema, Type};

use crate::options::{Conditions, Options};

/// Whether something of the schema is there in Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    /// Where this predicate of `cfg` holds.
    Under(String),
    Never,
}

impl Presence {
    /// Of what needs both.
    pub(crate) fn and(self, other: Presence) -> Presence {
        match (self, other) {
            (Presence::Never, _) | (_, Presence::Never) => Presence::Never,
            (Presence::Always, presence) | (presence, Presence::Always) => presence,
            (Presence::Under(a), Presence::Under(b)) if a == b => Presence::Under(a),
            (Presence::Under(a), Presence::Under(b)) => Presence::Under(format!("all({a}, {b})")),
        }
    }

    pub(crate) fn is_never(&self) -> bool {
        *self == Presence::Never
    }

    pub(crate) fn is_always(&self) -> bool {
        *self == Presence::Always
    }

    /// The attribute to put before it, if any.
    pub(crate) fn attribute(&self) -> Option<String> {
        match self {
            Presence::Under(predicate) => Some(format!("#[cfg({predicate})]")),
            Presence::Always | Presence::Never => None,
        }
    }
}

impl Options {
    /// What a condition leaves.
    pub(crate) fn presence(&self, cond: Option<&IfCond>) -> Presence {
        match (cond, &self.conditions) {
            (None, _) | (_, Conditions::All) => Presence::Always,
            (Some(cond), Conditions::Defined(symbols)) => {
                if cond.holds(&|symbol| symbols.contains(symbol)) {
                    Presence::Always
                } else {
                    Presence::Never
                }
            }
            (Some(cond), Conditions::Features | Conditions::Cfg) => {
                Presence::Under(self.predicate(cond))
            }
        }
    }

    /// What a condition and the feature `unstable` leave.
    pub(crate) fn presence_with(&self, cond: Option<&IfCond>, features: &[Feature]) -> Presence {
        let presence = self.presence(cond);
        match &self.unstable_feature {
            Some(feature) if self.has_feature(features, "unstable") => {
                presence.and(Presence::Under(format!("feature = \"{feature}\"")))
            }
            _ => presence,
        }
    }

    /// Whether the feature `name` is there, under whatever condition.
    pub(crate) fn has_feature(&self, features: &[Feature], name: &str) -> bool {
        features
            .iter()
            .any(|feature| feature.name == name && !self.presence(feature.cond.as_ref()).is_never())
    }

    /// A condition as a predicate of `cfg`.
    fn predicate(&self, cond: &IfCond) -> String {
        let list = |conds: &[IfCond]| {
            conds.iter().map(|cond| self.predicate(cond)).collect::<Vec<_>>().join(", ")
        };
        match cond {
            IfCond::Symbol(symbol) if self.conditions == Conditions::Features => {
                format!("feature = \"{symbol}\"")
            }
            IfCond::Symbol(symbol) => symbol.clone(),
            IfCond::All(conds) => format!("all({})", list(conds)),
            IfCond::Any(conds) => format!("any({})", list(conds)),
            IfCond::Not(cond) => format!("not({})", self.predicate(cond)),
        }
    }

    /// What rustc has to be told so that it expects the `cfg`s of these symbols: the values of
    /// `--check-cfg`, cargo's `cargo::rustc-check-cfg`.
    pub(crate) fn check_cfg(&self, symbols: &[&str]) -> Vec<String> {
        let feature = |name: &str| format!("cfg(feature, values(\"{name}\"))");
        let conditions = symbols.iter().filter_map(|symbol| match self.conditions {
            Conditions::Features => Some(feature(symbol)),
            Conditions::Cfg => Some(format!("cfg({symbol})")),
            Conditions::All | Conditions::Defined(_) => None,
        });
        conditions.chain(self.unstable_feature.as_deref().map(feature)).collect()
    }
}

/// A condition as people read it.
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

/// Every symbol that a condition of the schema names.
pub(crate) fn symbols(schema: &Schema) -> Vec<&str> {
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
