//! The compat policy: what happens to deprecated and unstable interfaces, as `-compat` sets it.

/// What happens to input that uses such an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum InputPolicy {
    /// It is accepted.
    #[default]
    Accept,
    /// It is refused with an error.
    Reject,
    /// The process ends at once, so that no test misses it.
    Crash,
}

/// What happens to output that belongs to such an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum OutputPolicy {
    /// It is sent.
    #[default]
    Accept,
    /// It is left out.
    Hide,
}

/// The policy for deprecated and for unstable interfaces, in both directions. The default accepts all.
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
pub(crate) struct Marks(u8);

impl Marks {
    pub const NONE: Marks = Marks(0);
    pub const DEPRECATED: Marks = Marks(1);
    pub const UNSTABLE: Marks = Marks(2);

    /// Every set of features.
    #[cfg(feature = "server")]
    pub const ALL: [Marks; 4] = [Marks(0), Marks(1), Marks(2), Marks(3)];

    /// The position in [`Marks::ALL`].
    #[cfg(feature = "server")]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub const fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    pub const fn meets(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a policy says against some input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Objection {
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

    /// The marks that input must not have.
    pub(crate) fn refused(&self) -> Marks {
        let mut marks = Marks::NONE;
        if self.deprecated_input != InputPolicy::Accept {
            marks = marks.with(Marks::DEPRECATED);
        }
        if self.unstable_input != InputPolicy::Accept {
            marks = marks.with(Marks::UNSTABLE);
        }
        marks
    }

    /// The marks of what is left out of output.
    pub(crate) fn hidden(&self) -> Marks {
        let mut marks = Marks::NONE;
        if self.deprecated_output == OutputPolicy::Hide {
            marks = marks.with(Marks::DEPRECATED);
        }
        if self.unstable_output == OutputPolicy::Hide {
            marks = marks.with(Marks::UNSTABLE);
        }
        marks
    }

    /// What speaks against input with these marks; `deprecated` comes first.
    pub(crate) fn objection(&self, marks: Marks) -> Option<Objection> {
        let rules = [
            (Marks::DEPRECATED, self.deprecated_input, "Deprecated"),
            (Marks::UNSTABLE, self.unstable_input, "Unstable"),
        ];
        rules
            .into_iter()
            .find(|(mark, policy, _)| mark.meets(marks) && *policy != InputPolicy::Accept)
            .map(|(_, policy, word)| Objection { word, crash: policy == InputPolicy::Crash })
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
        let both = Marks::DEPRECATED.with(Marks::UNSTABLE);
        assert_eq!(policy.objection(both), Some(Objection { word: "Deprecated", crash: false }));
        assert_eq!(
            policy.objection(Marks::UNSTABLE),
            Some(Objection { word: "Unstable", crash: true })
        );
        assert_eq!(policy.objection(Marks::NONE), None);
        assert!(!policy.hidden().meets(both));
    }
}
