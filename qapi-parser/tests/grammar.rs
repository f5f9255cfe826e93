//! The parsers of the grammars, which are generated here and not by users' builds.

use std::path::Path;

use quote::quote;

/// Compares a parser with the one that its grammar gives, or writes it.
fn check(grammar: &str, parser: &str) {
    let tokens = quote! {
        #[grammar = #grammar]
        pub(super) struct Grammar;
    };
    let rules = pest_generator::derive_parser(tokens, false);
    let file = syn::parse2(quote! {
        pub(super) struct Grammar;
        #rules
    });
    let text = prettyplease::unparse(&file.unwrap());
    let text =
        format!("// @generated from {grammar} by tests/grammar.rs\n#![allow(dead_code)]\n\n{text}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(parser);
    if std::env::var_os("UPDATE_GRAMMAR").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "{parser} is out of date: UPDATE_GRAMMAR=1 cargo test -p qapi-parser --test grammar"
    );
}

#[test]
fn the_parser_of_schemas_is_up_to_date() {
    check("qapi.pest", "parse/grammar.rs");
}

#[test]
fn the_parser_of_messages_is_up_to_date() {
    check("examples/message.pest", "examples/grammar.rs");
}
