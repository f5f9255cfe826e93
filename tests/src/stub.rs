//! A server without a machine behind it: a function answers every command.

use qapi::{Command, Context, QmpError, Rules};

/// A command that has reached its handler.
pub struct Call<'c> {
    /// Its surroundings.
    pub context: &'c Context<'c>,
    /// Its name.
    pub command: &'static str,
    /// The text of its arguments, written from the typed ones.
    pub arguments: String,
}

/// The answer function of a [`Stub`]: returns the text of the response, or an error.
pub type Answer = dyn Fn(&Call<'_>) -> Result<String, QmpError> + Send + Sync;

/// Serves all commands of every generated schema.
pub struct Stub {
    answer: Box<Answer>,
    rules: Rules,
}

impl Stub {
    /// Creates a stub with this answer function.
    pub fn new(
        answer: impl Fn(&Call<'_>) -> Result<String, QmpError> + Send + Sync + 'static,
    ) -> Stub {
        Stub { answer: Box::new(answer), rules: Rules::STRICT }
    }

    /// Sets the rules by which responses are read; by default [`Rules::STRICT`].
    pub fn with_rules(mut self, rules: Rules) -> Stub {
        self.rules = rules;
        self
    }

    /// Serves a command; the text of the response goes through the response's type.
    pub(crate) fn serve<C: Command>(
        &self,
        context: &Context<'_>,
        arguments: String,
    ) -> Result<C::Response, QmpError> {
        let command = C::INFO.name();
        let text = (self.answer)(&Call { context, command, arguments })?;
        qapi::from_text(&text, &self.rules).map_err(|error| {
            QmpError::generic(format!("{command} does not answer {text}: {error}"))
        })
    }
}
