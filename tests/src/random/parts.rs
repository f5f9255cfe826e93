//! Random parts of definitions: conditions, features, types and members.

use super::{Generator, SYMBOLS};

const BUILTINS: [&str; 15] = [
    "str", "number", "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "size", "bool", "null", "any",
];

impl Generator {
    fn cond(&mut self, depth: usize) -> String {
        let choice = if depth == 0 { 0 } else { self.rng.usize(0..6) };
        let mut list = |all: &str| {
            let conds: Vec<String> =
                (0..self.rng.usize(1..4)).map(|_| self.cond(depth - 1)).collect();
            format!("{{ '{all}': [ {} ] }}", conds.join(", "))
        };
        match choice {
            0..=2 => format!("'{}'", SYMBOLS[self.rng.usize(0..SYMBOLS.len())]),
            3 => list("all"),
            4 => list("any"),
            _ => format!("{{ 'not': {} }}", self.cond(depth - 1)),
        }
    }

    /// Writes `, 'if': ...` or nothing.
    pub(super) fn cond_key(&mut self) -> String {
        match self.rng.usize(0..4) {
            0 => format!(", 'if': {}", self.cond(3)),
            _ => String::new(),
        }
    }

    /// Writes `, 'features': ...` or nothing; not every definition may have `special` ones.
    pub(super) fn features_key(&mut self, special: bool) -> String {
        if self.rng.usize(0..4) != 0 {
            return String::new();
        }
        let names = ["deprecated", "unstable", "json-cli", "f-4", "dynamic", "self"];
        let mut features = Vec::new();
        for name in &names[if special { 0 } else { 2 }..] {
            if self.rng.bool() {
                let cond = self.cond_key();
                features.push(match cond.is_empty() {
                    true => format!("'{name}'"),
                    false => format!("{{ 'name': '{name}'{cond} }}"),
                });
                if !self.described.features.iter().any(|known| known == name) {
                    self.described.features.push((*name).to_owned());
                }
            }
        }
        format!(", 'features': [ {} ]", features.join(", "))
    }

    /// Returns the name of any type.
    pub(super) fn any_type(&mut self) -> String {
        let index = self.rng.usize(0..self.types.len() + BUILTINS.len());
        match self.types.get(index) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => BUILTINS[self.rng.usize(0..BUILTINS.len())].to_owned(),
        }
    }

    pub(super) fn type_ref(&mut self) -> String {
        let name = self.any_type();
        match self.rng.usize(0..4) {
            0 => format!("[ '{name}' ]"),
            _ => format!("'{name}'"),
        }
    }

    pub(super) fn member_name(&mut self) -> String {
        self.members += 1;
        let word = ["type", "a-b", "x-self", "fn", "n", "raw", "crate"][self.rng.usize(0..7)];
        format!("{word}-{}", self.members)
    }

    /// Writes members between braces, after `first`. Returns true if one has a condition.
    pub(super) fn members(&mut self, first: Option<String>, conditional: bool) -> (String, bool) {
        let mut members: Vec<String> = first.into_iter().collect();
        let mut any_conditional = false;
        for _ in 0..self.rng.usize(0..5) {
            let name = self.member_name();
            let star = ["", "*"][self.rng.usize(0..2)];
            let ty = self.type_ref();
            let cond = if conditional { self.cond_key() } else { String::new() };
            let features = self.features_key(true);
            any_conditional |= !cond.is_empty();
            members.push(match cond.is_empty() && features.is_empty() {
                true => format!("'{star}{name}': {ty}"),
                false => format!("'{star}{name}': {{ 'type': {ty}{cond}{features} }}"),
            });
            self.described.members.push(name);
        }
        (format!("{{ {} }}", members.join(", ")), any_conditional)
    }
}
