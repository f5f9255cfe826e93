//! The changes between two types of the same kind, each judged for both directions.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Verdict::{Breaking, Compatible, Strict};
use super::change::{Code, Place, Verdict};
use super::model::{Alternative, EnumValue, Features, Interface, Member, Object, Shape, TypeIndex};
use super::relate::{Pair, kind, relate};

/// A change inside a pair of types, before its use is known.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) code: Code,
    /// The verdict if the client sends the data.
    pub(super) sent: Verdict,
    /// The verdict if the client receives the data.
    pub(super) received: Verdict,
    /// The path from the type to the change.
    pub(super) step: String,
    pub(super) name: String,
    pub(super) message: String,
    pub(super) old: Option<Place>,
    pub(super) new: Option<Place>,
}

/// The changes of a pair of types, and the pairs that it uses.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) findings: Vec<Finding>,
    /// The path from the type to the use, and the types there.
    pub(super) uses: Vec<(String, Pair)>,
}

/// Compares the parts of two types of the same kind.
pub(super) fn compare(old: &Interface, new: &Interface, (before, after): Pair) -> Comparison {
    let (old_info, new_info) = (&old.types[before], &new.types[after]);
    let places = (&old_info.place, &new_info.place);
    let mut sides = Sides { old, new, places, comparison: Comparison::default() };
    sides.features((&old_info.features, &new_info.features), "", "", places);
    match (&old_info.shape, &new_info.shape) {
        (Shape::Enum(a), Shape::Enum(b)) => sides.values(a, b),
        (Shape::Object(a), Shape::Object(b)) => sides.objects(a, b),
        (Shape::Alternate(a), Shape::Alternate(b)) => sides.alternates(a, b),
        _ => {}
    }
    sides.comparison
}

/// Compares the types of arguments, replies or event data.
pub(super) fn compare_use(
    old: &Interface,
    new: &Interface,
    types: Pair,
    places: (&Option<Place>, &Option<Place>),
) -> Comparison {
    let mut sides = Sides { old, new, places, comparison: Comparison::default() };
    sides.types(types, "", places);
    sides.comparison
}

/// Compares the features of a command or event.
pub(super) fn compare_features(
    old: &Interface,
    new: &Interface,
    features: (&Features, &Features),
    places: (&Option<Place>, &Option<Place>),
) -> Vec<Finding> {
    let mut sides = Sides { old, new, places, comparison: Comparison::default() };
    sides.features(features, "", "", places);
    sides.comparison.findings
}

struct Sides<'a> {
    old: &'a Interface,
    new: &'a Interface,
    /// The places of the two types, for parts that one of them lacks.
    places: (&'a Option<Place>, &'a Option<Place>),
    comparison: Comparison,
}

type Places<'a> = (&'a Option<Place>, &'a Option<Place>);

impl Sides<'_> {
    fn values(&mut self, old: &BTreeMap<String, EnumValue>, new: &BTreeMap<String, EnumValue>) {
        for (name, pair) in zip(old, new) {
            match pair {
                Both(a, b) => {
                    let of = format!(" of value '{name}'");
                    self.features((&a.features, &b.features), "", &of, (&a.place, &b.place));
                }
                Old(a) => {
                    let places = (&a.place, self.places.1);
                    let message = format!("value '{name}' removed");
                    self.add(Code::ValueRemoved, (Breaking, Compatible), name, message, places);
                }
                New(b) => {
                    let places = (self.places.0, &b.place);
                    let message = format!("value '{name}' added");
                    self.add(Code::ValueAdded, (Compatible, Strict), name, message, places);
                }
            }
        }
    }

    fn objects(&mut self, old: &Object, new: &Object) {
        for (name, pair) in zip(&old.members, &new.members) {
            let step = format!(".{name}");
            match pair {
                Both(a, b) => self.members(&step, a, b),
                Old(a) => {
                    let places = (&a.place, self.places.1);
                    let message = format!("{} member '{name}' removed", presence(a));
                    self.add(Code::MemberRemoved, (Breaking, Breaking), name, message, places)
                        .step = step;
                }
                New(b) => {
                    let places = (self.places.0, &b.place);
                    let message = format!("{} member '{name}' added", presence(b));
                    let sent = if b.optional { Compatible } else { Breaking };
                    self.add(Code::MemberAdded, (sent, Strict), name, message, places).step = step;
                }
            }
        }
        self.branches(old, new);
    }

    fn members(&mut self, step: &str, old: &Member, new: &Member) {
        let places = (&old.place, &new.place);
        let change = match (old.optional, new.optional) {
            (true, false) => Some((Code::MemberNowMandatory, (Breaking, Compatible), "mandatory")),
            (false, true) => Some((Code::MemberNowOptional, (Compatible, Breaking), "optional")),
            _ => None,
        };
        if let Some((code, verdicts, presence)) = change {
            self.add(code, verdicts, "", format!("member is now {presence}"), places).step =
                step.to_owned();
        }
        self.types((old.ty, new.ty), step, places);
        self.features((&old.features, &new.features), step, "", places);
    }

    fn branches(&mut self, old: &Object, new: &Object) {
        let Some(tag) = old.tag.as_ref().or(new.tag.as_ref()) else { return };
        if let (Some(a), Some(b)) = (&old.tag, &new.tag)
            && a != b
        {
            let message = format!("discriminator changed from '{a}' to '{b}'");
            let verdicts = (Breaking, Breaking);
            self.add(Code::DiscriminatorChanged, verdicts, "", message, self.places);
        }
        let old_values = values(self.old, old, tag);
        let new_values = values(self.new, new, new.tag.as_ref().unwrap_or(tag));
        for (name, pair) in zip(&old.branches, &new.branches) {
            let step = format!("{{{tag}={name}}}");
            let (a, b) = match pair {
                Both(a, b) => (Some(a), Some(b)),
                Old(a) => (Some(a), None),
                New(b) => (None, Some(b)),
            };
            // A branch without members is no different from a value without a branch.
            let a = a.filter(|branch| !self.old.is_empty_object(branch.ty));
            let b = b.filter(|branch| !self.new.is_empty_object(branch.ty));
            match (a, b) {
                (Some(a), Some(b)) => self.types((a.ty, b.ty), &step, (&a.place, &b.place)),
                (Some(a), None) => {
                    let received =
                        if new_values.contains(name.as_str()) { Breaking } else { Compatible };
                    let message = format!("branch '{name}' removed");
                    let places = (&a.place, self.places.1);
                    self.add(Code::BranchRemoved, (Breaking, received), name, message, places)
                        .step = step;
                }
                (None, Some(b)) => {
                    let needed =
                        old_values.contains(name.as_str()) && has_mandatory(self.new, b.ty);
                    let sent = if needed { Breaking } else { Compatible };
                    let message = format!("branch '{name}' added");
                    let places = (self.places.0, &b.place);
                    self.add(Code::BranchAdded, (sent, Strict), name, message, places).step = step;
                }
                (None, None) => {}
            }
        }
    }

    fn alternates(&mut self, old: &[Alternative], new: &[Alternative]) {
        fn by_kind<'b>(
            interface: &Interface,
            list: &'b [Alternative],
        ) -> BTreeMap<&'static str, &'b Alternative> {
            let kinds = list.iter().map(|one| (kind(interface, one.ty), one));
            kinds.filter_map(|(kind, one)| Some((kind?.name(), one))).collect()
        }
        let (old, new) = (by_kind(self.old, old), by_kind(self.new, new));
        for (&name, pair) in zip(&old, &new) {
            match pair {
                Both(a, b) => self.types((a.ty, b.ty), "", (&a.place, &b.place)),
                Old(a) => {
                    let (code, verdicts) = (Code::AlternativeRemoved, (Breaking, Compatible));
                    let message = format!("alternative of JSON type {name} removed");
                    self.add(code, verdicts, name, message, (&a.place, self.places.1));
                }
                New(b) => {
                    let (code, verdicts) = (Code::AlternativeAdded, (Compatible, Strict));
                    let message = format!("alternative of JSON type {name} added");
                    self.add(code, verdicts, name, message, (self.places.0, &b.place));
                }
            }
        }
    }

    /// Compares the types at a place of use.
    fn types(&mut self, (before, after): Pair, step: &str, places: Places<'_>) {
        let relation = relate((self.old, before), (self.new, after));
        let step = format!("{step}{}", relation.arrays);
        if let Some((code, message)) = relation.mismatch {
            let verdicts = match code {
                Code::TypeNarrowed | Code::IntegerNarrowed => (Breaking, Compatible),
                Code::TypeWidened | Code::IntegerWidened => (Compatible, Breaking),
                _ => (Breaking, Breaking),
            };
            self.add(code, verdicts, "", message, places).step = step.clone();
        }
        self.comparison.uses.extend(relation.pair.map(|pair| (step, pair)));
    }

    /// Compares features, which change nothing on the wire.
    fn features(
        &mut self,
        (old, new): (&Features, &Features),
        step: &str,
        of: &str,
        places: Places<'_>,
    ) {
        let lists =
            [(old, new, Code::FeatureRemoved, "removed"), (new, old, Code::FeatureAdded, "added")];
        for (from, without, code, verb) in lists {
            for name in from.difference(without) {
                let message = format!("feature '{name}'{of} {verb}");
                self.add(code, (Compatible, Compatible), name, message, places).step =
                    step.to_owned();
            }
        }
    }

    fn add(
        &mut self,
        code: Code,
        (sent, received): (Verdict, Verdict),
        name: &str,
        message: String,
        (old, new): Places<'_>,
    ) -> &mut Finding {
        let (step, name) = (String::new(), name.to_owned());
        let (old, new) = (old.clone(), new.clone());
        let findings = &mut self.comparison.findings;
        findings.push(Finding { code, sent, received, step, name, message, old, new });
        let last = findings.len() - 1;
        &mut findings[last]
    }
}

use Side::{Both, New, Old};

/// An element of two maps.
enum Side<T> {
    Old(T),
    New(T),
    Both(T, T),
}

/// Goes through the keys of two maps in order.
fn zip<'a, K: Ord, V>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Side<&'a V>)> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    keys.into_iter().filter_map(|key| {
        Some(match (old.get(key), new.get(key)) {
            (Some(a), Some(b)) => (key, Both(a, b)),
            (Some(a), None) => (key, Old(a)),
            (None, Some(b)) => (key, New(b)),
            (None, None) => return None,
        })
    })
}

fn presence(member: &Member) -> &'static str {
    if member.optional { "optional" } else { "mandatory" }
}

/// Returns the values of the enum that the member `tag` has as its type.
fn values<'a>(interface: &'a Interface, object: &Object, tag: &str) -> BTreeSet<&'a str> {
    let shape = object.members.get(tag).map(|member| interface.shape(member.ty));
    match shape {
        Some(Shape::Enum(values)) => values.keys().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn has_mandatory(interface: &Interface, ty: TypeIndex) -> bool {
    match interface.shape(ty) {
        Shape::Object(object) => object.members.values().any(|member| !member.optional),
        _ => true,
    }
}
