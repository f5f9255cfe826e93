//! The files of a crate import each other in one direction: no chain of imports leads back to the
//! file it starts from. A re-export alone is no import: an import of the re-exported name leads to
//! the file that defines it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree, Visibility};

/// The root files of the crates.
const ROOTS: [&str; 10] = [
    "migration-api/src/lib.rs",
    "migration-api/programs/src/bin/migration-engine/main.rs",
    "migration-api/programs/src/bin/qapi-migrate/main.rs",
    "qapi-parser/src/lib.rs",
    "qapi-codegen/src/lib.rs",
    "qapi-macros/src/lib.rs",
    "qapi/src/lib.rs",
    "qapi-cli/src/lib.rs",
    "qapi-cli/src/main.rs",
    "qemu-stream/src/lib.rs",
];

/// A path in a crate, by its segments.
type Segments = Vec<String>;

/// A module's names, those of child modules left out.
#[derive(Default)]
struct Module {
    file: PathBuf,
    defined: BTreeSet<String>,
    /// The path behind each name that a `use` brings in.
    aliases: BTreeMap<String, Segments>,
    /// The modules of `use path::*`.
    globs: Vec<Segments>,
    /// The paths that the code names.
    used: Vec<Segments>,
}

/// The modules of a crate by their paths.
#[derive(Default)]
struct Crate {
    modules: BTreeMap<Segments, Module>,
}

impl Crate {
    fn read(root: &Path) -> Crate {
        let mut modules = Crate::default();
        modules.read_file(root, root.parent().unwrap(), Vec::new());
        modules
    }

    /// Reads a module's file; those of its child modules are in `folder`.
    fn read_file(&mut self, file: &Path, folder: &Path, path: Segments) {
        let syntax = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
        self.add(file, folder, path, syntax.items);
    }

    fn add(&mut self, file: &Path, folder: &Path, path: Segments, items: Vec<Item>) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        let mut code = TokenStream::new();
        let mut imports = Vec::new();
        for item in items {
            match item {
                Item::Mod(child) if is_test(&child.attrs) => {}
                Item::Mod(child) => {
                    let name = child.ident.to_string();
                    let path = [&path[..], std::slice::from_ref(&name)].concat();
                    let inner = folder.join(&name);
                    let flat = folder.join(format!("{name}.rs"));
                    match child.content {
                        Some((_, items)) => self.add(file, &inner, path, items),
                        None if flat.exists() => self.read_file(&flat, &inner, path),
                        None => self.read_file(&inner.join("mod.rs"), &inner, path),
                    }
                }
                Item::Use(import) if import.leading_colon.is_none() => {
                    let is_private = matches!(import.vis, Visibility::Inherited);
                    leaves(&import.tree, Vec::new(), &mut |name, path| {
                        if is_private {
                            imports.push(path.clone());
                        }
                        match name {
                            Some(name) => drop(module.aliases.insert(name, path)),
                            None => module.globs.push(path),
                        }
                    });
                }
                item => {
                    match &item {
                        // Any of its identifiers may be a name that it defines.
                        Item::Macro(item) if item.ident.is_none() => {
                            let mut words = Vec::new();
                            paths(item.mac.tokens.clone(), &mut words);
                            module.defined.extend(words.into_iter().flatten());
                        }
                        item => module.defined.extend(name(item)),
                    }
                    item.to_tokens(&mut code);
                }
            }
        }
        module.used = imports;
        paths(code, &mut module.used);
        self.modules.insert(path, module);
    }

    /// Finds the file that defines what `path` names in `module`.
    fn file(&self, module: &[String], path: &[String], depth: usize) -> Option<&Path> {
        let (first, rest) = path.split_first()?;
        let within = |start: &[String], rest| self.file(start, rest, depth);
        match first.as_str() {
            _ if depth > 8 => return None,
            "crate" => return within(&[], rest),
            "self" => return within(module, rest),
            "super" => return within(module.split_last()?.1, rest),
            _ => {}
        }
        let child = [module, std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) {
            return within(&child, rest);
        }
        let here = self.modules.get(module)?;
        if here.defined.contains(first) {
            return Some(&here.file);
        }
        if let Some(alias) = here.aliases.get(first) {
            return self.file(module, &[alias, rest].concat(), depth + 1);
        }
        here.globs.iter().find_map(|glob| self.file(module, &[glob, path].concat(), depth + 1))
    }

    /// Returns the files that each file imports.
    fn imports(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let mut imports: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (path, module) in &self.modules {
            let files = module.used.iter().filter_map(|used| self.file(path, used, 0));
            imports
                .entry(&module.file)
                .or_default()
                .extend(files.filter(|file| *file != module.file));
        }
        imports
    }
}

/// Returns true for `#[cfg(test)]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    })
}

/// Calls `leaf` with each name that a `use` brings in, none for `*`, and with its path.
fn leaves(tree: &UseTree, mut path: Segments, leaf: &mut impl FnMut(Option<String>, Segments)) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            leaves(&tree.tree, path, leaf);
        }
        UseTree::Name(tree) if tree.ident == "self" => leaf(path.last().cloned(), path),
        UseTree::Name(tree) => {
            path.push(tree.ident.to_string());
            leaf(path.last().cloned(), path);
        }
        UseTree::Rename(tree) => {
            path.push(tree.ident.to_string());
            leaf(Some(tree.rename.to_string()), path);
        }
        UseTree::Glob(_) => leaf(None, path),
        UseTree::Group(tree) => {
            tree.items.iter().for_each(|tree| leaves(tree, path.clone(), leaf));
        }
    }
}

/// Returns the name that an item defines.
fn name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// Adds the paths in `code`: identifiers with `::` between them.
fn paths(code: TokenStream, found: &mut Vec<Segments>) {
    let mut path = Segments::new();
    let mut colons = 0;
    for token in code {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    found.extend(Some(std::mem::take(&mut path)).filter(|path| !path.is_empty()));
                }
                path.push(ident.to_string());
                colons = 0;
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                paths(group.stream(), found);
                colons = 0;
            }
            _ => colons = 0,
        }
    }
    found.extend(Some(path).filter(|path| !path.is_empty()));
}

/// Finds a chain of imports that leads back to its first file.
fn cycle<'a>(mut imports: BTreeMap<&'a Path, BTreeSet<&'a Path>>) -> Option<Vec<&'a Path>> {
    while let Some(last) = imports.iter().find(|(_, to)| to.is_empty()).map(|(file, _)| *file) {
        imports.remove(last);
        imports.values_mut().for_each(|to| to.retain(|file| *file != last));
    }
    let mut chain = vec![*imports.keys().next()?];
    loop {
        let next = *imports[chain[chain.len() - 1]].first()?;
        if let Some(start) = chain.iter().position(|file| *file == next) {
            return Some(chain.split_off(start));
        }
        chain.push(next);
    }
}

#[test]
fn no_file_imports_itself_by_way_of_others() {
    for root in ROOTS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(root);
        assert_eq!(cycle(Crate::read(&root).imports()), None);
    }
}

#[test]
fn finds_a_cycle_by_way_of_a_re_export() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("lib.rs", "mod a; mod b; mod c; pub use b::{B, f};");
    file("a.rs", "use crate::B; pub struct A(B);");
    file("b.rs", "use crate::c; pub struct B; pub fn f() { c::g(); }");
    file("c.rs", "pub fn g() {}");
    let imports = || {
        let modules = Crate::read(&folder.path().join("lib.rs"));
        let found = cycle(modules.imports()).unwrap_or_default().into_iter();
        found.map(|file| file.file_name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(imports().is_empty());
    file("c.rs", "use super::f; pub fn g() { f(); }");
    assert_eq!(imports(), ["b.rs", "c.rs"]);
    file("c.rs", "pub fn g() { crate::a::A::new(); }");
    assert_eq!(imports(), ["a.rs", "b.rs", "c.rs"]);
}
