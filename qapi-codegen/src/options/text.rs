//! Options as `key = value` text, the form that the macro and the command line take.

use qapi_parser::nearest;

use super::builder::Options;
use super::error::OptionError;
use super::table::{OPTIONS, OptionInfo, Refusal};

impl Options {
    /// Every option: name, form of its values, help.
    pub const ALL: &'static [OptionInfo] = OPTIONS;

    /// Sets the option called `key`, the name of the method with `-` or `_`, from text. Methods
    /// with two arguments take `name=value`. Conditions are `all`, `none`, `features` or `cfg`. An
    /// option that may be repeated adds to the values given before.
    ///
    /// ```
    /// let mut options = qapi_codegen::Options::new();
    /// options.set("role", "client")?;
    /// options.set("rename", "migrate.uri=url")?;
    /// assert!(options.set("role", "spectator").is_err());
    /// # Ok::<(), qapi_codegen::OptionError>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such option, if it does not take the value, or if another option excludes it.
    /// The options are then unchanged.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), OptionError> {
        let name = key.replace('_', "-");
        let Some(info) = OPTIONS.iter().find(|info| info.name == name) else {
            let known: Vec<&str> = OPTIONS.iter().map(|info| info.name).collect();
            let nearest = nearest(&name, known.iter().copied());
            return Err(OptionError::Unknown { option: name, nearest, known });
        };
        *self = (info.apply)(self.clone(), value).map_err(|refusal| match refusal {
            Refusal::Value => OptionError::invalid(info.name, value, info.expected),
            Refusal::Conflict(option, other) => OptionError::Conflict { option, other },
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
                ("define", _) => "A",
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
        assert!(Options::new().set("rename", "a").is_err());
        assert!(Options::new().set("docs", "yes").is_err());
        assert!(Options::new().set("unstable-feature", "a b").is_err());
    }

    #[test]
    fn an_unknown_option_names_the_known_ones_and_the_nearest() {
        let error = Options::new().set("member_atribute", "").unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("unknown option 'member-atribute'; expected one of select, role"));
        assert_eq!(error.hint().as_deref(), Some("did you mean 'member-attribute'?"));
        assert_eq!(Options::new().set("colour", "").unwrap_err().hint(), None);
    }

    #[test]
    fn definitions_are_for_conditions_that_are_evaluated() {
        for kept in ["cfg", "features", "all"] {
            let (conditions, define) = (("conditions", kept), ("define", "A"));
            for (first, second) in [(conditions, define), (define, conditions)] {
                let mut options = Options::new();
                options.set(first.0, first.1).unwrap();
                let error = options.set(second.0, second.1).unwrap_err();
                let expected =
                    format!("option 'define' cannot be combined with 'conditions = {kept}'");
                assert_eq!(error.to_string(), expected, "{first:?} {second:?}");
            }
        }
        let mut options = Options::new().define("A");
        assert_eq!(options.set("conditions", "none"), Ok(()));
        assert_eq!(
            options.given_conditions(),
            &Conditions::Defined(BTreeSet::from(["A".to_owned()]))
        );
    }

    #[test]
    fn definitions_add_up() {
        let mut options = Options::new();
        options.set("conditions", "none").unwrap();
        options.set("define", "A").unwrap();
        options.set("define", "B").unwrap();
        let expected = BTreeSet::from(["A".to_owned(), "B".to_owned()]);
        assert_eq!(options.given_conditions(), &Conditions::Defined(expected));
    }
}
