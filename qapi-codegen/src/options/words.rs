//! Options whose values are words: the role and the treatment of conditions.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::error::OptionError;

/// The side of the protocol that the generated code is for.
///
/// ```
/// use qapi_codegen::Role;
///
/// assert_eq!("client".parse(), Ok(Role::Client));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Role {
    /// Sends commands and receives events: no command traits, no introspection data.
    Client,
    /// Receives commands and sends events: no enum of all events.
    Server,
    /// Everything.
    #[default]
    Both,
}

impl Role {
    pub(super) const EXPECTED: &'static str = "client, server or both";

    pub(crate) fn is_client(self) -> bool {
        self != Role::Server
    }

    pub(crate) fn is_server(self) -> bool {
        self != Role::Client
    }
}

impl FromStr for Role {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        match word {
            "client" => Ok(Role::Client),
            "server" => Ok(Role::Server),
            "both" => Ok(Role::Both),
            _ => Err(OptionError::invalid("role", word, Self::EXPECTED)),
        }
    }
}

/// The treatment of the schema's `if` conditions.
///
/// ```
/// use qapi_codegen::Conditions;
///
/// assert_eq!("cfg".parse(), Ok(Conditions::Cfg));
/// assert_eq!("none".parse(), Ok(Conditions::Defined(Default::default())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Conditions {
    /// Each holds: generates the whole schema.
    #[default]
    All,
    /// Evaluated: exactly these symbols are defined.
    Defined(BTreeSet<String>),
    /// `#[cfg(feature = "SYMBOL")]`: Cargo features with the names of the symbols.
    Features,
    /// `#[cfg(SYMBOL)]`.
    Cfg,
}

impl Conditions {
    pub(super) const EXPECTED: &'static str = "all, none, features or cfg";
}

impl FromStr for Conditions {
    type Err = OptionError;

    fn from_str(word: &str) -> Result<Self, OptionError> {
        match word {
            "all" => Ok(Conditions::All),
            "none" => Ok(Conditions::Defined(BTreeSet::new())),
            "features" => Ok(Conditions::Features),
            "cfg" => Ok(Conditions::Cfg),
            _ => Err(OptionError::invalid("conditions", word, Self::EXPECTED)),
        }
    }
}
