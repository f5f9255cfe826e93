//! What names may look like.

use super::{Checker, ExprError, Meta, Subject};
use crate::expression::Text;
use crate::source::Span;

/// Which characters a member's, command's or feature's name may use beyond the rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Permit {
    pub(super) upper: bool,
    pub(super) underscore: bool,
}

impl Permit {
    /// What a pragma's exceptions permit.
    pub(super) fn all(permit: bool) -> Self {
        Permit { upper: permit, underscore: permit }
    }
}

/// The name without the prefix of a downstream extension and without `x-`; nothing if the name
/// is none.
fn stem(name: &str) -> Option<&str> {
    let own = match name.strip_prefix("__") {
        None => name,
        Some(extension) => {
            let (domain, own) = extension.split_once('_')?;
            let valid = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            if domain.is_empty() || !domain.chars().all(valid) {
                return None;
            }
            own
        }
    };
    let is_stem = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let experimental = own.strip_prefix(['x', 'X']).and_then(|rest| rest.strip_prefix('-'));
    experimental.filter(|stem| is_stem(stem)).or_else(|| Some(own).filter(|stem| is_stem(stem)))
}

/// Whether generated code could mistake the name for one of its own.
fn is_reserved_prefix(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next() == Some('q') && chars.next().is_some_and(|c| !c.is_ascii_alphanumeric())
}

fn is_camel_case(stem: &str) -> bool {
    stem.starts_with(|c: char| c.is_ascii_uppercase())
        && stem.chars().all(|c| c.is_ascii_alphanumeric())
        && stem.contains(|c: char| c.is_ascii_lowercase())
}

impl Checker<'_> {
    fn stem<'n>(&mut self, name: &'n str, span: Span, subject: Subject) -> Option<&'n str> {
        let stem = stem(name).filter(|_| !is_reserved_prefix(name));
        if stem.is_none() {
            self.error(span, ExprError::InvalidName { subject: subject.to_string() });
        }
        stem
    }

    /// A name in lower case with hyphens.
    pub(super) fn check_lower_name(&mut self, name: &str, span: Span, subject: Subject, permit: Permit) {
        let Some(stem) = self.stem(name, span, subject) else { return };
        let upper = stem.contains(|c: char| c.is_ascii_uppercase());
        if upper && !permit.upper || stem.contains('_') && !permit.underscore {
            let proposal = stem.replace('_', "-").to_ascii_lowercase();
            self.error(span, ExprError::NotLowerName { subject: subject.to_string(), proposal });
        }
    }

    /// The name of a value of an enum, which may start with a digit.
    pub(super) fn check_value_name(&mut self, name: &Text, subject: Subject, permit: Permit) {
        if name.text.starts_with(|c: char| c.is_ascii_digit()) {
            self.check_lower_name(&format!("d{}", name.text), name.span, subject, permit);
        } else {
            self.check_lower_name(&name.text, name.span, subject, permit);
        }
    }

    /// The name of a member of an object, without its star.
    pub(super) fn check_member_name(&mut self, name: &Text, subject: Subject, permit: Permit) {
        let before = self.diagnostics.len();
        self.check_lower_name(&name.text, name.span, subject, permit);
        let reserved = name.text == "u"
            || name.text.strip_prefix("has").is_some_and(|rest| rest.starts_with(['_', '-', '.']));
        if reserved && self.diagnostics.len() == before {
            self.error(name.span, ExprError::ReservedName { subject: subject.to_string() });
        }
    }

    pub(super) fn check_definition_name(&mut self, name: &Text, meta: Meta) {
        let subject = Subject::Definition(meta);
        match meta {
            Meta::Event => {
                let Some(stem) = self.stem(&name.text, name.span, subject) else { return };
                if stem.contains(|c: char| c.is_ascii_lowercase() || c == '-') {
                    let proposal = stem.replace('-', "_").to_ascii_uppercase();
                    self.error(name.span, ExprError::NotUpperName { proposal });
                }
            }
            Meta::Command => {
                let underscore = self.rules.command_names.contains(name.text.as_str());
                self.check_lower_name(&name.text, name.span, subject, Permit { upper: false, underscore });
            }
            Meta::Enum | Meta::Struct | Meta::Union | Meta::Alternate => {
                let Some(stem) = self.stem(&name.text, name.span, subject) else { return };
                if !is_camel_case(stem) {
                    self.error(name.span, ExprError::NotCamelName { subject: subject.to_string() });
                } else if name.text.ends_with("List") {
                    self.error(name.span, ExprError::ListSuffix { subject: subject.to_string() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        assert_eq!(stem("a-b"), Some("a-b"));
        assert_eq!(stem("x-a"), Some("a"));
        assert_eq!(stem("x-1"), Some("x-1"));
        assert_eq!(stem("x-"), Some("x-"));
        assert_eq!(stem("__org.qemu_x-Enum"), Some("Enum"));
        assert_eq!(stem("__org.qemu_a_b"), Some("a_b"));
        for invalid in ["", "_a", "__a", "___a", "__org.qemu_", "1a", "a.b", "a b", "-a"] {
            assert_eq!(stem(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn reserved_prefixes() {
        assert!(is_reserved_prefix("q_a") && is_reserved_prefix("q-unix"));
        assert!(!is_reserved_prefix("q") && !is_reserved_prefix("qa") && !is_reserved_prefix("Q_a"));
    }

    #[test]
    fn camel_case() {
        assert!(is_camel_case("Ab") && is_camel_case("ACPISlotType") && is_camel_case("X86Cpu"));
        assert!(!is_camel_case("AB") && !is_camel_case("aB") && !is_camel_case("Ab_c"));
    }
}
