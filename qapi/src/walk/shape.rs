//! The tables of the walker: constants that describe a type as the schema does.

use crate::json::fingerprint;
use crate::order;
use crate::policy::FeatureSet;

/// The members of an object type, those of its base first. Branches have shapes of their own.
#[derive(Debug)]
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
    /// The name's slot in QEMU's dictionaries, by which a server sorts members.
    pub(crate) slot: u16,
    optional: bool,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

/// A mandatory member.
pub const fn member(name: &'static str) -> Member {
    Member {
        name,
        hash: fingerprint(name.as_bytes()),
        slot: order::slot(name),
        optional: false,
        feature_set: FeatureSet::NONE,
        features: &[],
    }
}

/// An optional member.
pub const fn optional(name: &'static str) -> Member {
    Member { optional: true, ..member(name) }
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
#[derive(Debug)]
pub struct EnumShape {
    name: &'static str,
    pub(crate) values: &'static [EnumValue],
    features: &'static [&'static str],
}

/// A value of an enumeration.
#[derive(Debug)]
pub struct EnumValue {
    pub(crate) name: &'static str,
    hash: u32,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

/// An enumeration's value.
pub const fn value(name: &'static str) -> EnumValue {
    EnumValue { name, hash: hash(name.as_bytes()), feature_set: FeatureSet::NONE, features: &[] }
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

/// Up to this many values are compared one by one.
const FEW_VALUES: usize = 12;

impl EnumShape {
    /// The shape of enumeration `name`.
    pub const fn new(name: &'static str, values: &'static [EnumValue]) -> EnumShape {
        EnumShape { name, values, features: &[] }
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

    /// Computes, at compile time, the indexes of the values in order of their hashes, for
    /// [`EnumShape::find`].
    pub const fn order<const LENGTH: usize>(&self) -> [u16; LENGTH] {
        let mut order = [0; LENGTH];
        let mut place = 0;
        while place < LENGTH {
            order[place] = place as u16;
            place += 1;
        }
        if LENGTH <= FEW_VALUES {
            return order;
        }
        // Heapsort: of the sorts that a `const fn` can write down, one without a slow case.
        let mut root = LENGTH / 2;
        while root > 0 {
            root -= 1;
            self.sift_down(&mut order, root, LENGTH);
        }
        let mut end = LENGTH;
        while end > 1 {
            end -= 1;
            (order[0], order[end]) = (order[end], order[0]);
            self.sift_down(&mut order, 0, end);
        }
        order
    }

    /// Restores the heap `order[..end]`, largest hash first, of which only `root` may be too small.
    const fn sift_down(&self, order: &mut [u16], mut root: usize, end: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.hash(order[child]) < self.hash(order[child + 1]) {
                child += 1;
            }
            if self.hash(order[root]) >= self.hash(order[child]) {
                return;
            }
            (order[root], order[child]) = (order[child], order[root]);
            root = child;
        }
    }

    const fn hash(&self, place: u16) -> u32 {
        self.values[place as usize].hash
    }

    /// Returns the index of the value `name`; `order` is the shape's [order](EnumShape::order).
    pub fn find(&self, order: &[u16], name: &str) -> Option<usize> {
        if self.values.len() <= FEW_VALUES {
            return self.values.iter().position(|value| value.name == name);
        }
        let hash = hash(name.as_bytes());
        let first = order.partition_point(|place| self.values[*place as usize].hash < hash);
        order[first..]
            .iter()
            .map(|place| *place as usize)
            .take_while(|place| self.values[*place].hash == hash)
            .find(|place| self.values[*place].name == name)
    }
}

/// FNV-1a.
const fn hash(name: &[u8]) -> u32 {
    let mut hash = 0x811C_9DC5u32;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    static LARGE: EnumShape = EnumShape::new(
        "Large",
        &[
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
        ],
    );

    #[test]
    fn every_value_of_a_large_enumeration_is_found() {
        const ORDER: [u16; 15] = LARGE.order();
        for (place, value) in LARGE.values.iter().enumerate() {
            assert_eq!(LARGE.find(&ORDER, value.name), Some(place));
        }
        assert_eq!(LARGE.find(&ORDER, "1"), None);
        assert_eq!(LARGE.find(&ORDER, ""), None);
    }
}
