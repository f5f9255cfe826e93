//! The texts that each program can print, in one place for a reviewer: all string literals of its
//! code with more than one word. `INSTA_UPDATE=always` accepts a change.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::LitStr;

/// The sources of `qapi`; generated grammars and the texts of generated code are left out.
const QAPI: &[&str] = &["qapi-parser/src", "qapi-codegen/src", "qapi-cli/src"];
const QAPI_MIGRATE: &[&str] = &["migration-api/programs/src/bin/qapi-migrate", "qapi/src/client"];
const MIGRATION_ENGINE: &[&str] = &[
    "migration-api/src",
    "migration-api/programs/src/bin/migration-engine",
    "qemu-stream/src",
    "qapi/src/server",
    "qapi/src/qmp",
    "qapi/src/walk",
];
/// Files and folders of other programs, and those that print nothing.
const LEFT_OUT: &[&str] = &[
    "grammar.rs",
    "tests.rs",
    "qapi-codegen/src/docs",
    "qapi-codegen/src/emit",
    "migration-api/src/tests",
];

/// Finds the Rust files below `path` in the order of their names.
fn files(path: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if LEFT_OUT.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Collects the texts of some code. Those of tests are left out, and those of attributes but
/// `#[error]`, which has an error's text.
fn texts(code: TokenStream, found: &mut Vec<String>) {
    let mut tokens = code.into_iter().peekable();
    let mut is_test = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(|next| next.to_string() == "!");
                if let Some(TokenTree::Group(attribute)) = tokens.next_if(is_bracketed) {
                    let text = attribute.stream().to_string();
                    is_test |= text.starts_with("cfg (test)");
                    if text.starts_with("error (") && !is_test {
                        texts(attribute.stream(), found);
                    }
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => is_test = false,
            TokenTree::Group(group) if is_test && group.delimiter() == Delimiter::Brace => {
                is_test = false;
            }
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                let Ok(text) = syn::parse2::<LitStr>(TokenTree::from(literal).into()) else {
                    continue;
                };
                let text = text.value();
                let mut words = text.split_whitespace();
                let has_word = words.clone().any(|word| word.starts_with(char::is_alphabetic));
                if has_word && words.nth(1).is_some() {
                    found.push(text);
                }
            }
            _ => {}
        }
    }
}

fn is_bracketed(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

/// Lists the texts of a program under the files that have them.
fn list(folders: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    folders.iter().for_each(|folder| files(&root.join(folder), &mut found));
    let mut list = String::new();
    for path in found {
        let mut lines = Vec::new();
        texts(fs::read_to_string(&path).unwrap().parse().unwrap(), &mut lines);
        if lines.is_empty() {
            continue;
        }
        list += &format!("{}\n", path.strip_prefix(&root).unwrap().display());
        for line in lines {
            list += &format!("    {}\n", line.replace('\n', "\n    "));
        }
    }
    list
}

#[test]
fn a_reviewer_reads_all_texts_of_a_program_in_one_place() {
    insta::assert_snapshot!("qapi", list(QAPI));
    insta::assert_snapshot!("qapi_migrate", list(QAPI_MIGRATE));
    insta::assert_snapshot!("migration_engine", list(MIGRATION_ENGINE));
}

#[test]
fn texts_of_attributes_and_tests_are_left_out() {
    let code = r#"
        //! A doc comment.
        #[must_use = "an attribute's text"]
        #[error("cannot {verb}")]
        fn f() { print("a message", "word", format!("cannot {}: {why}", verb)); }
        #[cfg(test)]
        mod tests { const TEXT: &str = "a test's text"; }
        #[cfg(test)]
        use a::b;
        const OTHER: &str = "another message";
    "#;
    let mut found = Vec::new();
    texts(code.parse().unwrap(), &mut found);
    assert_eq!(found, ["cannot {verb}", "a message", "cannot {}: {why}", "another message"]);
}
