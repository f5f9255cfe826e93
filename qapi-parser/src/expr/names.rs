//! The rules for names.

use super::{DefinitionChecker, DefinitionKind, ExprError, Subject};
use crate::expression::Text;
use crate::legacy::OldForm;
use crate::legacy::names::{self, Named};

/// The characters that a name may contain in spite of the rules.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Permit {
    pub(super) upper: bool,
    pub(super) underscore: bool,
}

impl Permit {
    /// Permits everything if `permit` is true, as the exceptions of a pragma do.
    pub(super) fn all(permit: bool) -> Self {
        Permit { upper: permit, underscore: permit }
    }
}

/// Returns the name without the prefix of a downstream extension and without `x-`; `None` if the
/// name is invalid.
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

/// Returns true if generated code could mistake the name for one of its own.
fn is_reserved_prefix(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next() == Some('q') && chars.next().is_some_and(|c| !c.is_ascii_alphanumeric())
}

/// Splits a name into words: at punctuation, and before a capital after a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = None;
    for c in name.chars() {
        let starts = !c.is_ascii_alphanumeric()
            || c.is_ascii_uppercase() && last.is_some_and(char::is_lowercase);
        if starts {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        last = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns the name in CamelCase, if there is such a form.
fn camel_case(name: &str) -> Option<String> {
    let capitalized = |word: String| word[..1].to_ascii_uppercase() + &word[1..];
    let camel: String = words(name).into_iter().map(capitalized).collect();
    is_camel_case(&camel).then_some(camel)
}

fn is_camel_case(stem: &str) -> bool {
    stem.starts_with(|c: char| c.is_ascii_uppercase())
        && stem.chars().all(|c| c.is_ascii_alphanumeric())
        && stem.contains(|c: char| c.is_ascii_lowercase())
}

/// Returns the stem of a valid name.
fn checked_stem<'n>(name: &'n str, subject: Subject) -> Result<&'n str, ExprError> {
    let stem = stem(name).filter(|_| !is_reserved_prefix(name));
    stem.ok_or_else(|| ExprError::InvalidName { subject: subject.to_string() })
}

/// Returns the name with its end `stem` replaced.
fn with_stem(name: &str, stem: &str, replacement: &str) -> String {
    name[..name.len() - stem.len()].to_owned() + replacement
}

/// Checks that the name is in lower case with hyphens, unless more is permitted.
fn lower_name(name: &str, subject: Subject, permit: Permit) -> Result<(), ExprError> {
    let stem = checked_stem(name, subject)?;
    let upper = stem.contains(|c: char| c.is_ascii_uppercase());
    if upper && !permit.upper || stem.contains('_') && !permit.underscore {
        let proposal = with_stem(name, stem, &words(stem).join("-"));
        return Err(ExprError::NotLowerName { subject: subject.to_string(), proposal });
    }
    Ok(())
}

/// Checks that the name is in upper case with underscores.
fn upper_name(name: &str, subject: Subject) -> Result<(), ExprError> {
    let stem = checked_stem(name, subject)?;
    if stem.contains(|c: char| c.is_ascii_lowercase() || c == '-') {
        let proposal = with_stem(name, stem, &words(stem).join("_").to_ascii_uppercase());
        return Err(ExprError::NotUpperName { proposal });
    }
    Ok(())
}

/// Checks that the name is in CamelCase and not that of an array type.
fn type_name(name: &str, subject: Subject) -> Result<(), ExprError> {
    let stem = checked_stem(name, subject)?;
    if !is_camel_case(stem) {
        let proposal = camel_case(stem).map(|camel| with_stem(name, stem, &camel));
        return Err(ExprError::NotCamelName { subject: subject.to_string(), proposal });
    }
    if name.ends_with("List") {
        return Err(ExprError::ListSuffix { subject: subject.to_string() });
    }
    Ok(())
}

/// Checks the name of an enum's value, which may start with a digit.
fn value_name(name: &str, subject: Subject, permit: Permit) -> Result<(), ExprError> {
    if !name.starts_with(|c: char| c.is_ascii_digit()) {
        return lower_name(name, subject, permit);
    }
    // The digit becomes valid behind a letter.
    lower_name(&format!("d{name}"), subject, permit).map_err(|error| match error {
        ExprError::NotLowerName { subject, proposal } => {
            ExprError::NotLowerName { subject, proposal: proposal[1..].to_owned() }
        }
        other => other,
    })
}

impl DefinitionChecker<'_> {
    fn check_name(&mut self, name: &Text, named: Named, outcome: Result<(), ExprError>) -> bool {
        match outcome {
            Ok(()) => true,
            Err(error) if self.is_old(name, named, &error) => {
                self.old_form(name.span, OldForm::Name { breach: error.to_string() });
                true
            }
            Err(error) => {
                self.error(name.span, error);
                false
            }
        }
    }

    /// Returns true if the schema follows older rules, and those allow the name.
    fn is_old(&self, name: &Text, named: Named, error: &ExprError) -> bool {
        use ExprError::{NotCamelName, NotLowerName, NotUpperName};
        self.rules.old_names
            && matches!(error, NotLowerName { .. } | NotUpperName { .. } | NotCamelName { .. })
            && names::allow(&name.text, named)
    }

    /// Checks the name of an alternative or feature.
    pub(super) fn check_lower_name(&mut self, name: &Text, subject: Subject) {
        self.check_name(name, Named::Part, lower_name(&name.text, subject, Permit::default()));
    }

    /// Checks the name of a value of an enum.
    pub(super) fn check_value_name(&mut self, name: &Text, subject: Subject, permit: Permit) {
        self.check_name(name, Named::Part, value_name(&name.text, subject, permit));
    }

    /// Checks the name of a member of an object, without its star.
    pub(super) fn check_member_name(&mut self, name: &Text, subject: Subject, permit: Permit) {
        let valid = self.check_name(name, Named::Part, lower_name(&name.text, subject, permit));
        let reserved = name.text == "u"
            || name.text.strip_prefix("has").is_some_and(|rest| rest.starts_with(['_', '-', '.']));
        if valid && reserved {
            self.error(name.span, ExprError::ReservedName { subject: subject.to_string() });
        }
    }

    pub(super) fn check_definition_name(&mut self, name: &Text, meta: DefinitionKind) {
        let subject = Subject::Definition(meta);
        let outcome = match meta {
            DefinitionKind::Event => upper_name(&name.text, subject),
            DefinitionKind::Command => {
                let underscore = self.rules.command_names.contains(name.text.as_str());
                lower_name(&name.text, subject, Permit { upper: false, underscore })
            }
            DefinitionKind::Enum
            | DefinitionKind::Struct
            | DefinitionKind::Union
            | DefinitionKind::Alternate => type_name(&name.text, subject),
        };
        self.check_name(name, Named::Definition, outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_exclude_the_extension_and_experimental_prefixes() {
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
    fn q_before_punctuation_is_reserved() {
        assert!(is_reserved_prefix("q_a") && is_reserved_prefix("q-unix"));
        assert!(
            !is_reserved_prefix("q") && !is_reserved_prefix("qa") && !is_reserved_prefix("Q_a")
        );
    }

    #[test]
    fn proposes_names_by_their_words() {
        assert_eq!(words("pageSize").join("-"), "page-size");
        assert_eq!(words("First_page-No2").join("-"), "first-page-no2");
        assert_eq!(camel_case("key_or-index").as_deref(), Some("KeyOrIndex"));
        assert_eq!(camel_case("SIDE").as_deref(), Some("Side"));
        assert_eq!(camel_case("a"), None);
    }

    #[test]
    fn camel_case_needs_a_capital_first_and_a_small_letter() {
        assert!(is_camel_case("Ab") && is_camel_case("ACPISlotType") && is_camel_case("X86Cpu"));
        assert!(!is_camel_case("AB") && !is_camel_case("aB") && !is_camel_case("Ab_c"));
    }
}
