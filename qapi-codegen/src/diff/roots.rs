//! The commands and events of two interfaces, compared up to the types that they use.

use std::collections::BTreeMap;

use super::change::Verdict::{Breaking, Compatible, Strict};
use super::change::{Change, Code, Direction, Place, User, UserKind, Verdict};
use super::compare::{Comparison, Finding, compare_features, compare_use};
use super::model::{Command, Event, Interface};
use super::walk::{Root, Uses};

/// Commands and events that only one interface has, and the uses of types in the others.
#[derive(Debug, Default)]
pub(super) struct Entities {
    pub(super) changes: Vec<Change>,
    pub(super) roots: Vec<Root>,
}

/// Compares the commands and events that `is_selected` names.
pub(super) fn entities(
    old: &Interface,
    new: &Interface,
    is_selected: &dyn Fn(&str) -> bool,
) -> Entities {
    let mut entities = Entities::default();
    for name in names(&old.commands, &new.commands).filter(|name| is_selected(name)) {
        match (old.commands.get(name), new.commands.get(name)) {
            (Some(a), Some(b)) => entities.command(name, (old, a), (new, b)),
            (Some(a), None) => {
                let change = whole(UserKind::Command, name, Code::CommandRemoved, Breaking);
                entities.changes.push(Change { old: a.place.clone(), ..change });
            }
            (None, Some(b)) => {
                let change = whole(UserKind::Command, name, Code::CommandAdded, Compatible);
                entities.changes.push(Change { new: b.place.clone(), ..change });
            }
            (None, None) => {}
        }
    }
    for name in names(&old.events, &new.events).filter(|name| is_selected(name)) {
        match (old.events.get(name), new.events.get(name)) {
            (Some(a), Some(b)) => entities.event(name, (old, a), (new, b)),
            (Some(a), None) => {
                let change = whole(UserKind::Event, name, Code::EventRemoved, Breaking);
                entities.changes.push(Change { old: a.place.clone(), ..change });
            }
            (None, Some(b)) => {
                let change = whole(UserKind::Event, name, Code::EventAdded, Strict);
                entities.changes.push(Change { new: b.place.clone(), ..change });
            }
            (None, None) => {}
        }
    }
    entities
}

impl Entities {
    fn command(
        &mut self,
        name: &str,
        (old, a): (&Interface, &Command),
        (new, b): (&Interface, &Command),
    ) {
        let user = User { kind: UserKind::Command, name: name.to_owned() };
        let places = (&a.place, &b.place);
        let mut findings = compare_features(old, new, (&a.features, &b.features), places);
        let oob = match (a.allow_oob, b.allow_oob) {
            (true, false) => Some((Code::OobRemoved, Breaking, "no longer allows exec-oob")),
            (false, true) => Some((Code::OobAdded, Compatible, "now allows exec-oob")),
            _ => None,
        };
        findings.extend(oob.map(|(code, sent, message)| Finding {
            code,
            sent,
            received: Compatible,
            step: String::new(),
            name: String::new(),
            message: message.to_owned(),
            old: a.place.clone(),
            new: b.place.clone(),
        }));
        self.whole(&user, Uses::SENT, findings);
        let arguments = compare_use(old, new, (a.arguments, b.arguments), places);
        self.part(&user, "arguments", Uses::SENT, arguments);
        let returns = compare_use(old, new, (a.returns, b.returns), places);
        self.part(&user, "returns", Uses::RECEIVED, returns);
    }

    fn event(
        &mut self,
        name: &str,
        (old, a): (&Interface, &Event),
        (new, b): (&Interface, &Event),
    ) {
        let user = User { kind: UserKind::Event, name: name.to_owned() };
        let places = (&a.place, &b.place);
        let findings = compare_features(old, new, (&a.features, &b.features), places);
        self.whole(&user, Uses::RECEIVED, findings);
        let data = compare_use(old, new, (a.data, b.data), places);
        self.part(&user, "data", Uses::RECEIVED, data);
    }

    fn whole(&mut self, user: &User, direction: Uses, findings: Vec<Finding>) {
        self.part(user, "", direction, Comparison { findings, uses: Vec::new() });
    }

    fn part(&mut self, user: &User, path: &'static str, direction: Uses, comparison: Comparison) {
        self.roots.push(Root { user: user.clone(), path, direction, comparison });
    }
}

fn names<'a, V>(
    old: &'a BTreeMap<String, V>,
    new: &'a BTreeMap<String, V>,
) -> impl Iterator<Item = &'a str> {
    let names: std::collections::BTreeSet<&str> =
        old.keys().chain(new.keys()).map(String::as_str).collect();
    names.into_iter()
}

/// A change of a command or event as a whole, its places still unknown.
fn whole(kind: UserKind, name: &str, code: Code, verdict: Verdict) -> Change {
    let user = User { kind, name: name.to_owned() };
    let (direction, entity) = match kind {
        UserKind::Event => (Direction::Received, "event"),
        _ => (Direction::Sent, "command"),
    };
    let verb = match code {
        Code::CommandAdded | Code::EventAdded => "added",
        _ => "removed",
    };
    let (old, new): (Option<Place>, Option<Place>) = (None, None);
    Change {
        verdict,
        code,
        user: user.clone(),
        path: String::new(),
        name: String::new(),
        message: format!("{entity} {verb}"),
        direction,
        old_type: None,
        new_type: None,
        old,
        new,
        users: vec![user],
    }
}
