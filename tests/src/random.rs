//! Random valid schemas, the same for the same seed: every kind of definition, with conditions,
//! features, documentation, pragmas and includes.
//!
//! Validity comes from a few rules. Members have names of their own, so that none clash. Bases and
//! branches are defined before, so that no object contains itself; members may have any type.

use std::fmt::Write;
use std::io;
use std::path::Path;

use fastrand::Rng;
use qapi_parser::loader::Root;
use qapi_parser::{Checked, Error, Options, parse_sources};

/// The symbols of conditions.
pub const SYMBOLS: [&str; 5] =
    ["CONFIG_ALPHA", "CONFIG_BETA", "CONFIG_GAMMA", "HAVE_DELTA", "TARGET_EPSILON"];

const BUILTINS: [&str; 15] = [
    "str", "number", "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
    "uint64", "size", "bool", "null", "any",
];

/// A valid schema.
#[derive(Debug, Default)]
pub struct RandomSchema {
    /// Name and text of each file, the root first.
    pub files: Vec<(String, String)>,
    /// The enums, in the order of definition.
    pub enums: Vec<String>,
    /// The structs.
    pub structs: Vec<String>,
    /// The unions.
    pub unions: Vec<String>,
    /// The alternates.
    pub alternates: Vec<String>,
    /// The commands.
    pub commands: Vec<String>,
    /// The events.
    pub events: Vec<String>,
}

impl RandomSchema {
    /// Generates the schema of a seed.
    pub fn new(seed: u64) -> RandomSchema {
        Generator::new(seed).schema()
    }

    /// Parses and checks the schema.
    pub fn parse(&self) -> Result<Checked, Error> {
        self.parse_with("")
    }

    /// Parses and checks the schema with text added at the end of the root file.
    pub fn parse_with(&self, addition: &str) -> Result<Checked, Error> {
        let files = |path: &Path| {
            let name = path.to_string_lossy();
            let file = self.files.iter().find(|(known, _)| *known == name);
            let (_, text) = file.ok_or(io::ErrorKind::NotFound)?;
            Ok(text.clone().into_bytes())
        };
        let (name, text) = &self.files[0];
        let root = Root::Text { path: name.into(), bytes: format!("{text}{addition}").into() };
        parse_sources(&[root], &files, Options::default())
    }
}

/// An object type that can be a base, a branch or arguments.
struct ObjectType {
    name: String,
    is_union: bool,
    has_conditional_members: bool,
}

struct EnumType {
    name: String,
    /// Each value and its condition.
    values: Vec<(String, String)>,
}

/// Names and their description in documentation.
#[derive(Default)]
struct Described {
    members: Vec<String>,
    features: Vec<String>,
}

struct Generator {
    rng: Rng,
    /// The names of all types, including those to come.
    types: Vec<String>,
    enums: Vec<EnumType>,
    objects: Vec<ObjectType>,
    documented: bool,
    described: Described,
    members: usize,
    schema: RandomSchema,
}

impl Generator {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let documented = rng.bool();
        Generator {
            rng,
            types: Vec::new(),
            enums: Vec::new(),
            objects: Vec::new(),
            documented,
            described: Described::default(),
            members: 0,
            schema: RandomSchema::default(),
        }
    }

    fn schema(mut self) -> RandomSchema {
        let mut kinds: Vec<usize> =
            (0..self.rng.usize(4..24)).map(|_| self.rng.usize(0..6)).collect();
        // The first of each kind that others need.
        kinds.splice(0..0, [0, 1]);
        for (index, kind) in kinds.iter().enumerate() {
            let name = ["Enum", "Struct", "Union", "Alternate", "command", "EVENT"][*kind];
            match kind {
                0..=3 => self.types.push(format!("{name}{index}x")),
                _ => self.types.push(String::new()),
            }
        }
        let mut files = vec![String::new(); self.rng.usize(1..4)];
        let chunk = kinds.len().div_ceil(files.len());
        for (index, kind) in kinds.iter().enumerate() {
            let text = self.definition(*kind, index);
            let file = &mut files[index / chunk];
            if self.rng.usize(0..4) == 0 {
                _ = writeln!(file, "# A comment with 'quotes' and {{ brackets.\n");
            }
            *file += &text;
        }
        self.assemble(files)
    }

    /// Makes the last of `files` the root, which includes the others.
    fn assemble(mut self, mut files: Vec<String>) -> RandomSchema {
        let mut root = String::new();
        let exceptions: Vec<String> =
            self.schema.commands.iter().map(|name| format!("'{name}'")).collect();
        _ = writeln!(
            root,
            "{{ 'pragma': {{ 'doc-required': {}, 'command-returns-exceptions': [ {} ] }} }}\n",
            self.documented,
            exceptions.join(", ")
        );
        let body = files.pop().unwrap_or_default();
        for (index, text) in files.into_iter().enumerate() {
            let name = format!("part-{index}.json");
            for _ in 0..self.rng.usize(1..3) {
                _ = writeln!(root, "{{ 'include': '{name}' }}");
            }
            self.schema.files.push((name, text));
        }
        self.schema.files.insert(0, ("root.json".to_owned(), root + &body));
        self.schema
    }

    fn definition(&mut self, kind: usize, index: usize) -> String {
        self.described = Described::default();
        let (meta, name, keys) = match kind {
            0 => self.enum_(index),
            1 => self.struct_(index),
            2 => self.union(index),
            3 => self.alternate(index),
            4 => self.command(index),
            _ => self.event(index),
        };
        let cond = self.cond_key();
        let features = self.features_key(kind > 3);
        let doc = self.doc(&name, kind == 4 && keys.contains("'returns'"));
        format!("{doc}{{ '{meta}': '{name}'{keys}{cond}{features} }}\n\n")
    }

    /// Documents all parts of a definition, if the schema is documented.
    fn doc(&mut self, name: &str, returns: bool) -> String {
        if !self.documented {
            return String::new();
        }
        let mut doc = format!("##\n# @{name}:\n#\n# The *brief* of {name}.\n#\n");
        for member in &self.described.members {
            let text = ["some `text`", "two\n#     lines", "a list:\n#\n#     - one\n#     - two"];
            _ = writeln!(doc, "# @{member}: {}\n#", text[self.rng.usize(0..text.len())]);
        }
        if !self.described.features.is_empty() {
            doc += "# Features:\n#\n";
            for feature in &self.described.features {
                _ = writeln!(doc, "# @{feature}: It has {feature}.\n#");
            }
        }
        if returns {
            doc += "# Returns: what it found\n#\n";
        }
        doc + "# Since: 1.0\n##\n"
    }

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
    fn cond_key(&mut self) -> String {
        match self.rng.usize(0..4) {
            0 => format!(", 'if': {}", self.cond(3)),
            _ => String::new(),
        }
    }

    /// Writes `, 'features': ...` or nothing; not every definition may have `special` ones.
    fn features_key(&mut self, special: bool) -> String {
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
    fn any_type(&mut self) -> String {
        let index = self.rng.usize(0..self.types.len() + BUILTINS.len());
        match self.types.get(index) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => BUILTINS[self.rng.usize(0..BUILTINS.len())].to_owned(),
        }
    }

    fn type_ref(&mut self) -> String {
        let name = self.any_type();
        match self.rng.usize(0..4) {
            0 => format!("[ '{name}' ]"),
            _ => format!("'{name}'"),
        }
    }

    fn member_name(&mut self) -> String {
        self.members += 1;
        let word = ["type", "a-b", "x-self", "fn", "n", "raw", "crate"][self.rng.usize(0..7)];
        format!("{word}-{}", self.members)
    }

    /// Writes members between braces, after `first`. Returns true if one has a condition.
    fn members(&mut self, first: Option<String>, conditional: bool) -> (String, bool) {
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

    fn enum_(&mut self, index: usize) -> (&'static str, String, String) {
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

    fn struct_(&mut self, index: usize) -> (&'static str, String, String) {
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

    fn union(&mut self, index: usize) -> (&'static str, String, String) {
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

    fn alternate(&mut self, index: usize) -> (&'static str, String, String) {
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

    fn command(&mut self, index: usize) -> (&'static str, String, String) {
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

    fn event(&mut self, index: usize) -> (&'static str, String, String) {
        let name = format!("{}_{index}", ["DONE", "JOB_STATE", "X_MATCH"][self.rng.usize(0..3)]);
        let keys = self.data();
        self.schema.events.push(name.clone());
        ("event", name, keys)
    }
}
