//! Random definitions of each kind: the keyword, the name, and the other keys.

use std::fmt::Write;

use super::{EnumType, Generator, ObjectType};

impl Generator {
    pub(super) fn enum_(&mut self, index: usize) -> (&'static str, String, String) {
        let name = self.types[index].clone();
        let mut values = Vec::new();
        let mut texts = Vec::new();
        for number in 0..self.rng.usize(1..6) {
            let word = ["on-", "2d-", "a", "match", "self", "x-"][self.rng.usize(0..6)];
            let value = format!("{word}{number}");
            let (cond, features) = (self.cond_key(), self.features_key(true));
            texts.push(match cond.is_empty() && features.is_empty() {
                true => format!("'{value}'"),
                false => format!("{{ 'name': '{value}'{cond}{features} }}"),
            });
            self.described.members.push(value.clone());
            values.push((value, cond));
        }
        let prefix = ["", ", 'prefix': 'PRE_FIX'"][usize::from(self.rng.usize(0..8) == 0)];
        let keys = format!(", 'data': [ {} ]{prefix}", texts.join(", "));
        self.enums.push(EnumType { name: name.clone(), values });
        self.schema.enums.push(name.clone());
        ("enum", name, keys)
    }

    pub(super) fn struct_(&mut self, index: usize) -> (&'static str, String, String) {
        let name = self.types[index].clone();
        let (data, mut has_conditional_members) = self.members(None, true);
        let mut keys = format!(", 'data': {data}");
        let bases: Vec<&ObjectType> = self.objects.iter().filter(|ty| !ty.is_union).collect();
        if !bases.is_empty() && self.rng.bool() {
            let base = bases[self.rng.usize(0..bases.len())];
            has_conditional_members |= base.has_conditional_members;
            _ = write!(keys, ", 'base': '{}'", base.name);
        }
        self.objects.push(ObjectType {
            name: name.clone(),
            is_union: false,
            has_conditional_members,
        });
        self.schema.structs.push(name.clone());
        ("struct", name, keys)
    }

    pub(super) fn union(&mut self, index: usize) -> (&'static str, String, String) {
        let name = self.types[index].clone();
        let at = self.rng.usize(0..self.enums.len());
        let tag_type = self.enums[at].name.clone();
        let values = self.enums[at].values.clone();
        let tag = self.member_name();
        self.described.members.push(tag.clone());
        let (base, has_conditional_members) =
            self.members(Some(format!("'{tag}': '{tag_type}'")), true);
        let mut branches = Vec::new();
        // Two branches may have the same type.
        for (value, value_cond) in values {
            if self.rng.bool() {
                let ty = self.objects[self.rng.usize(0..self.objects.len())].name.clone();
                let cond = if self.rng.bool() { value_cond } else { self.cond_key() };
                branches.push(match cond.is_empty() {
                    true => format!("'{value}': '{ty}'"),
                    false => format!("'{value}': {{ 'type': '{ty}'{cond} }}"),
                });
            }
        }
        let keys = format!(
            ", 'base': {base}, 'discriminator': '{tag}', 'data': {{ {} }}",
            branches.join(", ")
        );
        self.objects.push(ObjectType {
            name: name.clone(),
            is_union: true,
            has_conditional_members,
        });
        self.schema.unions.push(name.clone());
        ("union", name, keys)
    }

    pub(super) fn alternate(&mut self, index: usize) -> (&'static str, String, String) {
        let name = self.types[index].clone();
        let object = self.objects[self.rng.usize(0..self.objects.len())].name.clone();
        let element = self.any_type();
        // A string could be taken for a number or bool.
        let scalars: &[&str] = match self.rng.bool() {
            true => &["'str'"],
            false => &["'bool'", "'int'"],
        };
        let mut types: Vec<String> = scalars.iter().map(|ty| (*ty).to_owned()).collect();
        types.extend(["'null'".to_owned(), format!("'{object}'"), format!("[ '{element}' ]")]);
        self.rng.shuffle(&mut types);
        types.truncate(self.rng.usize(1..=types.len()));
        let mut alternatives = Vec::new();
        for ty in types {
            let name = self.member_name();
            let cond = self.cond_key();
            alternatives.push(match cond.is_empty() {
                true => format!("'{name}': {ty}"),
                false => format!("'{name}': {{ 'type': {ty}{cond} }}"),
            });
            self.described.members.push(name);
        }
        self.schema.alternates.push(name.clone());
        ("alternate", name, format!(", 'data': {{ {} }}", alternatives.join(", ")))
    }

    /// Writes the `data` of a command or event, and `boxed`.
    fn data(&mut self) -> String {
        match self.rng.usize(0..4) {
            0 => String::new(),
            1 => {
                let ty = &self.objects[self.rng.usize(0..self.objects.len())];
                let boxed = ty.is_union || ty.has_conditional_members || self.rng.bool();
                let boxed = ["", ", 'boxed': true"][usize::from(boxed)];
                format!(", 'data': '{}'{boxed}", ty.name)
            }
            _ => format!(", 'data': {}", self.members(None, false).0),
        }
    }

    pub(super) fn command(&mut self, index: usize) -> (&'static str, String, String) {
        let name =
            format!("{}-{index}", ["run", "x-get", "match", "query-a"][self.rng.usize(0..4)]);
        let mut keys = self.data();
        if self.rng.bool() {
            _ = write!(keys, ", 'returns': {}", self.type_ref());
        }
        let flags = [
            "'gen': false",
            "'success-response': false",
            "'allow-preconfig': true",
            "'allow-oob': true",
            "'coroutine': true",
        ];
        let last = 3 + self.rng.usize(0..2);
        for flag in [0, 1, 2, last] {
            if self.rng.usize(0..6) == 0 {
                _ = write!(keys, ", {}", flags[flag]);
            }
        }
        self.schema.commands.push(name.clone());
        ("command", name, keys)
    }

    pub(super) fn event(&mut self, index: usize) -> (&'static str, String, String) {
        let name = format!("{}_{index}", ["DONE", "JOB_STATE", "X_MATCH"][self.rng.usize(0..3)]);
        let keys = self.data();
        self.schema.events.push(name.clone());
        ("event", name, keys)
    }
}
