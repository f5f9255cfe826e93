//! Introspection data compared with the reference generator's, and with a real QEMU's reply.

use std::path::Path;

use qapi_codegen::{IntrospectConditions, IntrospectOptions, introspect};
use serde_json::Value;

/// The schema that a file of reference data is about: `10.0.2-full.masked.alltrue.json`.
fn root(version: &str, what: &str, corpus: &Path) -> std::path::PathBuf {
    corpus.join(format!("qemu-{version}")).join(match what {
        "full" => "qapi/qapi-schema.json",
        "qga" => "qga/qapi-schema.json",
        "qsd" => "storage-daemon/qapi/qapi-schema.json",
        "migration" => "qapi/migration-root.json",
        "test" => "tests/qapi-schema/qapi-schema-test.json",
        other => panic!("no schema is known for '{other}'"),
    })
}

fn data(root: &Path, options: &IntrospectOptions) -> Value {
    let checked = qapi_parser::parse_file(root, qapi_parser::Options::default()).unwrap();
    serde_json::from_str(&introspect(&checked.schema, options)).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn data_equals_the_reference_s() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let mut compared = 0;
    for entry in std::fs::read_dir(shared.join("introspect")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some((schema, kind)) = name.strip_suffix(".json").and_then(|name| name.split_once("sked."))
        else {
            continue;
        };
        let Some((schema, mask)) = schema.rsplit_once('.') else { continue };
        let (version, what) = schema.split_once('-').unwrap();
        let conditions = match kind {
            "alltrue" => IntrospectConditions::All,
            "annotated" => IntrospectConditions::Annotate,
            other => panic!("{name}: '{other}' says nothing of conditions"),
        };
        let options = IntrospectOptions { unmask: mask == "unma", conditions };
        let ours = data(&root(version, what, &shared.join("corpus")), &options);
        let theirs = read(&path);
        for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs.as_array().unwrap()) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert_eq!(ours.as_array().unwrap().len(), theirs.as_array().unwrap().len(), "{name}");
        compared += 1;
    }
    assert!(compared > 0, "nothing to compare");
    println!("{compared} files equal");
}

#[test]
fn data_equals_a_real_reply_for_its_configuration() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let folder = shared.join("introspect");
    let symbols = read(&folder.join("qemu-10.0.2-x86_64.config-symbols.json"));
    let defined =
        symbols["defined"].as_array().unwrap().iter().map(|symbol| symbol.as_str().unwrap().to_owned());
    let conditions = IntrospectConditions::Defined(defined.collect());
    let options = IntrospectOptions { unmask: false, conditions };
    let ours = data(&root("10.0.2", "full", &shared.join("corpus")), &options);
    let theirs = read(&folder.join("qemu-10.0.2-x86_64.query-qmp-schema.json"));
    for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs.as_array().unwrap()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.as_array().unwrap().len(), theirs.as_array().unwrap().len());
}
