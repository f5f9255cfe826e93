//! What a schema says of a command.

use crate::policy::Marks;
use crate::rt::Field;

/// A command: its arguments are the implementing type.
pub trait Command: Field {
    /// What it returns; `()` for nothing, which is `{}` on the wire.
    type Response: Field;
    /// What the schema says of it.
    const INFO: &'static CommandInfo;
}

/// The properties of a command.
#[derive(Debug)]
pub struct CommandInfo {
    name: &'static str,
    allow_oob: bool,
    allow_preconfig: bool,
    success_response: bool,
    coroutine: bool,
    typed: bool,
    pub(crate) marks: Marks,
    features: &'static [&'static str],
}

impl CommandInfo {
    /// A command as most are: in-band, once the machine is set up, with a response.
    pub const fn new(name: &'static str) -> CommandInfo {
        CommandInfo {
            name,
            allow_oob: false,
            allow_preconfig: false,
            success_response: true,
            coroutine: false,
            typed: true,
            marks: Marks::NONE,
            features: &[],
        }
    }

    /// `'allow-oob': true`
    pub const fn allow_oob(mut self) -> Self {
        self.allow_oob = true;
        self
    }

    /// `'allow-preconfig': true`
    pub const fn allow_preconfig(mut self) -> Self {
        self.allow_preconfig = true;
        self
    }

    /// `'success-response': false`
    pub const fn no_success_response(mut self) -> Self {
        self.success_response = false;
        self
    }

    /// `'coroutine': true`
    pub const fn coroutine(mut self) -> Self {
        self.coroutine = true;
        self
    }

    /// `'gen': false`
    pub const fn untyped(mut self) -> Self {
        self.typed = false;
        self
    }

    /// Feature `deprecated`
    pub const fn deprecated(mut self) -> Self {
        self.marks = self.marks.with(Marks::DEPRECATED);
        self
    }

    /// Feature `unstable`
    pub const fn unstable(mut self) -> Self {
        self.marks = self.marks.with(Marks::UNSTABLE);
        self
    }

    /// All features by name
    pub const fn features(mut self, features: &'static [&'static str]) -> Self {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it may run out-of-band.
    pub const fn is_oob(&self) -> bool {
        self.allow_oob
    }

    /// Whether it may run before the machine is set up.
    pub const fn is_preconfig(&self) -> bool {
        self.allow_preconfig
    }

    /// Whether success is answered.
    pub const fn has_success_response(&self) -> bool {
        self.success_response
    }

    /// Whether it may wait without holding up other connections.
    pub const fn is_coroutine(&self) -> bool {
        self.coroutine
    }

    /// Whether its arguments have a type.
    pub const fn is_typed(&self) -> bool {
        self.typed
    }

    /// The names of its features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}
