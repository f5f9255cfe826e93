//! Options as `key = value` text, the form that the macro and the command line take.

use std::collections::BTreeSet;
use std::fmt;

use super::{Conditions, Options, Role};

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
                write!(f, "there is no option '{key}', but there are {}", Options::KEYS.join(", "))
            }
            OptionError::InvalidValue { key, value, expected } => {
                write!(f, "option '{key}' takes {expected}, not '{value}'")
            }
        }
    }
}

impl std::error::Error for OptionError {}

impl Options {
    /// The names that [`set`](Self::set) knows.
    pub const KEYS: [&'static str; 14] = [
        "select",
        "role",
        "conditions",
        "define",
        "unstable-feature",
        "docs",
        "type-attribute",
        "member-attribute",
        "extern-type",
        "rename",
        "open",
        "closed",
        "runtime-path",
        "format",
    ];

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
        let key = key.replace('_', "-");
        let Some(key) = Self::KEYS.into_iter().find(|known| *known == key) else {
            return Err(OptionError::UnknownKey(key));
        };
        let options = std::mem::take(self);
        if let Some(expected) = options.contradiction(key, value) {
            return self.refuse(options, key, value, expected);
        }
        *self = match key {
            "select" => options.select(value),
            "role" => match role(value) {
                Some(role) => options.role(role),
                None => return self.refuse(options, key, value, "client, server or both"),
            },
            "conditions" => match conditions(value) {
                Some(Conditions::Defined(_))
                    if matches!(options.conditions, Conditions::Defined(_)) =>
                {
                    options
                }
                Some(conditions) => options.conditions(conditions),
                None => return self.refuse(options, key, value, "all, none, features or cfg"),
            },
            "define" => options.define(value),
            "unstable-feature" => options.unstable_feature(value),
            "runtime-path" => options.runtime_path(value),
            "open" => options.open(value),
            "closed" => options.closed(value),
            "docs" | "format" => match (key, value.parse()) {
                ("docs", Ok(docs)) => options.docs(docs),
                (_, Ok(format)) => options.format(format),
                (_, Err(_)) => return self.refuse(options, key, value, "true or false"),
            },
            _ => match (key, value.split_once('=')) {
                ("type-attribute", Some((name, value))) => {
                    options.type_attribute(name.trim(), value.trim())
                }
                ("member-attribute", Some((name, value))) => {
                    options.member_attribute(name.trim(), value.trim())
                }
                ("extern-type", Some((name, value))) => {
                    options.extern_type(name.trim(), value.trim())
                }
                (_, Some((name, value))) => options.rename(name.trim(), value.trim()),
                (_, None) => return self.refuse(options, key, value, "a name, '=' and a value"),
            },
        };
        Ok(())
    }

    /// What `conditions` or `define` would have to be for the other to go with it.
    fn contradiction(&self, key: &str, value: &str) -> Option<&'static str> {
        match (key, &self.conditions) {
            ("define", Conditions::Features | Conditions::Cfg) => {
                Some("symbols only where option 'conditions' is not 'features' or 'cfg'")
            }
            ("conditions", Conditions::Defined(symbols))
                if value != "none" && !symbols.is_empty() =>
            {
                Some("only 'none' where symbols are defined with option 'define'")
            }
            _ => None,
        }
    }

    fn refuse(
        &mut self,
        unchanged: Options,
        key: &'static str,
        value: &str,
        expected: &'static str,
    ) -> Result<(), OptionError> {
        *self = unchanged;
        Err(OptionError::InvalidValue { key, value: value.to_owned(), expected })
    }
}

fn role(value: &str) -> Option<Role> {
    match value {
        "client" => Some(Role::Client),
        "server" => Some(Role::Server),
        "both" => Some(Role::Both),
        _ => None,
    }
}

fn conditions(value: &str) -> Option<Conditions> {
    match value {
        "all" => Some(Conditions::All),
        "none" => Some(Conditions::Defined(BTreeSet::new())),
        "features" => Some(Conditions::Features),
        "cfg" => Some(Conditions::Cfg),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_settable() {
        let mut options = Options::new();
        for key in Options::KEYS {
            let value = match key {
                "role" => "server",
                "conditions" => "none",
                "docs" | "format" => "true",
                "type-attribute" | "member-attribute" | "extern-type" | "rename" => "a=b",
                _ => "a",
            };
            assert_eq!(options.set(key, value), Ok(()), "{key}");
        }
        assert_eq!(options.role, Role::Server);
        assert_eq!(options.renames, [("a".to_owned(), "b".to_owned())]);
        assert_eq!(options.runtime_path, "a");
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
