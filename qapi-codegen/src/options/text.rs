//! Options as `key = value` text, the form that the macro and the command line take.

use std::fmt;

use super::Options;
use super::table::{OPTIONS, OptionInfo};

/// An option that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OptionError {
    /// No option has this name.
    UnknownKey(String),
    /// A value that the option does not take.
    InvalidValue {
        /// The option.
        key: &'static str,
        /// What it was given.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionError::UnknownKey(key) => {
                let names: Vec<&str> = OPTIONS.iter().map(|info| info.name).collect();
                write!(f, "unknown option '{key}'; expected one of {}", names.join(", "))
            }
            OptionError::InvalidValue { key, value, expected } => {
                write!(f, "option '{key}' takes {expected}, not '{value}'")
            }
        }
    }
}

impl std::error::Error for OptionError {}

impl Options {
    /// Every option: name, form of its values, help.
    pub const ALL: &'static [OptionInfo] = OPTIONS;

    /// Sets the option called `key`, which is the name of the method with `-` or `_`, from text. Methods
    /// with two arguments take `name=value`; conditions are `all`, `none`, `features` or `cfg`. An option
    /// that may be given repeatedly adds to what was given before.
    ///
    /// ```
    /// let mut options = qapi_codegen::Options::new();
    /// options.set("role", "client")?;
    /// options.set("rename", "migrate.uri=url")?;
    /// assert!(options.set("role", "spectator").is_err());
    /// # Ok::<(), qapi_codegen::OptionError>(())
    /// ```
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), OptionError> {
        let name = key.replace('_', "-");
        let Some(info) = OPTIONS.iter().find(|info| info.name == name) else {
            return Err(OptionError::UnknownKey(name));
        };
        *self = (info.apply)(self.clone(), value).map_err(|expected| {
            OptionError::InvalidValue { key: info.name, value: value.to_owned(), expected }
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::options::table::OptionKind;
    use crate::options::{Conditions, Role};

    #[test]
    fn every_key_is_settable() {
        let mut options = Options::new();
        for info in Options::ALL {
            let value = match (info.name, info.kind) {
                ("role", _) => "server",
                ("conditions", _) => "none",
                ("type-attribute" | "member-attribute", _) => "a=#[b]",
                ("extern-type", _) => "a=::b",
                ("rename", _) => "a=b",
                ("runtime-path", _) => "crate::a",
                (_, OptionKind::Switch) => "true",
                _ => "a",
            };
            assert_eq!(options.set(info.name, value), Ok(()), "{}", info.name);
        }
        assert_eq!(options.role, Role::Server);
        assert_eq!(options.renames, [("a".to_owned(), "b".to_owned())]);
        assert_eq!(options.runtime_path, "crate::a");
    }

    #[test]
    fn a_refused_value_changes_nothing() {
        let mut options = Options::new().select("a").role(Role::Client);
        let error = options.set("role", "x").unwrap_err();
        assert_eq!(error.to_string(), "option 'role' takes client, server or both, not 'x'");
        assert_eq!((options.role, options.select), (Role::Client, vec!["a".to_owned()]));
        assert!(matches!(Options::new().set("colour", ""), Err(OptionError::UnknownKey(_))));
        assert!(Options::new().set("rename", "a").is_err());
        assert!(Options::new().set("docs", "yes").is_err());
    }

    #[test]
    fn definitions_are_for_conditions_that_are_evaluated() {
        for (first, second) in
            [(("conditions", "cfg"), ("define", "A")), (("define", "A"), ("conditions", "cfg"))]
        {
            let mut options = Options::new();
            options.set(first.0, first.1).unwrap();
            assert!(options.set(second.0, second.1).is_err(), "{first:?} {second:?}");
        }
        let mut options = Options::new().define("A");
        assert_eq!(options.set("conditions", "none"), Ok(()));
        assert_eq!(options.conditions, Conditions::Defined(BTreeSet::from(["A".to_owned()])));
    }

    #[test]
    fn definitions_add_up() {
        let mut options = Options::new();
        options.set("conditions", "none").unwrap();
        options.set("define", "A").unwrap();
        options.set("define", "B").unwrap();
        let expected = BTreeSet::from(["A".to_owned(), "B".to_owned()]);
        assert_eq!(options.conditions, Conditions::Defined(expected));
    }
}
