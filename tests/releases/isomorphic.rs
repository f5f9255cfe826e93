//! Introspection data without type numbers: two replies are isomorphic if these forms are equal.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// Entities by name, with type numbers replaced by the order of first use.
pub type Canonical = BTreeMap<String, Value>;

/// Members of an entity that name a type.
const TYPES: [&str; 3] = ["arg-type", "ret-type", "element-type"];

/// Members of an entity that are lists of parts with a type.
const PARTS: [&str; 2] = ["members", "variants"];

/// Returns the data's canonical form.
///
/// # Panics
/// If the data mentions a type that it does not have, or is not introspection data.
pub fn canonical(data: &Value) -> Canonical {
    let all = data.as_array().expect("a list of entities");
    let (mut roots, types): (Vec<&Value>, Vec<&Value>) =
        all.iter().partition(|entity| is_root(entity));
    roots.sort_by_key(|entity| root_name(entity));
    let mut walk = Walk {
        types: types.iter().map(|ty| (name(ty), *ty)).collect(),
        renamed: HashMap::new(),
        pending: Vec::new(),
        out: Canonical::new(),
    };
    for root in roots {
        let entity = walk.entity(root);
        walk.out.insert(root_name(root), entity);
        walk.finish();
    }
    // Types of commands that the server was built without.
    for ty in types {
        walk.reference(name(ty));
        walk.finish();
    }
    walk.out
}

fn is_root(entity: &Value) -> bool {
    matches!(entity["meta-type"].as_str(), Some("command" | "event"))
}

fn name(entity: &Value) -> &str {
    entity["name"].as_str().expect("a name")
}

fn root_name(entity: &Value) -> String {
    format!("{} {}", entity["meta-type"].as_str().unwrap_or_default(), name(entity))
}

struct Walk<'a> {
    types: HashMap<&'a str, &'a Value>,
    renamed: HashMap<&'a str, String>,
    pending: Vec<&'a str>,
    out: Canonical,
}

impl<'a> Walk<'a> {
    /// Returns the new name of a type; the type itself follows later.
    fn reference(&mut self, name: &'a str) -> String {
        if let Some(known) = self.renamed.get(name) {
            return known.clone();
        }
        let ty = *self.types.get(name).unwrap_or_else(|| panic!("type '{name}' is missing"));
        let new = match ty["meta-type"].as_str() {
            Some("builtin") => name.to_owned(),
            Some("array") => {
                format!("[{}]", self.reference(ty["element-type"].as_str().expect("a type")))
            }
            _ => format!("type {}", self.renamed.len()),
        };
        self.renamed.insert(name, new.clone());
        self.pending.push(name);
        new
    }

    fn finish(&mut self) {
        while let Some(name) = self.pending.pop() {
            let entity = self.entity(self.types[name]);
            self.out.insert(self.renamed[name].clone(), entity);
        }
    }

    /// Returns an entity without its name, its types renamed.
    fn entity(&mut self, entity: &'a Value) -> Value {
        let mut out = Map::new();
        let is_enum = entity["meta-type"] == "enum";
        for (key, value) in entity.as_object().expect("an object") {
            match key.as_str() {
                "name" => {}
                // QEMU lists an enum's values as members, too, since 6.2.
                "members" if is_enum => {}
                key if TYPES.contains(&key) => {
                    let ty = self.reference(value.as_str().expect("a type"));
                    out.insert(key.to_owned(), ty.into());
                }
                key if PARTS.contains(&key) => {
                    let parts = value.as_array().into_iter().flatten();
                    out.insert(key.to_owned(), parts.map(|part| self.part(part)).collect());
                }
                key => {
                    out.insert(key.to_owned(), value.clone());
                }
            }
        }
        Value::Object(out)
    }

    fn part(&mut self, part: &'a Value) -> Value {
        let mut new = part.clone();
        new["type"] = self.reference(part["type"].as_str().expect("a type")).into();
        new
    }
}

/// Returns the first difference of two canonical forms.
pub fn difference(ours: &Canonical, theirs: &Canonical) -> Option<String> {
    let names = ours.keys().chain(theirs.keys());
    let differing = names.filter(|name| ours.get(*name) != theirs.get(*name)).min()?;
    let show = |side: Option<&Value>| side.map_or("nothing".to_owned(), Value::to_string);
    let (ours, theirs) = (show(ours.get(differing)), show(theirs.get(differing)));
    Some(format!("{differing}: {ours} instead of {theirs}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_the_order_of_types_do_not_matter() {
        let data = |number: &str, member: &str| {
            json!([
                { "meta-type": "command", "name": "a", "arg-type": number, "ret-type": "int" },
                { "meta-type": "object", "name": number, "members":
                  [{ "name": member, "type": format!("[{number}]") }] },
                { "meta-type": "array", "name": format!("[{number}]"), "element-type": number },
                { "meta-type": "builtin", "name": "int", "json-type": "int" },
            ])
        };
        let ours = canonical(&data("0", "x"));
        assert_eq!(difference(&ours, &canonical(&data("7", "x"))), None);
        assert!(difference(&ours, &canonical(&data("0", "y"))).is_some());
    }
}
