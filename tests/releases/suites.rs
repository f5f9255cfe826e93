//! Verdicts and places on each release's own front-end cases.

use std::collections::BTreeMap;

use qapi_tests::suite::compare;
use qapi_tests::trees::trees;

#[test]
fn front_end_cases_have_the_verdicts_of_their_release() {
    let mut excepted: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut suites, mut agreed, mut differing) = (0, 0, Vec::new());
    for tree in trees().iter().filter(|tree| tree.suite().is_dir()) {
        let outcomes = compare(tree);
        suites += 1;
        agreed += outcomes.agreed;
        for (rule, count) in outcomes.excepted {
            *excepted.entry(rule).or_default() += count;
        }
        differing.extend(outcomes.differing.iter().map(|case| format!("{}: {case}", tree.name)));
    }
    println!("{suites} suites: {agreed} cases agree");
    for (rule, count) in excepted {
        println!("{count} differ by rule: {rule}");
    }
    assert!(suites > 0, "no tree has tests/qapi-schema");
    assert!(differing.is_empty(), "{} cases differ:\n{}", differing.len(), differing.join("\n"));
}
