//! The ways from commands and events to a change: sharing, cycles, selection, order.

use std::collections::BTreeSet;
use std::fmt::Write;

use qapi_codegen::diff::{Change, Interface, Verdict, diff};

use crate::{changes, interface, lines, schema};

const SHARED: &str = "
{ 'command': 'set', 'data': { 'what': 'Some' } }
{ 'command': 'get', 'returns': [ 'Some' ] }
{ 'command': 'other', 'returns': 'Outer' }
{ 'event': 'CHANGED', 'data': 'Some' }
{ 'struct': 'Outer', 'data': { 's': 'Some', 'other': 'str' } }
";

#[test]
fn a_shared_type_is_reported_once_with_its_users() {
    let old = format!("{SHARED} {{ 'struct': 'Some', 'data': {{ 'a': 'str', '*b': 'str' }} }}");
    let new = format!("{SHARED} {{ 'struct': 'Some', 'data': {{ 'a': 'str', 'b': 'str' }} }}");
    let changes = changes(&old, &new);
    assert_eq!(lines(&changes), ["Breaking member-now-mandatory command get returns[].b  Both"]);
    let users: Vec<String> = changes[0].users.iter().map(ToString::to_string).collect();
    assert_eq!(users, ["command get", "command other", "command set", "event CHANGED"]);
    assert_eq!(
        (changes[0].old_type.as_deref(), changes[0].message.as_str()),
        (Some("Some"), "member is now mandatory")
    );
    let place = |place: &Option<_>| place.as_ref().map(ToString::to_string);
    assert_eq!(place(&changes[0].old).as_deref(), Some("s.json:8"));
}

#[test]
fn names_of_types_do_not_count() {
    let old = "{ 'command': 'c', 'data': { 'a': 'Old' }, 'returns': 'Reply' }
               { 'event': 'E', 'data': 'Data', 'boxed': true }
               { 'struct': 'Data', 'data': { 'd': 'int' } }
               { 'struct': 'Old', 'data': { 'x': 'str' } } { 'struct': 'Reply', 'data': {} }";
    let new = "{ 'command': 'c', 'data': 'Args', 'boxed': true }
               { 'event': 'E', 'data': { 'd': 'int' } }
               { 'struct': 'Args', 'base': 'Base', 'data': {} }
               { 'struct': 'Base', 'data': { 'a': 'New' } }
               { 'struct': 'New', 'data': { 'x': 'str' } }";
    assert_eq!(lines(&changes(old, new)), [""; 0]);
}

#[test]
fn unreached_types_do_not_count() {
    let head = "{ 'command': 'c' }";
    let old = format!("{head} {{ 'struct': 'Some', 'data': {{ 'a': 'str' }} }}");
    assert_eq!(lines(&changes(&old, head)), [""; 0]);
}

#[test]
fn cycles_end() {
    let text = |leaf: &str| {
        format!(
            "{{ 'command': 'c', 'data': {{ 'tree': 'Tree' }}, 'returns': 'Tree' }}
             {{ 'struct': 'Tree', 'data': {{ '*left': 'Tree', '*twigs': [ 'Twig' ] }} }}
             {{ 'struct': 'Twig', 'data': {{ '*tree': 'Tree', 'leaf': '{leaf}' }} }}"
        )
    };
    assert_eq!(
        lines(&changes(&text("str"), &text("bool"))),
        ["Breaking type-changed command c arguments.tree.twigs[].leaf  Both"]
    );
    // A cycle of one type is the same as a cycle of two types of its shape.
    let two = "{ 'command': 'c', 'data': { 'a': 'Alpha' } }
               { 'struct': 'Alpha', 'data': { '*next': 'Beta' } }
               { 'struct': 'Beta', 'data': { '*next': 'Alpha' } }";
    let one = "{ 'command': 'c', 'data': { 'a': 'Alpha' } }
               { 'struct': 'Alpha', 'data': { '*next': 'Alpha' } }";
    assert_eq!(lines(&changes(two, one)), [""; 0]);
}

#[test]
fn a_later_direction_reaches_what_is_below() {
    let text = |values: &str| {
        format!(
            "{{ 'command': 'a', 'data': {{ 's': 'Some' }} }} {{ 'command': 'b', 'returns': 'Some' }}
             {{ 'struct': 'Some', 'data': {{ 't': 'Thing' }} }}
             {{ 'struct': 'Thing', 'data': {{ 'e': 'Kind' }} }}
             {{ 'enum': 'Kind', 'data': [ {values} ] }}"
        )
    };
    let changes = changes(&text("'x'"), &text("'x', 'y'"));
    assert_eq!(lines(&changes), ["Strict value-added command a arguments.s.t.e y Both"]);
}

#[test]
fn selection_narrows_directions_and_users() {
    let old = format!("{SHARED} {{ 'struct': 'Some', 'data': {{ 'a': 'str', '*b': 'str' }} }}");
    let new = format!("{SHARED} {{ 'struct': 'Some', 'data': {{ 'a': 'int', 'b': 'str' }} }}");
    let (old, new) = (interface(&old), interface(&new));
    let select = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        diff(&old, &new, &patterns)
    };
    let changes = select(&["o*"]).unwrap();
    assert_eq!(
        lines(&changes),
        [
            "Breaking type-changed command other returns.s.a  Received",
            "Compatible member-now-mandatory command other returns.s.b  Received",
        ]
    );
    assert_eq!(changes[0].users, [changes[0].user.clone()]);
    assert_eq!(
        lines(&select(&["Some"]).unwrap()),
        [
            "Breaking type-changed type Some a  Both",
            "Breaking member-now-mandatory type Some b  Both"
        ]
    );
    let error = select(&["get", "sett"]).unwrap_err();
    let faults = error.iter().map(|error| (error.value(), error.hint()));
    let hint = Some("did you mean 'set'?".to_owned());
    assert_eq!(faults.collect::<Vec<_>>(), [(Some("sett"), hint)]);
}

#[test]
fn conditions_are_evaluated() {
    let text = "{ 'command': 'c', 'data': 'Some', 'boxed': true }
                { 'struct': 'Some', 'data': { 'a': { 'type': 'str', 'if': 'X' } } }
                { 'command': 'd', 'if': { 'not': 'X' } }";
    let schema = schema(text);
    let with = |symbols: &[&str]| {
        let symbols: BTreeSet<String> = symbols.iter().map(ToString::to_string).collect();
        Interface::from_schema(&schema, Some(&symbols))
    };
    let changes = diff(&with(&[]), &with(&["X"]), &[]).unwrap();
    assert_eq!(
        lines(&changes),
        [
            "Breaking member-added command c arguments.a a Sent",
            "Breaking command-removed command d   Sent"
        ]
    );
}

#[test]
fn exchanged_interfaces_have_the_mirrored_changes() {
    let old = "{ 'command': 'c', 'data': { '*a': 'str' }, 'returns': 'Some' }
               { 'struct': 'Some', 'data': { 'n': 'int' } }";
    let new = "{ 'command': 'c', 'data': { 'a': 'str', '*b': 'int' }, 'returns': 'Some' }
               { 'struct': 'Some', 'data': { 'n': 'number' } } { 'event': 'E' }";
    assert_eq!(
        lines(&changes(new, old)),
        [
            "Breaking member-removed command c arguments.b b Sent",
            "Compatible member-now-optional command c arguments.a  Sent",
            "Compatible type-narrowed command c returns.n  Received",
            "Breaking event-removed event E   Received",
        ]
    );
}

/// The work must not grow with the product of commands and types.
#[test]
fn many_commands_share_many_changed_types() {
    const MANY: usize = 5000;
    let text = |ty: &str| {
        let mut text = String::new();
        for number in 0..MANY {
            let (next, other) = ((2 * number + 1) % MANY, (2 * number + 2) % MANY);
            writeln!(
                text,
                "{{ 'command': 'c{number}', 'data': {{ 's': 'Node{number}' }}, 'returns': 'Node0' }}
                 {{ 'struct': 'Node{number}',
                    'data': {{ '*a': 'Node{next}', '*b': 'Node{other}', 'c': '{ty}' }} }}"
            )
            .unwrap();
        }
        text
    };
    let changes = changes(&text("str"), &text("bool"));
    assert_eq!(changes.len(), MANY);
    assert!(changes.iter().all(|change| change.users.len() == Change::MOST_USERS));
}

#[test]
fn groups_come_worst_first() {
    let old =
        "{ 'command': 'a', 'data': { 'x': 'int' } } { 'command': 'b', 'data': { 'x': 'int' } }";
    let new = "{ 'command': 'a', 'data': { 'x': 'int', '*y': 'int' } }
               { 'command': 'b', 'data': { '*a': 'int' } }";
    let changes = changes(old, new);
    let verdicts: Vec<(&str, Verdict)> =
        changes.iter().map(|change| (change.user.name.as_str(), change.verdict)).collect();
    assert_eq!(
        verdicts,
        [("b", Verdict::Breaking), ("b", Verdict::Compatible), ("a", Verdict::Compatible)]
    );
}
