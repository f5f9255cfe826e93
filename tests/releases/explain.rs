//! The configuration symbols that explain a reply to `query-qmp-schema`: conditional parts that are
//! present or absent show which symbols its server was built with.

use std::collections::{BTreeSet, HashMap, HashSet};

use qapi_parser::cond::IfCond;
use qapi_tests::form::from_json;
use serde_json::Value;

/// A condition; it holds if the part that depends on it is in the reply.
struct Fact {
    cond: IfCond,
    holds: bool,
}

/// Returns the symbols under which the most conditional parts of `ours` are as in `theirs`.
///
/// `ours` is annotated introspection data with type names, `theirs` a server's reply.
pub fn symbols(ours: &Value, theirs: &Value) -> BTreeSet<String> {
    let facts = Walk::facts(ours, theirs);
    let violated = |symbols: &BTreeSet<String>| -> usize {
        facts.iter().filter(|fact| !fact.agrees(symbols)).count()
    };
    let mut known = BTreeSet::new();
    loop {
        let wrong = facts.iter().filter(|fact| !fact.agrees(&known));
        let candidates = wrong.flat_map(|fact| forced(&fact.cond, fact.holds, &known));
        match candidates.min_by_key(&violated) {
            Some(better) if violated(&better) < violated(&known) => known = better,
            _ => return known,
        }
    }
}

/// Returns the ways to make a condition true or false by defining and undefining symbols.
fn forced(cond: &IfCond, holds: bool, known: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
    match cond {
        IfCond::Symbol(symbol) => {
            let mut known = known.clone();
            if holds {
                known.insert(symbol.clone())
            } else {
                known.remove(symbol)
            };
            vec![known]
        }
        IfCond::Not(cond) => forced(cond, !holds, known),
        IfCond::All(conds) | IfCond::Any(conds) if matches!(cond, IfCond::All(_)) == holds => {
            conds.iter().fold(vec![known.clone()], |ways, cond| {
                ways.iter().flat_map(|known| forced(cond, holds, known)).collect()
            })
        }
        IfCond::All(conds) | IfCond::Any(conds) => {
            conds.iter().flat_map(|cond| forced(cond, holds, known)).collect()
        }
    }
}

impl Fact {
    fn agrees(&self, known: &BTreeSet<String>) -> bool {
        self.cond.holds(&|symbol| known.contains(symbol)) == self.holds
    }
}

/// Returns a part without its annotation, and its condition.
fn unwrap(part: &Value) -> (&Value, Option<IfCond>) {
    match part.get("@if") {
        Some(cond) => (&part["@value"], from_json(cond)),
        None => (part, None),
    }
}

/// Walks two replies side by side from their commands and events.
struct Walk<'a> {
    ours: HashMap<&'a str, &'a Value>,
    theirs: HashMap<&'a str, &'a Value>,
    facts: Vec<Fact>,
    seen: HashSet<&'a str>,
    pending: Vec<(&'a str, &'a str)>,
}

impl<'a> Walk<'a> {
    fn facts(ours: &'a Value, theirs: &'a Value) -> Vec<Fact> {
        let list = |data: &'a Value| data.as_array().expect("a list of entities");
        let (ours, theirs) = (list(ours), list(theirs));
        let types = |data: &'a [Value]| {
            let types = data.iter().map(|entity| unwrap(entity).0).filter(|ty| !is_root(ty));
            types.filter_map(|ty| Some((ty["name"].as_str()?, ty))).collect()
        };
        let mut walk = Walk {
            ours: types(ours),
            theirs: types(theirs),
            facts: Vec::new(),
            seen: HashSet::new(),
            pending: Vec::new(),
        };
        let roots: HashMap<&str, &Value> = theirs
            .iter()
            .filter(|entity| is_root(entity))
            .filter_map(|entity| Some((entity["name"].as_str()?, entity)))
            .collect();
        for (root, cond) in ours.iter().map(unwrap).filter(|(entity, _)| is_root(entity)) {
            let found = root["name"].as_str().and_then(|name| roots.get(name));
            walk.fact(cond, found.is_some());
            if let Some(found) = found {
                walk.entity(root, found);
            }
        }
        while let Some((ours, theirs)) = walk.pending.pop() {
            if let (Some(ours), Some(theirs)) = (walk.ours.get(ours), walk.theirs.get(theirs)) {
                walk.entity(ours, theirs);
            }
        }
        walk.facts
    }

    fn fact(&mut self, cond: Option<IfCond>, holds: bool) {
        self.facts.extend(cond.map(|cond| Fact { cond, holds }));
    }

    /// Notes the types behind a member of two entities or parts, to be compared later.
    fn types(&mut self, ours: &'a Value, theirs: &'a Value, key: &str) {
        if let (Some(ours), Some(theirs)) = (ours[key].as_str(), theirs[key].as_str())
            && self.seen.insert(ours)
        {
            self.pending.push((ours, theirs));
        }
    }

    fn entity(&mut self, ours: &'a Value, theirs: &'a Value) {
        for key in ["arg-type", "ret-type", "element-type"] {
            self.types(ours, theirs, key);
        }
        for (list, key) in
            [("members", "name"), ("variants", "case"), ("values", ""), ("features", "")]
        {
            let Some(found) = theirs.get(list).or(list.eq("features").then_some(&Value::Null))
            else {
                continue;
            };
            for (part, cond) in ours[list].as_array().into_iter().flatten().map(unwrap) {
                let same = |other: &&Value| {
                    if key.is_empty() { *other == part } else { other[key] == part[key] }
                };
                let found = found.as_array().into_iter().flatten().find(same);
                self.fact(cond, found.is_some());
                if let Some(found) = found {
                    self.types(part, found, "type");
                }
            }
        }
    }
}

fn is_root(entity: &Value) -> bool {
    matches!(entity["meta-type"].as_str(), Some("command" | "event"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn symbols_follow_from_present_and_absent_parts() {
        let ours = json!([
            { "@if": { "all": ["A", "B"] }, "@value": { "meta-type": "command", "name": "a" } },
            { "@if": { "any": ["B", "C"] }, "@value": { "meta-type": "command", "name": "b" } },
            { "@if": "D", "@value": { "meta-type": "event", "name": "D" } },
            { "meta-type": "event", "name": "E", "arg-type": "Data" },
            { "meta-type": "object", "name": "Data", "members":
              [{ "@if": { "not": "E" }, "@value": { "name": "x", "type": "int" } }] },
        ]);
        let both = json!([
            { "meta-type": "command", "name": "a" },
            { "meta-type": "command", "name": "b" },
            { "meta-type": "event", "name": "E", "arg-type": "0" },
            { "meta-type": "object", "name": "0", "members": [] },
        ]);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(symbols(&ours, &both), set(&["A", "B", "E"]));
        let none = json!([{ "meta-type": "event", "name": "D" }]);
        assert_eq!(symbols(&ours, &none), set(&["D"]));
    }
}
