//! QEMU's front-end cases and the real schemas of the tree that `QAPI_CORPUS` names: the same
//! verdicts, places and dumps.

use qapi_parser::render::MessageFormat;
use qapi_parser::{Options, parse_file};
use qapi_tests::folder;
use qapi_tests::suite::{Outcomes, compare};
use qapi_tests::trees::{PROGRAM_ROOTS, Tree};

#[test]
fn front_end_cases_have_the_verdicts_of_qemu() {
    let tree = Tree::new(folder("QAPI_CORPUS"));
    let Outcomes { agreed, excepted, differing } = compare(&tree);
    println!("{agreed} cases agree");
    for (rule, count) in excepted {
        println!("{count} differ by rule: {rule}");
    }
    assert!(differing.is_empty(), "{} cases differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn real_schemas_are_accepted() {
    let tree = Tree::new(folder("QAPI_CORPUS"));
    let roots: Vec<_> = tree.roots().filter(|root| PROGRAM_ROOTS.contains(root)).collect();
    assert!(!roots.is_empty(), "{} has no schema", tree.path.display());
    for root in roots {
        let options = Options::new().style(true);
        let checked = parse_file(tree.path.join(root), options)
            .unwrap_or_else(|error| panic!("{}", error.render(MessageFormat::Short)));
        let (types, style) = (checked.schema.types().len(), checked.style.len());
        println!("{root}: {types} types, {style} style findings");
    }
}
