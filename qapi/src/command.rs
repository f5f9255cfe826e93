//! Commands, and their properties in the schema.

use crate::policy::FeatureSet;
use crate::walk::Field;

/// A command. The implementing type holds its arguments.
pub trait Command: Field {
    /// The type that it returns; `()` for nothing, which is `{}` on the wire.
    type Response: Field;
    /// Its properties.
    const INFO: &'static CommandInfo;
}

/// The properties of a command in the schema.
#[derive(Debug)]
pub struct CommandInfo {
    name: &'static str,
    allow_oob: bool,
    allow_preconfig: bool,
    success_response: bool,
    coroutine: bool,
    typed: bool,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

impl CommandInfo {
    /// The properties of most commands: in-band, after the machine is set up, with a response.
    pub const fn new(name: &'static str) -> CommandInfo {
        CommandInfo {
            name,
            allow_oob: false,
            allow_preconfig: false,
            success_response: true,
            coroutine: false,
            typed: true,
            feature_set: FeatureSet::NONE,
            features: &[],
        }
    }

    /// Sets `'allow-oob': true`.
    #[must_use]
    pub const fn allow_oob(mut self) -> Self {
        self.allow_oob = true;
        self
    }

    /// Sets `'allow-preconfig': true`.
    #[must_use]
    pub const fn allow_preconfig(mut self) -> Self {
        self.allow_preconfig = true;
        self
    }

    /// Sets `'success-response': false`.
    #[must_use]
    pub const fn no_success_response(mut self) -> Self {
        self.success_response = false;
        self
    }

    /// Sets `'coroutine': true`.
    #[must_use]
    pub const fn coroutine(mut self) -> Self {
        self.coroutine = true;
        self
    }

    /// Sets `'gen': false`.
    #[must_use]
    pub const fn untyped(mut self) -> Self {
        self.typed = false;
        self
    }

    /// Adds feature `deprecated`.
    #[must_use]
    pub const fn deprecated(mut self) -> Self {
        self.feature_set = self.feature_set.with(FeatureSet::DEPRECATED);
        self
    }

    /// Adds feature `unstable`.
    #[must_use]
    pub const fn unstable(mut self) -> Self {
        self.feature_set = self.feature_set.with(FeatureSet::UNSTABLE);
        self
    }

    /// Sets all features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> Self {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns true if it may run out-of-band.
    pub const fn is_oob(&self) -> bool {
        self.allow_oob
    }

    /// Returns true if it may run before the machine is set up.
    pub const fn is_preconfig(&self) -> bool {
        self.allow_preconfig
    }

    /// Returns true if success is answered.
    pub const fn has_success_response(&self) -> bool {
        self.success_response
    }

    /// Returns true if it may wait without delaying other connections.
    pub const fn is_coroutine(&self) -> bool {
        self.coroutine
    }

    /// Returns true if its arguments have a type.
    pub const fn is_typed(&self) -> bool {
        self.typed
    }

    /// The names of its features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}
