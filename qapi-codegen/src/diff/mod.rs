//! The changes between two interfaces, and their effect on clients and servers.
//!
//! An [`Interface`] holds what a client can see, as `query-qmp-schema` tells it: commands, events
//! and the types that they reach. It comes from a checked schema or from a reply. [`diff`] compares
//! two of them along their commands and events. Names of types do not count, since they never are
//! on the wire: an implicit, boxed or masked type equals any other of the same shape. Defaults,
//! documentation, `gen`, `coroutine` and the like do not count either.
//!
//! A [`Verdict`] is about a client that was built for the old interface and talks to a server of
//! the new one. Exchange the two interfaces to learn what breaks a client of the new interface at a
//! server of the old one, that is, what a server must implement first.
//!
//! | change | client sends it | client receives it |
//! |---|---|---|
//! | command, event removed | breaking | breaking |
//! | command, event added | compatible | strict |
//! | member removed | breaking | breaking |
//! | mandatory member added | breaking | strict |
//! | optional member added | compatible | strict |
//! | member now mandatory | breaking | compatible |
//! | member now optional | compatible | breaking |
//! | value, alternative removed | breaking | compatible |
//! | value, alternative added | compatible | strict |
//! | branch removed, its value too | breaking | compatible |
//! | branch removed, its value stays | breaking | breaking |
//! | branch added, its value too | compatible | strict |
//! | branch added, its value is old | as its members | strict |
//! | type narrowed, such as `number` to `int` | breaking | compatible |
//! | type widened | compatible | breaking |
//! | type or discriminator changed | breaking | breaking |
//! | `allow-oob` removed | breaking | |
//! | `allow-oob`, feature added; feature removed | compatible | compatible |
//!
//! `str` is narrowed to an enum, an alternate to one of its types, and `any` to every type.
//!
//! A type used in both directions gets the worse of its two verdicts. Replies know a single integer
//! type, so the codes `integer-*` exist only between two schemas; except for these, two schemas
//! with all conditions true have the changes that their introspection data have.

mod change;
mod compare;
mod model;
mod relate;
mod reply;
mod roots;
mod schema;
mod walk;

use std::cmp::Reverse;
use std::collections::HashMap;

use qapi_parser::nearest;

pub use change::{Change, Code, Direction, Place, User, UserKind, Verdict};
pub use model::Interface;
pub use reply::{ReplyError, is_reply};

use compare::Comparison;
use roots::{Entities, entities};
use walk::{Graph, Root};

use crate::options::OptionError;
use crate::pattern::Patterns;

/// Returns the changes from `old` to `new`: command by command, those with the worst verdicts
/// first. A change of a type that several commands reach is listed once, at the first of them.
///
/// With patterns in `select`, only what the matching commands, events and types reach is compared.
///
/// # Errors
/// Each pattern that matches nothing in both interfaces.
pub fn diff(
    old: &Interface,
    new: &Interface,
    select: &[String],
) -> Result<Vec<Change>, Vec<OptionError>> {
    let patterns = Patterns::new(select.iter().map(|pattern| (pattern.clone(), ())));
    let all = patterns.is_empty();
    let Entities { mut changes, mut roots } =
        entities(old, new, &|name| all || patterns.is_match(name));
    if !all {
        roots.extend(selected_types(old, new, &patterns));
        check(&patterns, old, new)?;
    }
    changes.extend(Graph::new(old, new, roots).changes());
    sort(&mut changes);
    Ok(changes)
}

/// Returns a root for each pair of types that a pattern names, with the directions of all its uses.
fn selected_types(old: &Interface, new: &Interface, patterns: &Patterns<()>) -> Vec<Root> {
    let everything = Graph::new(old, new, entities(old, new, &|_| true).roots);
    let named = everything.pairs().filter_map(|(pair, direction)| {
        let names = [&old.types[pair.0].name, &new.types[pair.1].name];
        let name = names.into_iter().flatten().find(|name| patterns.is_match(name))?;
        let user = User { kind: UserKind::Type, name: name.clone() };
        let comparison = Comparison { findings: Vec::new(), uses: vec![(String::new(), pair)] };
        Some(Root { user, path: "", direction, comparison })
    });
    named.collect()
}

/// Reports the patterns that match no command, event or type.
fn check(
    patterns: &Patterns<()>,
    old: &Interface,
    new: &Interface,
) -> Result<(), Vec<OptionError>> {
    let sides = [old, new];
    let types = sides.iter().flat_map(|side| side.types.iter().filter_map(|ty| ty.name.as_deref()));
    for name in types.clone() {
        patterns.is_match(name);
    }
    let commands = sides.iter().flat_map(|side| side.commands.keys());
    let events = sides.iter().flat_map(|side| side.events.keys());
    let known = commands.chain(events).map(String::as_str).chain(types);
    let unmatched = patterns.unmatched().map(|pattern| OptionError::Unmatched {
        option: "select",
        pattern: pattern.to_owned(),
        kind: "command, event or type of either interface",
        is_in_schema: false,
        nearest: nearest(pattern, known.clone()).map(str::to_owned),
    });
    let unmatched: Vec<OptionError> = unmatched.collect();
    if unmatched.is_empty() { Ok(()) } else { Err(unmatched) }
}

fn sort(changes: &mut [Change]) {
    let key = |user: &User| (user.kind, user.name.clone());
    let mut worst: HashMap<_, Verdict> = HashMap::new();
    for change in changes.iter() {
        let entry = worst.entry(key(&change.user)).or_insert(Verdict::Compatible);
        *entry = change.verdict.max(*entry);
    }
    changes.sort_by_cached_key(|change| {
        let key = key(&change.user);
        let place = (change.path.clone(), change.code, change.name.clone());
        (Reverse(worst[&key]), key, Reverse(change.verdict), place)
    });
}
