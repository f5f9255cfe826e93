//! Changes between releases of QEMU: schemas, their introspection data, and facts read by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use qapi_codegen::diff::{Change, Interface, diff};

/// A release's root schema and its introspection data, all conditions true.
struct Root {
    file: PathBuf,
    schema: Interface,
    masked: Interface,
    unmasked: Interface,
}

fn schema(path: &Path) -> Interface {
    let options = qapi_parser::Options::default();
    let checked = qapi_parser::parse_file(path, options).unwrap_or_else(|error| panic!("{error}"));
    Interface::from_schema(&checked.schema, None)
}

fn reply(path: &Path) -> Interface {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Interface::from_reply(&path.to_string_lossy(), &text).unwrap()
}

/// The roots with introspection data: by root file, then by version.
static ROOTS: LazyLock<BTreeMap<String, BTreeMap<Vec<u32>, Root>>> = LazyLock::new(roots);

fn roots() -> BTreeMap<String, BTreeMap<Vec<u32>, Root>> {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let mut roots: BTreeMap<String, BTreeMap<Vec<u32>, Root>> = BTreeMap::new();
    let mut add = |data: &Path, stem: &str, version: &str, trees: &str, root: &str| {
        let data = |mask: &str| reply(&data.join(format!("{stem}.{mask}.alltrue.json")));
        let file = shared.join(trees).join(format!("qemu-{version}")).join(root);
        let (masked, unmasked) = (data("masked"), data("unmasked"));
        let found = Root { schema: schema(&file), file, masked, unmasked };
        let number = version.split('.').map(|part| part.parse().unwrap()).collect();
        roots.entry(root.to_owned()).or_default().insert(number, found);
    };
    for data in [shared.join("reference"), shared.join("introspect")] {
        for entry in std::fs::read_dir(&data).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Some(stem) = name.strip_suffix(".unmasked.alltrue.json") else { continue };
            if let Some((version, root)) =
                stem.strip_prefix("qemu-").and_then(|stem| stem.split_once("--"))
            {
                add(&data, stem, version, "releases", &root.replace('_', "/"));
            } else if let Some((version, what)) = stem.split_once('-') {
                let root = match what {
                    "full" => "qapi/qapi-schema.json",
                    "qga" => "qga/qapi-schema.json",
                    "qsd" => "storage-daemon/qapi/qapi-schema.json",
                    _ => continue,
                };
                add(&data, stem, version, "corpus", root);
            }
        }
    }
    assert!(roots.values().all(|versions| versions.len() > 1), "nothing to compare");
    roots
}

/// Removes what depends on the form of an interface: places, and integer types.
fn comparable(changes: Vec<Change>) -> Vec<Change> {
    let is_told = |change: &Change| !change.code.as_str().starts_with("integer-");
    let mut changes: Vec<Change> = changes.into_iter().filter(is_told).collect();
    for change in &mut changes {
        (change.old, change.new) = (None, None);
    }
    changes
}

#[test]
fn schemas_and_introspection_data_have_the_same_changes() {
    let mut pairs = 0;
    for (root, versions) in &*ROOTS {
        let list: Vec<_> = versions.iter().collect();
        let next = list.windows(2).map(|pair| (pair[0], pair[1]));
        for ((before, old), (after, new)) in next.chain([(list[0], list[list.len() - 1])]) {
            let schemas = comparable(diff(&old.schema, &new.schema, &[]).unwrap());
            let replies = comparable(diff(&old.unmasked, &new.unmasked, &[]).unwrap());
            assert!(schemas == replies, "{root} {before:?} {after:?}");
            pairs += 1;
        }
    }
    println!("{pairs} pairs have the same changes");
}

#[test]
fn a_schema_has_no_changes_against_itself() {
    for Root { file, schema, masked, unmasked } in ROOTS.values().flat_map(BTreeMap::values) {
        for other in [schema, masked, unmasked] {
            assert_eq!(diff(schema, other, &[]), Ok(Vec::new()), "{}", file.display());
            assert_eq!(diff(other, schema, &[]), Ok(Vec::new()), "{}", file.display());
        }
    }
}

/// Asserts that the changes between two schemas include `expected`: verdict, code, user, path,
/// and name or message.
fn assert_changes(old: &str, new: &str, expected: &[[&str; 5]]) {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let root = |tree: &str| shared.join(tree).join("qapi/qapi-schema.json");
    let changes = diff(&schema(&root(old)), &schema(&root(new)), &[]).unwrap();
    for line @ [verdict, code, user, path, text] in expected {
        let mut found = changes.iter().filter(|change| {
            change.code.as_str() == *code
                && change.user.name == *user
                && change.path == *path
                && (change.name == *text || change.message == *text)
        });
        let change = found.next().unwrap_or_else(|| panic!("not found: {line:?}"));
        assert_eq!(format!("{:?}", change.verdict), *verdict, "{line:?}");
        assert_eq!(found.next(), None, "found twice: {line:?}");
    }
    assert!(expected.len() >= 20);
}

#[test]
fn finds_known_changes_from_7_2_to_10_0() {
    let capability = "arguments.capabilities[].capability";
    assert_changes(
        "corpus/qemu-7.2.0",
        "corpus/qemu-10.0.2",
        &[
            ["Breaking", "member-removed", "migrate", "arguments.blk", "blk"],
            ["Breaking", "member-removed", "migrate", "arguments.inc", "inc"],
            ["Compatible", "member-now-optional", "migrate", "arguments.uri", ""],
            ["Compatible", "member-added", "migrate", "arguments.channels", "channels"],
            ["Breaking", "value-removed", "migrate-set-capabilities", capability, "block"],
            ["Breaking", "value-removed", "migrate-set-capabilities", capability, "compress"],
            ["Strict", "value-added", "migrate-set-capabilities", capability, "mapped-ram"],
            [
                "Compatible",
                "feature-added",
                "migrate-set-capabilities",
                capability,
                "feature 'deprecated' of value 'zero-blocks' added",
            ],
            [
                "Strict",
                "value-added",
                "migrate-set-parameters",
                "arguments.multifd-compression",
                "qpl",
            ],
            [
                "Breaking",
                "integer-changed",
                "memsave",
                "arguments.val",
                "integer type changed from int to uint64",
            ],
            [
                "Breaking",
                "member-removed",
                "object-add",
                "arguments{qom-type=secret}.loaded",
                "loaded",
            ],
            ["Compatible", "branch-added", "object-add", "arguments{qom-type=iommufd}", "iommufd"],
            [
                "Compatible",
                "member-added",
                "object-add",
                "arguments{qom-type=memory-backend-file}.rom",
                "rom",
            ],
            ["Breaking", "event-removed", "MEM_UNPLUG_ERROR", "", ""],
            ["Strict", "event-added", "VFIO_MIGRATION", "", ""],
            ["Strict", "member-added", "BLOCK_IO_ERROR", "data.qom-path", "qom-path"],
            ["Compatible", "command-added", "block-job-change", "", ""],
            ["Breaking", "command-removed", "x-query-profile", "", ""],
            [
                "Compatible",
                "member-added",
                "netdev_add",
                "arguments{type=stream}.reconnect",
                "reconnect",
            ],
            [
                "Strict",
                "branch-added",
                "query-memory-devices",
                "returns[]{type=hv-balloon}",
                "hv-balloon",
            ],
            ["Strict", "value-added", "query-stats", "arguments.target", "cryptodev"],
            ["Breaking", "member-removed", "query-status", "returns.singlestep", "singlestep"],
            [
                "Compatible",
                "type-narrowed",
                "query-block-jobs",
                "returns[].type",
                "type changed from string to enum",
            ],
        ],
    );
}

#[test]
fn finds_known_changes_from_8_2_to_9_0() {
    let luks = "arguments.options{driver=luks}";
    assert_changes(
        "releases/qemu-8.2.0",
        "releases/qemu-9.0.0",
        &[
            ["Breaking", "member-removed", "query-status", "returns.singlestep", "singlestep"],
            ["Strict", "value-added", "blockdev-create", &format!("{luks}.cipher-alg"), "sm4"],
            [
                "Compatible",
                "member-added",
                "blockdev-create",
                &format!("{luks}.detached-header"),
                "detached-header",
            ],
            ["Compatible", "member-now-optional", "blockdev-create", &format!("{luks}.file"), ""],
            ["Compatible", "member-added", "blockdev-create", &format!("{luks}.header"), "header"],
            [
                "Compatible",
                "member-added",
                "blockdev-create",
                "arguments.options{driver=qcow}.encrypt{format=luks}.detached-header",
                "detached-header",
            ],
            [
                "Strict",
                "value-added",
                "migrate-set-capabilities",
                "arguments.capabilities[].capability",
                "mapped-ram",
            ],
            [
                "Strict",
                "member-added",
                "query-block",
                "returns[].inserted.image.format-specific{type=luks}.data.detached-header",
                "detached-header",
            ],
            [
                "Strict",
                "member-added",
                "query-display-options",
                "returns{type=cocoa}.zoom-interpolation",
                "zoom-interpolation",
            ],
            [
                "Strict",
                "member-added",
                "query-migrate-parameters",
                "returns.zero-page-detection",
                "zero-page-detection",
            ],
            [
                "Compatible",
                "member-added",
                "block-commit",
                "arguments.backing-mask-protocol",
                "backing-mask-protocol",
            ],
            [
                "Compatible",
                "member-added",
                "block-stream",
                "arguments.backing-mask-protocol",
                "backing-mask-protocol",
            ],
            [
                "Compatible",
                "member-added",
                "blockdev-add",
                "arguments{driver=luks}.header",
                "header",
            ],
            [
                "Compatible",
                "feature-added",
                "chardev-add",
                "arguments.backend.type",
                "feature 'deprecated' of value 'memory' added",
            ],
            ["Compatible", "member-now-optional", "migrate", "arguments.uri", ""],
            [
                "Compatible",
                "member-added",
                "migrate-set-parameters",
                "arguments.zero-page-detection",
                "zero-page-detection",
            ],
            [
                "Compatible",
                "value-added",
                "object-add",
                "arguments.qom-type",
                "acpi-generic-initiator",
            ],
            ["Compatible", "value-added", "object-add", "arguments.qom-type", "iommufd"],
            ["Compatible", "branch-added", "object-add", "arguments{qom-type=iommufd}", "iommufd"],
            ["Compatible", "command-added", "request-ebpf", "", ""],
        ],
    );
}

#[test]
fn finds_known_changes_from_10_0_to_11_0() {
    let widened = "type changed from string to alternate";
    assert_changes(
        "corpus/qemu-10.0.2",
        "releases/qemu-11.0.0",
        &[
            [
                "Breaking",
                "member-removed",
                "chardev-add",
                "arguments.backend{type=socket}.data.reconnect",
                "reconnect",
            ],
            ["Breaking", "member-added", "cxl-inject-dram-event", "arguments.sub-type", "sub-type"],
            [
                "Compatible",
                "integer-widened",
                "cxl-inject-dram-event",
                "arguments.flags",
                "integer type changed from uint8 to uint32",
            ],
            ["Breaking", "member-removed", "migrate", "arguments.detach", "detach"],
            [
                "Breaking",
                "value-removed",
                "migrate-set-capabilities",
                "arguments.capabilities[].capability",
                "zero-blocks",
            ],
            ["Compatible", "branch-added", "netdev_add", "arguments{type=passt}", "passt"],
            [
                "Breaking",
                "member-now-optional",
                "query-cpu-model-expansion",
                "returns.deprecated-props",
                "",
            ],
            ["Breaking", "type-widened", "query-migrate-parameters", "returns.tls-creds", widened],
            ["Compatible", "type-widened", "block-export-add", "arguments.iothread", widened],
            ["Breaking", "command-removed", "query-migrationthreads", "", ""],
            ["Breaking", "command-removed", "x-query-opcount", "", ""],
            ["Strict", "value-added", "migrate-continue", "arguments.state", "failing"],
            ["Strict", "value-added", "migrate-set-parameters", "arguments.mode", "cpr-exec"],
            ["Strict", "member-added", "query-block", "returns[].inserted.children", "children"],
            [
                "Compatible",
                "member-now-mandatory",
                "query-block",
                "returns[].inserted.node-name",
                "",
            ],
            ["Compatible", "value-removed", "query-cpus-fast", "returns[].target", "microblazeel"],
            ["Strict", "value-added", "query-cpus-fast", "returns[].target", "hexagon"],
            ["Strict", "branch-added", "GUEST_CRASHLOADED", "data.info{type=tdx}", "tdx"],
            ["Strict", "event-added", "SCLP_CPI_INFO_AVAILABLE", "", ""],
            ["Compatible", "feature-added", "block-job-pause", "", "deprecated"],
            [
                "Compatible",
                "member-added",
                "blockdev-add",
                "arguments{driver=https}.force-range",
                "force-range",
            ],
            ["Compatible", "command-added", "qom-list-get", "", ""],
        ],
    );
}

/// A client that was built from a schema asks about the QEMU that it talks to.
#[test]
fn a_real_reply_lacks_unconfigured_parts() {
    let shared = qapi_tests::folder("QAPI_SHARED");
    let old = schema(&shared.join("corpus/qemu-10.0.2/qapi/qapi-schema.json"));
    let new = reply(&shared.join("introspect/qemu-10.0.2-x86_64.query-qmp-schema.json"));
    let changes = diff(&old, &new, &[]).unwrap();
    assert!(!changes.is_empty());
    for change in &changes {
        assert!(change.code.as_str().ends_with("-removed"), "{change:?}");
    }
    let select = ["query-status".to_owned(), "migrate*".to_owned(), "STOP".to_owned()];
    assert!(diff(&old, &new, &select).unwrap().len() < changes.len());
}
