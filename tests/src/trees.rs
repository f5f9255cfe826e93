//! The trees of QEMU's schemas in `QAPI_SHARED`, and the verdicts of their own front ends.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Root schemas of programs in a tree laid out like QEMU's.
pub const PROGRAM_ROOTS: [&str; 3] =
    ["qapi/qapi-schema.json", "qga/qapi-schema.json", "storage-daemon/qapi/qapi-schema.json"];

/// Root schemas of documents. QEMU's build does not check them: some releases refuse their own.
const DOCUMENT_ROOTS: [&str; 2] = ["docs/interop/firmware.json", "docs/interop/vhost-user.json"];

/// A release or a fork.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tree {
    /// Name of its folder, such as `qemu-8.2.0`.
    pub name: String,
    /// Path of its folder.
    pub path: PathBuf,
}

impl Tree {
    /// Opens the tree in a folder.
    pub fn new(path: PathBuf) -> Tree {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Tree { name, path }
    }

    /// Returns the version of QEMU that the tree is or derives from.
    ///
    /// # Panics
    /// If the tree has no `VERSION`, or it is not numbers between dots.
    pub fn version(&self) -> Vec<u32> {
        let path = self.path.join("VERSION");
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let number = |part: &str| {
            part.parse().unwrap_or_else(|_| panic!("{}: bad version {text:?}", path.display()))
        };
        text.trim().split('.').map(number).collect()
    }

    /// Returns the root schemas that the tree has.
    pub fn roots(&self) -> impl Iterator<Item = &'static str> {
        let roots = PROGRAM_ROOTS.into_iter().chain(DOCUMENT_ROOTS);
        roots.filter(|root| self.path.join(root).is_file())
    }

    /// Returns the folder of the tree's own front-end cases.
    pub fn suite(&self) -> PathBuf {
        self.path.join("tests/qapi-schema")
    }
}

/// Returns the trees in `corpus/` and `releases/` of `QAPI_SHARED`, sorted by name.
///
/// # Panics
/// If `QAPI_SHARED` is not set, or one of the folders cannot be read or has no tree.
pub fn trees() -> Vec<Tree> {
    let shared = crate::folder("QAPI_SHARED");
    let mut all = Vec::new();
    for folder in ["corpus", "releases"].map(|name| shared.join(name)) {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let paths = entries.map(|entry| entry.expect("a readable folder").path());
        let trees: Vec<Tree> =
            paths.filter(|path| path.join("VERSION").is_file()).map(Tree::new).collect();
        assert!(!trees.is_empty(), "{} has no tree", folder.display());
        all.extend(trees);
    }
    all.sort();
    all
}

/// Verdicts by tree and root schema: true if the tree's own front end accepts the root.
pub type Verdicts = BTreeMap<(String, String), bool>;

/// Reads `reference/VERDICTS.tsv` in `QAPI_SHARED`.
///
/// # Panics
/// If it cannot be read or a row has no verdict.
pub fn verdicts() -> Verdicts {
    let path = crate::folder("QAPI_SHARED").join("reference/VERDICTS.tsv");
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let row = |line: &str| {
        let mut fields = line.split('\t');
        let (tree, root) = (fields.next()?, fields.next()?);
        let verdict = fields.next()?.strip_prefix("rc=")?;
        Some(((tree.to_owned(), root.to_owned()), verdict == "0"))
    };
    text.lines()
        .map(|line| row(line).unwrap_or_else(|| panic!("{}: bad row {line:?}", path.display())))
        .collect()
}

/// Returns the path of reference data: `reference/TREE--ROOT.SUFFIX`, where `/` is written `_`.
pub fn reference(tree: &str, root: &str, suffix: &str) -> PathBuf {
    let name = format!("{tree}--{}.{suffix}", root.replace('/', "_"));
    Path::new(&crate::folder("QAPI_SHARED")).join("reference").join(name)
}
