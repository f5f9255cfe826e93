//! Input that is small and demands much: it ends with an error, not with the machine.

use std::fmt::Write;

use qapi_parser::diagnostic::Severity;
use qapi_parser::{Checked, Error, Options, parse_text};

fn parse(text: String) -> Result<Checked, Error> {
    parse_text("m.json", text, Options::new().style(true))
}

fn codes(text: String) -> Vec<&'static str> {
    let error = parse(text).expect_err("a schema that is refused");
    error.diagnostics().iter().map(|diagnostic| diagnostic.code).collect()
}

/// Members `m0` to `mN`.
fn members(count: usize) -> String {
    (0..count).map(|index| format!("'m{index}': 'int'")).collect::<Vec<_>>().join(", ")
}

#[test]
fn limits_inherited_members() {
    let mut text = format!("{{ 'struct': 'Wide', 'data': {{ {} }} }}\n", members(2000));
    for index in 0..501 {
        _ = writeln!(text, "{{ 'struct': 'Derived{index}', 'base': 'Wide', 'data': {{ }} }}");
    }
    assert_eq!(codes(text), ["too-many-members"]);
}

#[test]
fn limits_implicit_branches() {
    let values = (0..2000).map(|index| format!("'v{index}'")).collect::<Vec<_>>().join(", ");
    let mut text = format!("{{ 'enum': 'Wide', 'data': [ {values} ] }}\n");
    for index in 0..501 {
        _ = writeln!(
            text,
            "{{ 'union': 'U{index}x', 'base': {{ 'tag': 'Wide' }}, 'discriminator': 'tag', 'data': {{ }} }}"
        );
    }
    assert_eq!(codes(text), ["too-many-members"]);
}

#[test]
fn accepts_branches_that_double_at_every_level() {
    let mut text = "{ 'enum': 'Side', 'data': [ 'left', 'right' ] }\n\
                    { 'struct': 'Left0x', 'data': { } }\n{ 'struct': 'Right0x', 'data': { } }\n"
        .to_owned();
    for level in 1..60 {
        for (side, tag) in [("Left", "l"), ("Right", "r")] {
            let below = level - 1;
            _ = writeln!(
                text,
                "{{ 'union': '{side}{level}x', 'base': {{ '{tag}{level}': 'Side' }}, \
                 'discriminator': '{tag}{level}', \
                 'data': {{ 'left': 'Left{below}x', 'right': 'Right{below}x' }} }}"
            );
        }
    }
    assert!(parse(text).is_ok());
}

/// A chain of structs, each with a member of its own and the one below as its base.
fn bases(order: impl Iterator<Item = usize>) -> String {
    let mut text = "{ 'struct': 'Level0x', 'data': { } }\n".to_owned();
    for level in order {
        let below = level - 1;
        _ = writeln!(
            text,
            "{{ 'struct': 'Level{level}x', 'base': 'Level{below}x', 'data': {{ 'm{level}': 'int' }} }}"
        );
    }
    text
}

/// Unions that each have the one below as a branch.
fn unions(order: impl Iterator<Item = usize>) -> String {
    let mut text = "{ 'enum': 'Side', 'data': [ 'left', 'right' ] }\n\
                    { 'struct': 'Level0x', 'data': { } }\n"
        .to_owned();
    for level in order {
        let below = level - 1;
        _ = writeln!(
            text,
            "{{ 'union': 'Level{level}x', 'base': {{ 'tag{level}': 'Side' }}, \
             'discriminator': 'tag{level}', 'data': {{ 'left': 'Level{below}x' }} }}"
        );
    }
    text
}

fn accepts(text: String) -> bool {
    let dump = parse(text).map(|checked| qapi_parser::dump(&checked.schema));
    dump.is_ok_and(|dump| dump.contains("Level"))
}

/// The numbers are the deepest that QEMU takes under Python's recursion limit; in order, it takes
/// any number of bases.
#[test]
fn accepts_nesting_as_deep_as_qemu() {
    assert!(accepts(bases(1..=1_300)));
    assert!(accepts(bases((1..=986).rev())));
    assert!(accepts(unions(1..=493)));
    assert!(accepts(unions((1..=492).rev())));
    for (open, close, levels) in [("{ 'not': ", " }", 493), ("{ 'all': [ 'B', ", " ] }", 246)] {
        let cond = format!("{}'A'{}", open.repeat(levels), close.repeat(levels));
        assert!(accepts(format!("{{ 'struct': 'Level', 'data': {{ }}, 'if': {cond} }}")));
    }
}

#[test]
fn rejects_nesting_that_would_exhaust_the_stack() {
    let empty = bases((1..50_000).rev()).replace("'m", "'*x-m");
    assert_eq!(codes(empty)[..], ["too-many-members"; 1]);
    for text in [unions(1..600), unions((1..600).rev())] {
        let codes = codes(text);
        assert!(!codes.is_empty() && codes.iter().all(|code| *code == "nested-too-deep"));
    }
}

#[test]
fn limits_the_findings_of_one_definition() {
    let members =
        (0..5000).map(|index| format!("'M{index}': 'int'")).collect::<Vec<_>>().join(", ");
    assert_eq!(codes(format!("{{ 'struct': 'Wide', 'data': {{ {members} }} }}")).len(), 100);
    let members =
        (0..5000).map(|index| format!("'m{index}': 'itn'")).collect::<Vec<_>>().join(", ");
    assert_eq!(codes(format!("{{ 'struct': 'Wide', 'data': {{ {members} }} }}")).len(), 100);
}

#[test]
fn limits_members_of_branches() {
    let mut text = "{ 'enum': 'One', 'data': [ 'only' ] }\n".to_owned();
    let mut union = |name: &str, tag: &str, index: usize, branch: &str| {
        _ = writeln!(
            text,
            "{{ 'union': '{name}{index}', 'base': {{ '{tag}': 'One' }}, 'discriminator': '{tag}', \
             'data': {{ 'only': '{branch}' }} }}"
        );
    };
    for index in 0..400 {
        union("Inner", "inner-tag", index, "Wide");
        union("Outer", "outer-tag", index, &format!("Inner{index}"));
    }
    _ = writeln!(text, "{{ 'struct': 'Wide', 'data': {{ {} }} }}", members(2000));
    assert_eq!(codes(text), ["too-many-members"]);
}

#[test]
fn keeps_errors_among_many_style_findings() {
    let long = format!("# {}\n", "x".repeat(80)).repeat(200);
    let of_documentation = format!(
        "##\n# @A:\n#\n{long}# @a: one\n#\n# @a: two\n##\n{{ 'struct': 'A', 'data': {{ 'a': 'int' }} }}\n"
    );
    assert!(parse(of_documentation).is_err_and(|error| error.diagnostics().len() == 101));
    let unclosed = format!("##\n# @A:\n#\n{long}{{ 'struct': 'A', 'data': {{ }} }}\n");
    assert!(parse(unclosed).is_err());

    let members = (0..200).map(|index| format!("'m{index}': 'int', ")).collect::<String>();
    let of_features = format!(
        "{{ 'pragma': {{ 'doc-required': true }} }}\n##\n# @A:\n#\n# A type.\n##\n\
         {{ 'struct': 'A', 'data': {{ {members}'last': {{ 'type': 'int', 'features': [ 'spare' ] }} }} }}\n"
    );
    let error = parse(of_features).expect_err("a feature without documentation");
    assert!(error.diagnostics().iter().any(|finding| finding.severity == Severity::Error));
}
