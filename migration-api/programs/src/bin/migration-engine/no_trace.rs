//! Refuses `-trace` without feature `tracing`.

/// The settings of `-trace`; none without the feature.
#[derive(Clone, Debug)]
pub enum Trace {}

impl Trace {
    /// Refuses the option.
    ///
    /// # Errors
    /// Always.
    pub fn parse(_: &str) -> Result<Self, String> {
        Err("-trace is not available: this program was built without feature 'tracing'".into())
    }

    /// Prints nothing: there are no settings.
    ///
    /// # Errors
    /// Never.
    pub fn start(&self) -> Result<(), String> {
        match *self {}
    }
}
