//! Random valid schemas, the same for the same seed: every kind of definition, with conditions,
//! features, documentation, pragmas and includes.
//!
//! Validity comes from a few rules. Members have names of their own, so that none clash. Bases and
//! branches are defined before, so that no object contains itself; members may have any type.

mod definitions;
mod parts;

use std::fmt::Write;
use std::io;
use std::path::Path;

use fastrand::Rng;
use qapi_parser::loader::Root;
use qapi_parser::{Checked, Error, Options, parse_sources};

/// The symbols of conditions.
pub const SYMBOLS: [&str; 5] =
    ["CONFIG_ALPHA", "CONFIG_BETA", "CONFIG_GAMMA", "HAVE_DELTA", "TARGET_EPSILON"];

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
}
