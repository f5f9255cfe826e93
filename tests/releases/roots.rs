//! Real root schemas: accepted, generated, and the same as in the release's own front end.

use std::fs;
use std::path::Path;

use qapi_codegen::{IntrospectOptions, generate, introspect};
use qapi_parser::render::MessageFormat;
use qapi_parser::schema::Schema;
use qapi_parser::{Options, dump, parse_file};
use qapi_tests::first_difference;
use qapi_tests::form::structure;
use qapi_tests::trees::{reference, trees, verdicts};
use serde_json::Value;

/// Counts of comparisons with a tree's reference data.
#[derive(Default)]
struct Counts {
    roots: usize,
    structures: usize,
    introspections: usize,
}

/// Compares a schema with its tree's reference data, as far as it exists.
fn compare(schema: &Schema, tree: &str, root: &str, counts: &mut Counts) -> Result<(), String> {
    let path = reference(tree, root, "out");
    if path.is_file() {
        let theirs = structure(&fs::read_to_string(&path).map_err(|error| error.to_string())?);
        if let Some(difference) = first_difference(&structure(&dump(schema)), &theirs) {
            return Err(format!("structure: {difference}"));
        }
        counts.structures += 1;
    }
    for (mask, unmask) in [("masked", false), ("unmasked", true)] {
        let path = reference(tree, root, &format!("{mask}.alltrue.json"));
        if path.is_file() {
            let options = IntrospectOptions::new().unmask(unmask);
            same_introspection(&introspect(schema, &options), &path)
                .map_err(|difference| format!("{mask} introspection: {difference}"))?;
            counts.introspections += 1;
        }
    }
    Ok(())
}

fn same_introspection(ours: &str, path: &Path) -> Result<(), String> {
    let theirs = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let parse = |text: &str| serde_json::from_str::<Vec<Value>>(text).map_err(|e| e.to_string());
    let (ours, theirs) = (parse(ours)?, parse(&theirs)?);
    if let Some((ours, theirs)) = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs) {
        return Err(format!("{ours} instead of {theirs}"));
    }
    if ours.len() != theirs.len() {
        return Err(format!("{} entities instead of {}", ours.len(), theirs.len()));
    }
    Ok(())
}

#[test]
fn root_schemas_of_each_release_have_its_dump_and_introspection_data() {
    let verdicts = verdicts();
    let (mut counts, mut faults) = (Counts::default(), Vec::new());
    for tree in trees() {
        for root in tree.roots() {
            if verdicts.get(&(tree.name.clone(), root.to_owned())) != Some(&true) {
                continue;
            }
            counts.roots += 1;
            let outcome = match parse_file(tree.path.join(root), Options::default()) {
                Ok(checked) => generate(&checked.schema, &qapi_codegen::Options::new())
                    .map_err(|error| format!("not generated: {error}"))
                    .and_then(|_| compare(&checked.schema, &tree.name, root, &mut counts)),
                Err(error) => Err(format!("refused:\n{}", error.render(MessageFormat::Short))),
            };
            if let Err(fault) = outcome {
                faults.push(format!("{} {root}: {fault}", tree.name));
            }
        }
    }
    let Counts { roots, structures, introspections } = counts;
    println!("{roots} roots, {structures} structures and {introspections} introspections compared");
    assert!(roots > 0, "VERDICTS.tsv accepts no root of the trees");
    assert!(faults.is_empty(), "{} roots fail:\n{}", faults.len(), faults.join("\n"));
}
