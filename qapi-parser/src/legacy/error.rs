//! Findings about old forms: all of them style.

use std::fmt;

use crate::codes::coded_errors;
use crate::diagnostic::Diagnostic;
use crate::place::Place;

coded_errors! {
    /// An old form that was translated.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) enum OldForm {
        /// An `if` with C text, with the value to write today.
        "old-condition" Condition { today: String },
        /// A pragma of before 6.0, with the name of its successor.
        "old-pragma" Pragma { name: &'static str, today: &'static str },
        /// A name that only the rules of before 6.0 allow, with the message of today's rule.
        "old-name" Name { breach: String },
        /// A union without base and discriminator.
        "old-union" Union { name: String },
        /// A description of an argument or value that the definition does not have itself.
        "old-argument" Argument { name: String },
        /// A description that goes on without indentation.
        "old-description" Description { name: String },
        /// A `Returns:` whose list starts on the next line and is not indented.
        "old-returns" Returns,
        /// A `Returns` section of a command that returns nothing.
        "old-returns-nothing" ReturnsNothing,
        /// A section right behind the second line of a text.
        "old-section-start" SectionStart,
        /// A section that is markup today.
        "old-section" Section { tag: &'static str },
        /// A heading marked with `=`.
        "old-heading" Heading,
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
            OldForm::Argument { name } => {
                write!(f, "documented member '{name}' is not one of the definition's own")
            }
            OldForm::Description { name } => {
                write!(f, "description of '@{name}:' is not indented")
            }
            OldForm::Returns => f.write_str("text of 'Returns:' is not indented"),
            OldForm::ReturnsNothing => {
                f.write_str("'Returns' section, but command doesn't return anything")
            }
            OldForm::SectionStart => f.write_str("section starts without an empty line before it"),
            OldForm::Section { tag } => write!(f, "'{tag}' sections are retired"),
            OldForm::Heading => f.write_str("headings marked with '=' are retired"),
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
            OldForm::Description { .. } | OldForm::Returns => "indent it by four spaces".to_owned(),
            OldForm::Argument { .. } | OldForm::ReturnsNothing => "leave it out".to_owned(),
            OldForm::SectionStart => "insert an empty line".to_owned(),
            OldForm::Section { tag: "Note" | "Notes" } => {
                "write '.. note::' and indent the text".to_owned()
            }
            OldForm::Section { .. } => "write '.. qmp-example::' and indent the text".to_owned(),
            OldForm::Heading => {
                "write the heading between lines of '*', or underline it with '='".to_owned()
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
