//! The order of the engine's layers: a file imports from its own folder and from lower layers, and
//! no import cycle joins files of different folders.
//!
//! Imports are the `use` items and the paths of a file, without its unit tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The layers, top first: files and folders of `src/`. Those of one line may import each other.
const LAYERS: &[&[&str]] = &[
    // The built-in guests use the lower layers, and only tests and programs use them.
    &["guests"],
    &["commands", "snapshot"],
    &["engine"],
    &["source", "destination"],
    &["core"],
    &[
        "devices",
        "dirty_log",
        "held_ram",
        "dirty_rate",
        "dirty_limit",
        "stats",
        "objects",
        "bitmaps",
    ],
    &["guest"],
    &["settings", "state", "block", "generation"],
    &["transport", "lifetime"],
    &["sys", "workers", "unwind", "sync", "trace", "page", "page_set", "size"],
];

/// A module's path from the crate's root. The root is empty.
type ModulePath = Vec<String>;

/// The modules of a crate, each with its tokens.
#[derive(Default)]
struct Modules(BTreeMap<ModulePath, TokenStream>);

/// The imports: from each module to the modules that it names.
type Imports = BTreeMap<ModulePath, BTreeSet<ModulePath>>;

impl Modules {
    /// Reads a module and those that it declares. `file` is its file, and `read` returns the text
    /// of a file. A module with several files, one for each feature, has the tokens of all.
    fn add(&mut self, path: ModulePath, file: &Path, read: &dyn Fn(&Path) -> Option<String>) {
        let Some(text) = read(file) else { return };
        let tokens = without_tests(text.parse().expect("a file has balanced tokens"));
        let declared = declared(&tokens);
        self.0.entry(path.clone()).or_default().extend(tokens);
        let folder = file.parent().expect("a file is in a folder");
        let is_folders = ["lib.rs", "mod.rs"].iter().any(|name| file.ends_with(name));
        let children = if is_folders { folder.to_owned() } else { file.with_extension("") };
        for Declared { name, files } in declared {
            let path = [path.clone(), vec![name.clone()]].concat();
            let usual = [format!("{name}.rs"), format!("{name}/mod.rs")];
            for file in usual.iter().map(|file| children.join(file)) {
                self.add(path.clone(), &file, read);
            }
            for file in files {
                self.add(path.clone(), &folder.join(file), read);
            }
        }
    }

    fn imports(&self) -> Imports {
        let imports = self.0.iter().filter(|(path, _)| !path.is_empty()).map(|(path, tokens)| {
            let mut named = BTreeSet::new();
            let mut visit = |segments: &[String]| named.extend(self.resolve(path, segments));
            paths(tokens.clone(), &[], &mut visit);
            named.remove(path);
            (path.clone(), named)
        });
        imports.collect()
    }

    /// Returns the module that a path in `module` names, or that holds the item that it names.
    /// Returns `None` for paths to other crates and to the root.
    fn resolve(&self, module: &[String], segments: &[String]) -> Option<ModulePath> {
        let mut at = module.to_vec();
        let mut rest = segments.iter().peekable();
        match segments.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {}
            child if self.0.contains_key(&[module, &[child.to_owned()]].concat()) => {}
            _ => return None,
        }
        while let Some(segment) =
            rest.next_if(|name| ["crate", "self", "super"].contains(&&***name))
        {
            if segment == "super" {
                at.pop()?;
            }
        }
        for segment in rest {
            at.push(segment.clone());
            if !self.0.contains_key(&at) {
                at.pop();
                break;
            }
        }
        (!at.is_empty()).then_some(at)
    }
}

/// Removes items that only unit tests have.
fn without_tests(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match (&token, rest.peek()) {
            (TokenTree::Punct(hash), Some(TokenTree::Group(attribute)))
                if hash.as_char() == '#' && is_for_tests(attribute) =>
            {
                // The item ends with its body or its semicolon.
                rest.find(|token| match token {
                    TokenTree::Punct(end) => end.as_char() == ';',
                    TokenTree::Group(body) => body.delimiter() == Delimiter::Brace,
                    _ => false,
                });
            }
            (TokenTree::Group(group), _) => {
                let inner = without_tests(group.stream());
                kept.push(TokenTree::Group(Group::new(group.delimiter(), inner)));
            }
            _ => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

/// Returns true for `[cfg(test)]` and `[cfg(all(test, ...))]`.
fn is_for_tests(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().split_whitespace().collect();
    text == "cfg(test)" || text.starts_with("cfg(all(test,")
}

/// A module that a file declares.
struct Declared {
    name: String,
    /// The files in its `path` attributes, with a condition or without.
    files: Vec<String>,
}

/// Lists the modules that a file declares.
fn declared(tokens: &TokenStream) -> Vec<Declared> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (mut all, mut files) = (Vec::new(), Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(attribute) if attribute.delimiter() == Delimiter::Bracket => {
                files.extend(path_of(attribute.stream()));
            }
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => files.clear(),
            TokenTree::Punct(end) if end.as_char() == ';' => {
                let files = std::mem::take(&mut files);
                if let [.., TokenTree::Ident(keyword), TokenTree::Ident(name)] = &tokens[..index]
                    && keyword == "mod"
                {
                    all.push(Declared { name: name.to_string(), files });
                }
            }
            _ => {}
        }
    }
    all
}

/// Returns the file of a `path` attribute, also within a `cfg_attr`.
fn path_of(attribute: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let here = tokens.windows(3).find_map(|item| match item {
        [TokenTree::Ident(path), TokenTree::Punct(_), TokenTree::Literal(file)]
            if path == "path" =>
        {
            Some(file.to_string().trim_matches('"').to_owned())
        }
        _ => None,
    });
    here.or_else(|| {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(inner) => path_of(inner.stream()),
            _ => None,
        })
    })
}

/// Calls `visit` for each path. `prefix` is the path before a group of a `use` item.
fn paths(tokens: TokenStream, prefix: &[String], visit: &mut dyn FnMut(&[String])) {
    let mut path: Vec<String> = prefix.to_vec();
    let (mut colons, mut after_pub) = (0, false);
    let mut end = |path: &mut Vec<String>| {
        if path.len() > prefix.len() {
            visit(path);
        }
        path.truncate(prefix.len());
    };
    let mut groups = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    end(&mut path);
                }
                after_pub = name == "pub";
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                let names = group.delimiter() == Delimiter::Brace && colons == 2;
                let prefix = if names { path.clone() } else { Vec::new() };
                // The path in a `pub(in path)` is no import.
                if !(after_pub && group.delimiter() == Delimiter::Parenthesis) {
                    groups.push((group.stream(), prefix));
                }
                end(&mut path);
                (colons, after_pub) = (0, false);
            }
            _ => {
                end(&mut path);
                (colons, after_pub) = (0, false);
            }
        }
    }
    end(&mut path);
    for (stream, prefix) in groups {
        paths(stream, &prefix, visit);
    }
}

/// Lists what the rules forbid.
fn faults(imports: &Imports, layers: &[&[&str]]) -> String {
    let mut faults = String::new();
    let layer =
        |module: &ModulePath| layers.iter().position(|layer| layer.contains(&module[0].as_str()));
    for (from, named) in imports {
        if layer(from).is_none() {
            writeln!(faults, "{} is in no layer", from.join("::")).unwrap();
        }
        for to in named.iter().filter(|to| to[0] != from[0]) {
            if layer(to) < layer(from) {
                writeln!(faults, "{} imports {} above it", from.join("::"), to.join("::")).unwrap();
            }
        }
    }
    for cycle in cycles(imports) {
        let folders: BTreeSet<&String> = cycle.iter().map(|module| &module[0]).collect();
        if folders.len() > 1 {
            let names: Vec<String> = cycle.iter().map(|module| module.join("::")).collect();
            writeln!(faults, "cycle of {}", names.join(", ")).unwrap();
        }
    }
    faults
}

/// Returns the sets of modules that import each other, directly or through others.
fn cycles(imports: &Imports) -> BTreeSet<BTreeSet<&ModulePath>> {
    let reached = |start| {
        let mut reached = BTreeSet::new();
        let mut open = vec![start];
        while let Some(module) = open.pop() {
            open.extend(imports.get(module).into_iter().flatten().filter(|to| reached.insert(*to)));
        }
        reached
    };
    let all: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
        imports.keys().map(|module| (module, reached(module))).collect();
    let cycle = |module: &&ModulePath| -> BTreeSet<&ModulePath> {
        let mutual =
            all[*module].iter().filter(|to| all.get(*to).is_some_and(|r| r.contains(*module)));
        mutual.copied().collect()
    };
    all.keys().map(cycle).filter(|cycle| cycle.len() > 1).collect()
}

#[test]
fn each_layer_knows_only_those_below() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Modules::default();
    modules.add(Vec::new(), &src.join("lib.rs"), &|file| std::fs::read_to_string(file).ok());
    let imports = modules.imports();
    // A parser that finds nothing would find no fault either.
    let core = vec!["core".to_owned()];
    assert!(imports[&core].contains(&vec!["core".to_owned(), "jobs".to_owned()]), "{imports:?}");
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > imports.len());
    // An import of core/no_colo.rs, which core/colo.rs does not have.
    let colo = ["core", "colo"].map(str::to_owned).to_vec();
    assert!(imports[&colo].contains(&vec!["settings".to_owned()]), "{imports:?}");
    assert_eq!(faults(&imports, LAYERS), "");
}

/// Returns the faults of a made-up crate of the layers `top`, `middle` and `low`, and `bottom`. Its
/// files are named by the paths of their modules.
fn made_up(files: &[(&str, &str)]) -> String {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let mut modules = Modules::default();
    modules.add(Vec::new(), Path::new("lib.rs"), &|file| {
        let name = file.with_extension("").to_str().unwrap().replace('/', "::");
        let name = if name == "lib" { "" } else { &name };
        files.get(name).map(|text| (*text).to_owned())
    });
    faults(&modules.imports(), &[&["top"], &["middle", "low"], &["bottom"]])
}

#[test]
fn an_import_of_a_higher_layer_is_a_fault() {
    let root = "mod top; mod middle; mod bottom;";
    for (text, fault) in [
        ("use crate::middle::Thing;", "bottom imports middle above it\n"),
        ("use std::{fmt}; use crate::{middle::{self, Thing}};", "bottom imports middle above it\n"),
        ("use super::{middle::deep::Thing as _, Other};", "bottom imports middle::deep above it\n"),
        ("fn f() { g(|| crate::top::f::<u8>()) }", "bottom imports top above it\n"),
        ("struct S(Vec<super::top::Item>);", "bottom imports top above it\n"),
        ("pub use super::middle::Thing;", "bottom imports middle above it\n"),
        ("use self::super::top as other;", "bottom imports top above it\n"),
        ("vec![<u8 as crate::top::Item>::new()]", "bottom imports top above it\n"),
        ("macro_rules! m { () => { $crate::top::f() } }", "bottom imports top above it\n"),
        ("pub(super) fn f(_: &dyn crate::middle::Item) {}", "bottom imports middle above it\n"),
        ("#[cfg(test)] mod tests { use crate::top::Item; }", ""),
        ("#[cfg(test)]\nuse crate::top::Item; use std::io;", ""),
        ("pub(in crate::bottom) fn f() {} /// [`crate::top`]\nuse other::top;", ""),
    ] {
        let files = [
            ("", root),
            ("top", "use crate::middle::Thing;"),
            ("middle", "mod deep; pub struct Thing;"),
            ("middle::deep", "pub struct Thing;"),
            ("bottom", text),
        ];
        assert_eq!(made_up(&files), fault, "{text}");
    }
}

#[test]
fn files_of_path_attributes_are_read() {
    for (root, fault) in [
        ("#[path = \"odd/other.rs\"] mod bottom;", "bottom imports top above it\n"),
        (
            "#[cfg_attr(not(a), path = \"odd/other.rs\")] pub mod bottom;",
            "bottom imports top above it\n",
        ),
        ("#[path = \"odd/other.rs\"] struct S; mod bottom;", ""),
        ("#[path = \"odd/other.rs\"] fn f() {} mod bottom;", ""),
        ("#[cfg(test)] #[path = \"odd/other.rs\"] mod bottom;", ""),
    ] {
        let files = [
            ("", &*format!("mod top; {root}")),
            ("top", ""),
            ("bottom", "fn f() {}"),
            ("odd::other", "use crate::top::Item;"),
        ];
        assert_eq!(made_up(&files), fault, "{root}");
    }
}

#[test]
fn a_cycle_that_joins_folders_is_a_fault() {
    let root = "mod middle; mod low;";
    let within = [("middle", "mod a; pub use a::A;"), ("middle::a", "use super::B;")];
    let files = [&[("", root), ("low", "")], &within[..]].concat();
    assert_eq!(made_up(&files), "");
    let files = [&[("", root), ("low", "use crate::middle::a;")], &within[..]].concat();
    assert_eq!(made_up(&files), "");
    let across = [("middle", "mod a; pub use a::A;"), ("middle::a", "use crate::low::B;")];
    let files = [&[("", root), ("low", "fn f() { crate::middle::f() }")], &across[..]].concat();
    assert_eq!(made_up(&files), "cycle of low, middle, middle::a\n");
    assert_eq!(made_up(&[("", "mod odd;"), ("odd", "")]), "odd is in no layer\n");
}
