//! Replies of real servers to `query-qmp-schema`, from `traffic/libvirt-caps_VERSION.ARCH.jsonl`:
//! isomorphic to the introspection data of that release under the symbols that explain them.

use qapi_codegen::{IntrospectConditions, IntrospectOptions, introspect};
use qapi_parser::{Options, parse_file};
use qapi_tests::traffic::{Exchange, capabilities};
use serde_json::Value;

use crate::explain::symbols;
use crate::isomorphic::{canonical, difference};

/// Returns the introspection data, if the exchange asked for it.
fn schema(exchange: &Exchange) -> Option<&Value> {
    (exchange.command() == "query-qmp-schema").then(|| exchange.reply.get("return")).flatten()
}

#[test]
fn real_replies_are_isomorphic_to_ours() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let mut compared = 0;
    for file in capabilities(&shared) {
        let root = file.tree(&shared).join("qapi/qapi-schema.json");
        let checked = parse_file(&root, Options::default())
            .unwrap_or_else(|error| panic!("{}: {error}", root.display()));
        let ours = |unmask, conditions| -> Value {
            let text = introspect(
                &checked.schema,
                &IntrospectOptions::new().unmask(unmask).conditions(conditions),
            );
            serde_json::from_str(&text).expect("introspection data is JSON")
        };
        let annotated = ours(true, IntrospectConditions::Annotate);
        let exchanges = file.exchanges();
        for reply in exchanges.iter().filter_map(schema) {
            let symbols = symbols(&annotated, reply);
            let ours = ours(false, IntrospectConditions::Defined(symbols.clone()));
            if let Some(difference) = difference(&canonical(&ours), &canonical(reply)) {
                panic!("{}: under {symbols:?}: {difference}", file.name);
            }
            println!("{}: {} entities, {symbols:?}", file.name, canonical(reply).len());
            compared += 1;
        }
    }
    assert!(compared > 0, "no reply to query-qmp-schema in traffic/libvirt-caps_*");
}
