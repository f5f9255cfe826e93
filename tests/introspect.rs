//! Introspection data compared with that of QEMU's generator, and with a real QEMU's reply.

use std::path::Path;

use qapi::qmp::{Monitor, ServerKind, Session};
use qapi::{OutputPolicy, Policy};
use qapi_codegen::{IntrospectConditions, IntrospectOptions, introspect};
use qapi_tests::stub::Stub;
use qapi_tests::wire::tables;
use serde_json::Value;

/// Returns the schema of a file of reference data such as `10.0.2-full.masked.alltrue.json`.
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
fn introspection_data_equals_that_of_qemu() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let mut compared = 0;
    for entry in std::fs::read_dir(shared.join("introspect")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some((schema, kind)) =
            name.strip_suffix(".json").and_then(|name| name.split_once("sked."))
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
        let options = IntrospectOptions::new().unmask(mask == "unma").conditions(conditions);
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
fn generated_introspection_data_equals_that_of_qemu() {
    let folder = qapi_tests::folder("QAPI_SHARED").join("introspect");
    for (schema, what) in
        [("full", "full"), ("qga", "qga"), ("storage_daemon", "qsd"), ("test", "test")]
    {
        let ours: Value = serde_json::from_str(&tables(schema).introspection.concat()).unwrap();
        assert_eq!(
            ours,
            read(&folder.join(format!("10.0.2-{what}.masked.alltrue.json"))),
            "{schema}"
        );
    }
}

/// Returns the data of the full schema under the symbols of a real QEMU's build.
fn real_configuration(shared: &Path) -> String {
    let symbols = read(&shared.join("introspect/qemu-10.0.2-x86_64.config-symbols.json"));
    let defined = symbols["defined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|symbol| symbol.as_str().unwrap().to_owned());
    let conditions = IntrospectConditions::Defined(defined.collect());
    let root = root("10.0.2", "full", &shared.join("corpus"));
    let checked = qapi_parser::parse_file(root, qapi_parser::Options::default()).unwrap();
    introspect(&checked.schema, &IntrospectOptions::new().conditions(conditions))
}

/// Returns a server's reply to `query-qmp-schema` under a policy.
fn reply(data: String, policy: Policy) -> Value {
    let monitor = Monitor::builder().policy(policy).build();
    let stub = Stub::new(move |call| {
        let policy = call.context.monitor().policy();
        let infos = qapi::introspect::reply::<qapi::Value>(&[&data], policy);
        infos.map(|infos| qapi::to_text(&infos)).map_err(Into::into)
    });
    let (mut session, commands) = (Session::new(ServerKind::MONITOR), (tables("full").commands)());
    let mut input = &b"{'execute': 'qmp_capabilities'}{'execute': 'query-qmp-schema'}"[..];
    let mut last = Vec::new();
    while let Some(work) = session.receive(&mut input) {
        last = session.finish(work.run(&commands, &stub, &monitor, 0)).unwrap();
    }
    serde_json::from_slice::<Value>(&last).unwrap()["return"].take()
}

#[test]
fn query_qmp_schema_replies_as_a_real_qemu() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let data = real_configuration(&shared);
    let theirs = read(&shared.join("introspect/qemu-10.0.2-x86_64.query-qmp-schema.json"));
    let theirs = theirs.get("return").unwrap_or(&theirs);
    let ours = reply(data.clone(), Policy::ACCEPT);
    for (ours, theirs) in ours.as_array().unwrap().iter().zip(theirs.as_array().unwrap()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.as_array().unwrap().len(), theirs.as_array().unwrap().len());
    // Hidden unstable interfaces stay in the reply.
    let unstable = Policy { unstable_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    assert_eq!(reply(data, unstable), ours);
}

#[test]
fn query_qmp_schema_hides_deprecated_interfaces() {
    let data = real_configuration(&qapi_tests::folder("QAPI_SHARED"));
    let hide = Policy { deprecated_output: OutputPolicy::Hide, ..Policy::ACCEPT };
    let (all, shown) = (reply(data.clone(), Policy::ACCEPT), reply(data, hide));
    let deprecated = |info: &&Value| {
        info["features"]
            .as_array()
            .is_some_and(|features| features.iter().any(|name| name == "deprecated"))
    };
    let all: Vec<&Value> =
        all.as_array().unwrap().iter().filter(|info| !deprecated(info)).collect();
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), all.len());
    for (shown, info) in shown.iter().zip(all) {
        assert_eq!(shown["name"], info["name"]);
        let members = |info: &Value| info["members"].as_array().cloned().unwrap_or_default();
        let kept: Vec<Value> = match info["meta-type"].as_str() {
            Some("object") => {
                members(info).into_iter().filter(|member| !deprecated(&member)).collect()
            }
            _ => members(info),
        };
        assert_eq!(members(shown), kept);
        // This member of an enumeration's description is deprecated itself.
        assert_eq!(shown.get("values"), None);
    }
}
