//! The tables of the walker: constants that describe a type as the schema does.

use crate::json::fingerprint;
use crate::policy::FeatureSet;

/// The members of an object type, those of its base first. Branches have shapes of their own.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    name: &'static str,
    pub(crate) members: &'static [Member],
    features: &'static [&'static str],
}

impl Shape {
    /// The shape of type `name`.
    pub const fn new(name: &'static str, members: &'static [Member]) -> Shape {
        Shape { name, members, features: &[] }
    }

    /// Sets the features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> Shape {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The members in schema order.
    pub const fn members(&self) -> &'static [Member] {
        self.members
    }

    /// The names of the type's features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}

/// A member of an object type.
#[derive(Debug)]
pub struct Member {
    pub(crate) name: &'static str,
    pub(crate) hash: u16,
    optional: bool,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

/// A mandatory member.
pub const fn member(name: &'static str) -> Member {
    Member {
        name,
        hash: fingerprint(name.as_bytes()),
        optional: false,
        feature_set: FeatureSet::NONE,
        features: &[],
    }
}

/// An optional member.
pub const fn optional(name: &'static str) -> Member {
    Member { optional: true, ..member(name) }
}

/// Members without features, as the schema writes them: `*` marks an optional one.
///
/// rustc takes less time for the names than for a call of [`member`] or [`optional`] for each.
pub const fn members<const COUNT: usize>(names: [&'static str; COUNT]) -> [Member; COUNT] {
    let mut members = [const { member("") }; COUNT];
    let mut at = 0;
    while at < COUNT {
        members[at] = match names[at].as_bytes() {
            [b'*', ..] => optional(names[at].split_at(1).1),
            _ => member(names[at]),
        };
        at += 1;
    }
    members
}

impl Member {
    /// Adds feature `deprecated`.
    #[must_use]
    pub const fn deprecated(mut self) -> Member {
        self.feature_set = self.feature_set.with(FeatureSet::DEPRECATED);
        self
    }

    /// Adds feature `unstable`.
    #[must_use]
    pub const fn unstable(mut self) -> Member {
        self.feature_set = self.feature_set.with(FeatureSet::UNSTABLE);
        self
    }

    /// Sets all features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> Member {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if it may be absent.
    pub const fn is_optional(&self) -> bool {
        self.optional
    }

    /// The names of its features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}

/// The values of an enumeration.
#[derive(Debug, Clone, Copy)]
pub struct EnumShape {
    name: &'static str,
    pub(crate) values: &'static [EnumValue],
    features: &'static [&'static str],
}

/// A value of an enumeration.
#[derive(Debug)]
pub struct EnumValue {
    pub(crate) name: &'static str,
    hash: u16,
    /// The index of the value that takes this place in the order of hashes.
    nth: u16,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

/// An enumeration's value.
pub const fn value(name: &'static str) -> EnumValue {
    let hash = fingerprint(name.as_bytes());
    EnumValue { name, hash, nth: 0, feature_set: FeatureSet::NONE, features: &[] }
}

/// Values without features. rustc takes less time for the names than for a call of [`value`] for
/// each.
pub const fn values<const COUNT: usize>(names: [&'static str; COUNT]) -> Ordered<COUNT> {
    let mut values = [const { value("") }; COUNT];
    let mut at = 0;
    while at < COUNT {
        values[at] = value(names[at]);
        at += 1;
    }
    ordered(values)
}

/// The values of an enumeration, prepared by [`ordered`] or [`values`].
#[derive(Debug)]
pub struct Ordered<const COUNT: usize>([EnumValue; COUNT]);

/// Up to this many values are compared one by one.
const FEW_VALUES: usize = 12;

/// Prepares the values of an enumeration, at compile time: [`EnumShape::find`] finds one of many by
/// their hashes.
pub const fn ordered<const COUNT: usize>(mut values: [EnumValue; COUNT]) -> Ordered<COUNT> {
    if COUNT <= FEW_VALUES {
        return Ordered(values);
    }
    let mut at = 0;
    while at < COUNT {
        values[at].nth = at as u16;
        at += 1;
    }
    // Heapsort: of the sorts that a `const fn` can write down, one without a slow case.
    let mut root = COUNT / 2;
    while root > 0 {
        root -= 1;
        sift_down(&mut values, root, COUNT);
    }
    let mut end = COUNT;
    while end > 1 {
        end -= 1;
        (values[0].nth, values[end].nth) = (values[end].nth, values[0].nth);
        sift_down(&mut values, 0, end);
    }
    Ordered(values)
}

/// Restores the heap of the first `end` places, largest hash first, of which only `root` may be too
/// small.
const fn sift_down(values: &mut [EnumValue], mut root: usize, end: usize) {
    loop {
        let mut child = 2 * root + 1;
        if child >= end {
            return;
        }
        if child + 1 < end && nth_hash(values, child) < nth_hash(values, child + 1) {
            child += 1;
        }
        if nth_hash(values, root) >= nth_hash(values, child) {
            return;
        }
        (values[root].nth, values[child].nth) = (values[child].nth, values[root].nth);
        root = child;
    }
}

/// Returns the hash at a place in the order of hashes.
const fn nth_hash(values: &[EnumValue], place: usize) -> u16 {
    values[values[place].nth as usize].hash
}

impl EnumValue {
    /// Adds feature `deprecated`.
    #[must_use]
    pub const fn deprecated(mut self) -> EnumValue {
        self.feature_set = self.feature_set.with(FeatureSet::DEPRECATED);
        self
    }

    /// Adds feature `unstable`.
    #[must_use]
    pub const fn unstable(mut self) -> EnumValue {
        self.feature_set = self.feature_set.with(FeatureSet::UNSTABLE);
        self
    }

    /// Sets all features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> EnumValue {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The names of its features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}

impl EnumShape {
    /// The shape of enumeration `name` with [prepared](ordered) values.
    pub const fn new<const COUNT: usize>(
        name: &'static str,
        values: &'static Ordered<COUNT>,
    ) -> EnumShape {
        EnumShape { name, values: &values.0, features: &[] }
    }

    /// Sets the features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> EnumShape {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The values in schema order.
    pub const fn values(&self) -> &'static [EnumValue] {
        self.values
    }

    /// The names of the enumeration's features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }

    /// Returns the index of the value `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        let values = self.values;
        if values.len() <= FEW_VALUES {
            return values.iter().position(|value| value.name == name);
        }
        let hash = fingerprint(name.as_bytes());
        let nth = |value: &EnumValue| usize::from(value.nth);
        let first = values.partition_point(|value| values[nth(value)].hash < hash);
        values[first..]
            .iter()
            .map(nth)
            .take_while(|index| values[*index].hash == hash)
            .find(|index| values[*index].name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static LARGE: EnumShape = EnumShape::new(
        "Large",
        &ordered([
            value("unmapped"),
            value("pause"),
            value("ro"),
            value("kp_comma"),
            value("kp_equals"),
            value("power"),
            value("hiragana"),
            value("henkan"),
            value("yen"),
            value("sleep"),
            value("wake"),
            value("audionext"),
            value("audioprev"),
            value("0"),
            value("3des").unstable(),
        ]),
    );

    #[test]
    fn every_value_of_a_large_enumeration_is_found() {
        for (place, value) in LARGE.values.iter().enumerate() {
            assert_eq!(LARGE.find(value.name), Some(place));
        }
        assert_eq!(LARGE.find("1"), None);
        assert_eq!(LARGE.find(""), None);
    }

    #[test]
    fn a_star_marks_an_optional_member() {
        let [size, label, empty] = members(["size", "*label", ""]);
        assert_eq!((size.name(), size.is_optional()), ("size", false));
        assert_eq!((label.name(), label.is_optional()), ("label", true));
        assert_eq!((empty.name(), empty.is_optional()), ("", false));
        assert_eq!((label.hash, label.feature_set), (fingerprint(b"label"), FeatureSet::NONE));
    }

    #[test]
    fn values_keep_their_order() {
        let Ordered(values) = values(["on", "off"]);
        assert_eq!(values.each_ref().map(EnumValue::name), ["on", "off"]);
        assert_eq!(values[1].hash, fingerprint(b"off"));
    }
}
