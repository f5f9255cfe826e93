//! The options of generated code as flags, under the names that every door uses.

use clap::Args;
use qapi_codegen::Options;

use crate::failure::Failure;

/// Names are the schema's own (`MigrationInfo`, `query-migrate`, `migrate.uri`); in a pattern `*`
/// stands for any text and `?` for any character.
#[derive(Args)]
#[command(next_help_heading = "Options of generated code")]
pub struct Generation {
    /// Generate only what matches, and what that reaches; may be repeated
    #[arg(long, value_name = "PATTERN")]
    select: Vec<String>,
    /// The side of the protocol: client, server or both
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// What becomes of 'if' conditions: all (they hold), none, features (cargo's) or cfg
    #[arg(long, value_name = "WHICH")]
    conditions: Option<String>,
    /// Define a configuration symbol, all others being undefined; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    define: Vec<String>,
    /// Have what is unstable only where this cargo feature is on
    #[arg(long, value_name = "FEATURE")]
    unstable_feature: Option<String>,
    /// Whether the schema's documentation becomes rustdoc: true or false
    #[arg(long, value_name = "BOOL")]
    docs: Option<String>,
    /// Put an attribute on types, commands and events that match; may be repeated
    #[arg(long, value_name = "PATTERN=ATTRIBUTE")]
    type_attribute: Vec<String>,
    /// Put an attribute on members, values and branches that match; may be repeated
    #[arg(long, value_name = "PATTERN=ATTRIBUTE")]
    member_attribute: Vec<String>,
    /// Use a type that exists elsewhere; may be repeated
    #[arg(long, value_name = "NAME=PATH")]
    extern_type: Vec<String>,
    /// Give a definition, member or value another name in Rust; may be repeated
    #[arg(long, value_name = "NAME=IDENTIFIER")]
    rename: Vec<String>,
    /// Let enums that match keep values the schema does not name; may be repeated
    #[arg(long, value_name = "PATTERN")]
    open: Vec<String>,
    /// Where the generated code finds crate qapi
    #[arg(long, value_name = "PATH")]
    runtime_path: Option<String>,
    /// Whether a pretty-printer rewrites the text: true or false
    #[arg(long, value_name = "BOOL")]
    format: Option<String>,
}

impl Generation {
    /// The options that were asked for.
    ///
    /// # Errors
    /// Where a flag has a value that its option does not take.
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
        ];
        let mut options = Options::new();
        let once =
            once.into_iter().flat_map(|(key, value)| value.iter().map(move |value| (key, value)));
        let repeated = repeated
            .into_iter()
            .flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
        for (key, value) in once.chain(repeated) {
            options.set(key, value).map_err(|error| Failure::Usage(error.to_string()))?;
        }
        Ok(options)
    }
}
