//! The compat policy: what happens to deprecated and unstable interfaces, as `-compat` sets it.

/// The treatment of input that uses such an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum InputPolicy {
    /// It is accepted.
    #[default]
    Accept,
    /// It is refused with an error.
    Reject,
    /// The process ends at once, so that no test misses it.
    Crash,
}

/// The treatment of output that belongs to such an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum OutputPolicy {
    /// It is sent.
    #[default]
    Accept,
    /// It is left out.
    Hide,
}

/// The policy for deprecated and unstable interfaces, in both directions. The default accepts all.
///
/// It holds for commands, events, and members and enumeration values wherever they are nested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Policy {
    /// Input with feature `deprecated`.
    pub deprecated_input: InputPolicy,
    /// Output with feature `deprecated`.
    pub deprecated_output: OutputPolicy,
    /// Input with feature `unstable`.
    pub unstable_input: InputPolicy,
    /// Output with feature `unstable`.
    pub unstable_output: OutputPolicy,
}

/// The features that a policy looks at, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FeatureSet(u8);

impl FeatureSet {
    pub const NONE: FeatureSet = FeatureSet(0);
    pub const DEPRECATED: FeatureSet = FeatureSet(1);
    pub const UNSTABLE: FeatureSet = FeatureSet(2);

    /// Every set of features.
    #[cfg(feature = "server")]
    pub const ALL: [FeatureSet; 4] = [FeatureSet(0), FeatureSet(1), FeatureSet(2), FeatureSet(3)];

    /// The position in [`FeatureSet::ALL`].
    #[cfg(feature = "server")]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub const fn with(self, other: FeatureSet) -> FeatureSet {
        FeatureSet(self.0 | other.0)
    }

    pub const fn intersects(self, other: FeatureSet) -> bool {
        self.0 & other.0 != 0
    }
}

/// The rejection of some input by a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub word: &'static str,
    pub crash: bool,
}

impl Policy {
    /// Accepts everything.
    pub const ACCEPT: Policy = Policy {
        deprecated_input: InputPolicy::Accept,
        deprecated_output: OutputPolicy::Accept,
        unstable_input: InputPolicy::Accept,
        unstable_output: OutputPolicy::Accept,
    };

    /// The features that input must not have.
    pub(crate) fn refused(&self) -> FeatureSet {
        let mut feature_set = FeatureSet::NONE;
        if self.deprecated_input != InputPolicy::Accept {
            feature_set = feature_set.with(FeatureSet::DEPRECATED);
        }
        if self.unstable_input != InputPolicy::Accept {
            feature_set = feature_set.with(FeatureSet::UNSTABLE);
        }
        feature_set
    }

    /// The features of items that are left out of output.
    pub(crate) fn hidden(&self) -> FeatureSet {
        let mut feature_set = FeatureSet::NONE;
        if self.deprecated_output == OutputPolicy::Hide {
            feature_set = feature_set.with(FeatureSet::DEPRECATED);
        }
        if self.unstable_output == OutputPolicy::Hide {
            feature_set = feature_set.with(FeatureSet::UNSTABLE);
        }
        feature_set
    }

    /// Rejects input with these features; `deprecated` comes first.
    pub(crate) fn rejection(&self, feature_set: FeatureSet) -> Option<Rejection> {
        let rules = [
            (FeatureSet::DEPRECATED, self.deprecated_input, "Deprecated"),
            (FeatureSet::UNSTABLE, self.unstable_input, "Unstable"),
        ];
        rules
            .into_iter()
            .find(|(mark, policy, _)| {
                mark.intersects(feature_set) && *policy != InputPolicy::Accept
            })
            .map(|(_, policy, word)| Rejection { word, crash: policy == InputPolicy::Crash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deprecated_is_looked_at_first() {
        let policy = Policy {
            deprecated_input: InputPolicy::Reject,
            unstable_input: InputPolicy::Crash,
            ..Policy::ACCEPT
        };
        let both = FeatureSet::DEPRECATED.with(FeatureSet::UNSTABLE);
        assert_eq!(policy.rejection(both), Some(Rejection { word: "Deprecated", crash: false }));
        assert_eq!(
            policy.rejection(FeatureSet::UNSTABLE),
            Some(Rejection { word: "Unstable", crash: true })
        );
        assert_eq!(policy.rejection(FeatureSet::NONE), None);
        assert!(!policy.hidden().intersects(both));
    }
}
