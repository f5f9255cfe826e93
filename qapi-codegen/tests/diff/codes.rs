//! Every code in both directions.

use std::collections::BTreeSet;

use qapi_codegen::diff::{Code, Direction, Verdict};

use crate::{changes, lines};

/// Definitions of `Thing`, old and new, with the expected changes: verdict if sent, verdict if
/// received, code, path below the use, name.
type Case = (&'static str, &'static str, &'static [Expected]);
type Expected = (Verdict, Verdict, Code, &'static str, &'static str);

const OK: Verdict = Verdict::Compatible;
const STRICT: Verdict = Verdict::Strict;
const BREAKS: Verdict = Verdict::Breaking;

const MEMBERS: &[Case] = &[
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'str', '*b': 'str', 'c': 'str' } }",
        "{ 'struct': 'Thing', 'data': { 'c': 'str' } }",
        &[
            (BREAKS, BREAKS, Code::MemberRemoved, ".a", "a"),
            (BREAKS, BREAKS, Code::MemberRemoved, ".b", "b"),
        ],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'c': 'str' } }",
        "{ 'struct': 'Thing', 'data': { 'a': 'str', '*b': 'str', 'c': 'str' } }",
        &[
            (BREAKS, STRICT, Code::MemberAdded, ".a", "a"),
            (OK, STRICT, Code::MemberAdded, ".b", "b"),
        ],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'str', '*b': 'str' } }",
        "{ 'struct': 'Thing', 'data': { '*a': 'str', 'b': 'str' } }",
        &[
            (BREAKS, OK, Code::MemberNowMandatory, ".b", ""),
            (OK, BREAKS, Code::MemberNowOptional, ".a", ""),
        ],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'str', 'b': { 'type': 'str', 'features': [ 'old' ] } },
           'features': [ 'past' ] }",
        "{ 'struct': 'Thing',
           'data': { 'a': { 'type': 'str', 'features': [ 'fresh' ] }, 'b': 'str' },
           'features': [ 'future' ] }",
        &[
            (OK, OK, Code::FeatureRemoved, "", "past"),
            (OK, OK, Code::FeatureAdded, "", "future"),
            (OK, OK, Code::FeatureAdded, ".a", "fresh"),
            (OK, OK, Code::FeatureRemoved, ".b", "old"),
        ],
    ),
    (
        "{ 'enum': 'Thing', 'data': [ 'a', { 'name': 'b', 'features': [ 'f' ] } ] }",
        "{ 'enum': 'Thing', 'data': [ { 'name': 'b', 'features': [ 'g' ] }, 'c' ] }",
        &[
            (BREAKS, OK, Code::ValueRemoved, "", "a"),
            (OK, STRICT, Code::ValueAdded, "", "c"),
            (OK, OK, Code::FeatureRemoved, "", "f"),
            (OK, OK, Code::FeatureAdded, "", "g"),
        ],
    ),
];

const TYPES: &[Case] = &[
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'number', 'b': 'any', 'c': 'str', 'd': [ 'any' ] } }",
        "{ 'struct': 'Thing', 'data': { 'a': 'int', 'b': 'Thing', 'c': 'Kind', 'd': [ 'Thing' ] } }
         { 'enum': 'Kind', 'data': [ 'e' ] }",
        &[
            (BREAKS, OK, Code::TypeNarrowed, ".a", ""),
            (BREAKS, OK, Code::TypeNarrowed, ".b", ""),
            (BREAKS, OK, Code::TypeNarrowed, ".c", ""),
            (BREAKS, OK, Code::TypeNarrowed, ".d[]", ""),
        ],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'int', 'b': 'Thing', 'c': 'Kind', 'd': 'str' } }
         { 'enum': 'Kind', 'data': [ 'e' ] }",
        "{ 'struct': 'Thing', 'data': { 'a': 'number', 'b': 'any', 'c': 'str', 'd': 'Alpha' } }
         { 'alternate': 'Alpha', 'data': { 's': 'str', 'n': 'null' } }",
        &[
            (OK, BREAKS, Code::TypeWidened, ".a", ""),
            (OK, BREAKS, Code::TypeWidened, ".b", ""),
            (OK, BREAKS, Code::TypeWidened, ".c", ""),
            (OK, BREAKS, Code::TypeWidened, ".d", ""),
        ],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'int', 'b': 'str', 'c': 'Alpha', 'd': 'bool' } }
         { 'alternate': 'Alpha', 'data': { 's': 'str', 'n': 'null' } }",
        "{ 'struct': 'Thing', 'data': { 'a': 'str', 'b': [ 'str' ], 'c': 'bool', 'd': 'Beta' } }
         { 'alternate': 'Beta', 'data': { 's': 'str', 'n': 'null' } }",
        &[
            (BREAKS, BREAKS, Code::TypeChanged, ".a", ""),
            (BREAKS, BREAKS, Code::TypeChanged, ".b", ""),
            (BREAKS, BREAKS, Code::TypeChanged, ".c", ""),
            (BREAKS, BREAKS, Code::TypeChanged, ".d", ""),
        ],
    ),
    // An alternate that takes strings, but not all strings of before.
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'str' } }",
        "{ 'struct': 'Thing', 'data': { 'a': 'Alpha' } }
         { 'alternate': 'Alpha', 'data': { 's': 'Kind', 'n': 'null' } }
         { 'enum': 'Kind', 'data': [ 'e' ] }",
        &[(BREAKS, BREAKS, Code::TypeChanged, ".a", "")],
    ),
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'int', 'b': 'int8', 'c': 'int64', 'd': 'int32' } }",
        "{ 'struct': 'Thing',
           'data': { 'a': 'uint8', 'b': 'int16', 'c': 'uint64', 'd': 'int32' } }",
        &[
            (BREAKS, OK, Code::IntegerNarrowed, ".a", ""),
            (OK, BREAKS, Code::IntegerWidened, ".b", ""),
            (BREAKS, BREAKS, Code::IntegerChanged, ".c", ""),
        ],
    ),
    // The same range under another name.
    (
        "{ 'struct': 'Thing', 'data': { 'a': 'int', 'b': 'size' } }",
        "{ 'struct': 'Thing', 'data': { 'a': 'int64', 'b': 'uint64' } }",
        &[],
    ),
    (
        "{ 'alternate': 'Thing', 'data': { 's': 'str', 'n': 'null' } }",
        "{ 'alternate': 'Thing', 'data': { 'str': 'str', 'o': 'Object', 'l': [ 'str' ] } }
         { 'struct': 'Object', 'data': {} }",
        &[
            (BREAKS, OK, Code::AlternativeRemoved, "", "null"),
            (OK, STRICT, Code::AlternativeAdded, "", "array"),
            (OK, STRICT, Code::AlternativeAdded, "", "object"),
        ],
    ),
    (
        "{ 'alternate': 'Thing', 'data': { 'i': 'int', 'n': 'null' } }",
        "{ 'alternate': 'Thing', 'data': { 'i': 'number', 'n': 'null' } }",
        &[(OK, BREAKS, Code::TypeWidened, "", "")],
    ),
];

const UNIONS: &[Case] = &[
    // The value stays, the branch goes or comes.
    (
        "{ 'enum': 'Kind', 'data': [ 'a', 'b', 'c', 'd' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind' }, 'discriminator': 'e',
           'data': { 'a': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'str' } }",
        "{ 'enum': 'Kind', 'data': [ 'a', 'b', 'c', 'd' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind' }, 'discriminator': 'e',
           'data': { 'b': 'Beta', 'c': 'Gamma', 'd': 'Nothing' } }
         { 'struct': 'Beta', 'data': { 'm': 'str' } } { 'struct': 'Gamma', 'data': { '*m': 'str' } }
         { 'struct': 'Nothing', 'data': {} }",
        &[
            (BREAKS, BREAKS, Code::BranchRemoved, "{e=a}", "a"),
            (BREAKS, STRICT, Code::BranchAdded, "{e=b}", "b"),
            (OK, STRICT, Code::BranchAdded, "{e=c}", "c"),
        ],
    ),
    // The value goes or comes with its branch.
    (
        "{ 'enum': 'Kind', 'data': [ 'a', 'c' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind' }, 'discriminator': 'e',
           'data': { 'a': 'Alpha', 'c': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'str' } }",
        "{ 'enum': 'Kind', 'data': [ 'b', 'c' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind' }, 'discriminator': 'e',
           'data': { 'b': 'Alpha', 'c': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'int' } }",
        &[
            (BREAKS, OK, Code::ValueRemoved, ".e", "a"),
            (OK, STRICT, Code::ValueAdded, ".e", "b"),
            (BREAKS, OK, Code::BranchRemoved, "{e=a}", "a"),
            (OK, STRICT, Code::BranchAdded, "{e=b}", "b"),
            (BREAKS, BREAKS, Code::TypeChanged, "{e=c}.m", ""),
        ],
    ),
    (
        "{ 'enum': 'Kind', 'data': [ 'a' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind', 'f': 'Kind' }, 'discriminator': 'e',
           'data': { 'a': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'str' } }",
        "{ 'enum': 'Kind', 'data': [ 'a' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind', 'f': 'Kind' }, 'discriminator': 'f',
           'data': { 'a': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'str' } }",
        &[(BREAKS, BREAKS, Code::DiscriminatorChanged, "", "")],
    ),
    // A struct becomes a union.
    (
        "{ 'enum': 'Kind', 'data': [ 'a', 'b' ] } { 'struct': 'Thing', 'data': { 'e': 'Kind' } }",
        "{ 'enum': 'Kind', 'data': [ 'a', 'b' ] }
         { 'union': 'Thing', 'base': { 'e': 'Kind' }, 'discriminator': 'e',
           'data': { 'a': 'Alpha' } }
         { 'struct': 'Alpha', 'data': { 'm': 'str' } }",
        &[(BREAKS, STRICT, Code::BranchAdded, "{e=a}", "a")],
    ),
];

#[test]
fn parts_of_types() {
    for (old, new, expected) in [MEMBERS, TYPES, UNIONS].concat() {
        for direction in [Direction::Sent, Direction::Received, Direction::Both] {
            let (user, path, head) = match direction {
                Direction::Received => {
                    let text = "{ 'event': 'USER', 'data': { 'x': 'Thing' } }";
                    ("event USER", "data.x", text)
                }
                Direction::Sent => {
                    let text = "{ 'command': 'user', 'data': { 'x': 'Thing' } }";
                    ("command user", "arguments.x", text)
                }
                _ => {
                    let text = "{ 'command': 'user', 'data': { 'x': 'Thing' },
                                  'returns': [ 'Thing' ] }";
                    ("command user", "arguments.x", text)
                }
            };
            let found = changes(&format!("{head}\n{old}"), &format!("{head}\n{new}"));
            let mut found = lines(&found);
            let mut wanted: Vec<String> = expected
                .iter()
                .map(|&(sent, received, code, step, name)| {
                    let verdict = match direction {
                        Direction::Sent => sent,
                        Direction::Received => received,
                        _ => sent.max(received),
                    };
                    format!("{verdict:?} {code} {user} {path}{step} {name} {direction:?}")
                })
                .collect();
            found.sort();
            wanted.sort();
            assert_eq!(found, wanted, "{old}\n{new}");
        }
    }
}

#[test]
fn commands_and_events() {
    let old = "{ 'command': 'gone' } { 'event': 'GONE' }
               { 'command': 'quick', 'allow-oob': true, 'features': [ 'f' ] }
               { 'command': 'slow' } { 'event': 'SAME' }
               { 'command': 'kind', 'returns': 'Some' } { 'struct': 'Some', 'data': { 's': 'str' } }
               { 'command': 'more' } { 'command': 'list', 'data': 'Some' }";
    let new = "{ 'command': 'come' } { 'event': 'COME' }
               { 'command': 'quick', 'features': [ 'g' ] }
               { 'command': 'slow', 'allow-oob': true } { 'event': 'SAME', 'features': [ 'f' ] }
               { 'command': 'kind', 'returns': [ 'Some' ] }
               { 'struct': 'Some', 'data': { 's': 'str' } }
               { 'command': 'more', 'returns': 'Some' } { 'command': 'list' }";
    let expected = [
        "Breaking command-removed command gone   Sent",
        "Breaking type-changed command kind returns  Received",
        "Breaking member-removed command list arguments.s s Sent",
        "Breaking oob-removed command quick   Sent",
        "Compatible feature-removed command quick  f Sent",
        "Compatible feature-added command quick  g Sent",
        "Breaking event-removed event GONE   Received",
        "Strict member-added command more returns.s s Received",
        "Strict event-added event COME   Received",
        "Compatible command-added command come   Sent",
        "Compatible oob-added command slow   Sent",
        "Compatible feature-added event SAME  f Received",
    ];
    assert_eq!(lines(&changes(old, new)), expected);
}

#[test]
fn every_code_is_tested_above() {
    let of_types = [MEMBERS, TYPES, UNIONS].concat();
    let mut tested: BTreeSet<Code> =
        of_types.iter().flat_map(|(_, _, expected)| *expected).map(|one| one.2).collect();
    tested.extend([Code::CommandRemoved, Code::CommandAdded, Code::EventRemoved]);
    tested.extend([Code::EventAdded, Code::OobRemoved, Code::OobAdded]);
    assert_eq!(tested, Code::ALL.iter().copied().collect());
}
