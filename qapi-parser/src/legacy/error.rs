//! Findings about old forms: all of them style.

use std::fmt;

use crate::codes::coded_errors;
use crate::diagnostic::Diagnostic;
use crate::place::Place;

coded_errors! {
    /// An old form that was translated.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum OldForm {
        /// An `if` with C text, with the value to write today.
        "old-condition" Condition { today: String },
        /// A pragma of before 6.0, with the name of its successor.
        "old-pragma" Pragma { name: &'static str, today: &'static str },
        /// A name that only the rules of before 6.0 allow, with the message of today's rule.
        "old-name" Name { breach: String },
        /// A union without base and discriminator.
        "old-union" Union { name: String },
    }
}

impl fmt::Display for OldForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OldForm::Condition { .. } => f.write_str("'if' condition is written in C"),
            OldForm::Pragma { name, .. } => write!(f, "pragma '{name}' was renamed"),
            OldForm::Name { breach } => f.write_str(breach),
            OldForm::Union { name } => {
                write!(f, "union '{name}' has neither base nor discriminator")
            }
        }
    }
}

impl OldForm {
    /// Returns the fix.
    fn hint(&self) -> Option<String> {
        Some(match self {
            OldForm::Condition { today } => format!("write {today}"),
            OldForm::Pragma { today, .. } => format!("write '{today}'"),
            OldForm::Name { .. } => return None,
            OldForm::Union { .. } => {
                "define the enum of its branches and a base with a member of that type".to_owned()
            }
        })
    }

    /// Makes a style finding at `place`, in the definition that `context` names.
    pub(crate) fn at(self, place: Place, context: Option<String>) -> Diagnostic {
        let finding = Diagnostic::style(self.code(), place.span, self.to_string()).placed(place);
        let hints = self.hint().into_iter().collect();
        Diagnostic { context, hints, ..finding }
    }
}
