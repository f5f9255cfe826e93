//! The options of generated code as flags, named as in the builder and the macro.

use clap::Args;
use qapi_codegen::Options;

use crate::failure::Failure;

/// Names are the schema's own (`MigrationInfo`, `query-migrate`, `migrate.uri`); in a pattern `*`
/// stands for any text and `?` for any character.
#[derive(Args)]
#[command(next_help_heading = "Options of generated code")]
pub struct Generation {
    /// Generate only definitions that match, '*' being any text, and what they reach; may be
    /// repeated
    #[arg(long, value_name = "PATTERN")]
    select: Vec<String>,
    /// The side of the protocol: client, server or both
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Evaluate 'if' conditions (all hold, none holds) or keep them as cargo features or cfg:
    /// all, none, features or cfg
    #[arg(long, value_name = "WHICH")]
    conditions: Option<String>,
    /// Define a configuration symbol, all others being undefined; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    define: Vec<String>,
    /// Gate unstable items behind a cargo feature
    #[arg(long, value_name = "FEATURE")]
    unstable_feature: Option<String>,
    /// Turn the schema's documentation into rustdoc: true or false
    #[arg(long, value_name = "BOOL")]
    docs: Option<String>,
    /// Put an attribute on matching types, commands and events; may be repeated
    #[arg(long, value_name = "PATTERN=ATTRIBUTE")]
    type_attribute: Vec<String>,
    /// Put an attribute on matching members, values and branches; may be repeated
    #[arg(long, value_name = "PATTERN=ATTRIBUTE")]
    member_attribute: Vec<String>,
    /// Use an existing Rust type; may be repeated
    #[arg(long, value_name = "NAME=PATH")]
    extern_type: Vec<String>,
    /// Give a definition, member or value another name in Rust; may be repeated
    #[arg(long, value_name = "NAME=IDENTIFIER")]
    rename: Vec<String>,
    /// Let matching enums keep values that the schema does not name; may be repeated
    #[arg(long, value_name = "PATTERN")]
    open: Vec<String>,
    /// Make matching enums take only the values that the schema names; may be repeated
    #[arg(long, value_name = "PATTERN")]
    closed: Vec<String>,
    /// The path of crate qapi in generated code
    #[arg(long, value_name = "PATH")]
    runtime_path: Option<String>,
    /// Format the text with a pretty-printer: true or false
    #[arg(long, value_name = "BOOL")]
    format: Option<String>,
}

impl Generation {
    /// Returns the options given.
    ///
    /// # Errors
    /// If an option rejects its value.
    pub fn options(&self) -> Result<Options, Failure> {
        let once = [
            ("role", &self.role),
            ("conditions", &self.conditions),
            ("unstable-feature", &self.unstable_feature),
            ("docs", &self.docs),
            ("runtime-path", &self.runtime_path),
            ("format", &self.format),
        ];
        let repeated = [
            ("select", &self.select),
            ("define", &self.define),
            ("type-attribute", &self.type_attribute),
            ("member-attribute", &self.member_attribute),
            ("extern-type", &self.extern_type),
            ("rename", &self.rename),
            ("open", &self.open),
            ("closed", &self.closed),
        ];
        let mut options = Options::new();
        let once =
            once.into_iter().flat_map(|(key, value)| value.iter().map(move |value| (key, value)));
        let repeated = repeated
            .into_iter()
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        for (key, value) in once.chain(repeated) {
            options.set(key, value).map_err(|error| Failure::usage(error.to_string()))?;
        }
        Ok(options)
    }
}
