//! The verbs and their arguments, and the help they come with.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use qapi_parser::render;

use crate::generation::Generation;

/// QAPI schemas: check them, look into them, and turn them into Rust
///
/// FILE is the root of a schema; what it includes is read too. "-" is standard input, whose
/// includes are relative to the current folder. Products go to standard output, diagnostics to
/// standard error. The exit status is 0, 1 for a schema with errors, 2 for wrong usage or where
/// reading or writing fails.
#[derive(Parser)]
#[command(name = "qapi", version)]
pub struct Arguments {
    /// How diagnostics are written
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub message_format: MessageFormat,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Check schemas and report everything that is wrong with them
    Check(Check),
    /// Print a schema in the text form of QEMU's own test suite
    Dump(Dump),
    /// Generate Rust
    Generate(Generate),
    /// List what a schema defines: kind, name, and place
    List(List),
    /// Print the introspection data of a schema: what a server replies to query-qmp-schema
    Introspect(Introspect),
    /// Print the Rust of one definition, without what it reaches
    Expand(Expand),
    /// Print a completion script for a shell
    Completions(Completions),
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum MessageFormat {
    /// With source lines, carets, hints and the chain of includes
    #[default]
    Human,
    /// FILE:LINE:COLUMN: SEVERITY: TEXT, one diagnostic a line
    Short,
    /// One JSON object a line
    Json,
}

impl From<MessageFormat> for render::MessageFormat {
    fn from(format: MessageFormat) -> Self {
        match format {
            MessageFormat::Human => render::MessageFormat::Human,
            MessageFormat::Short => render::MessageFormat::Short,
            MessageFormat::Json => render::MessageFormat::Json,
        }
    }
}

/// The schema a verb works on.
#[derive(Args)]
pub struct Input {
    /// The root file of the schema, or "-" for standard input
    pub file: String,
    #[command(flatten)]
    pub strictness: Strictness,
}

#[derive(Args)]
pub struct Strictness {
    /// Report style findings
    #[arg(long)]
    pub style: bool,
    /// Report style findings as errors
    #[arg(long)]
    pub deny_warnings: bool,
}

#[derive(Args)]
pub struct Check {
    /// The root files of the schemas, each checked by itself
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<String>,
    #[command(flatten)]
    pub strictness: Strictness,
}

#[derive(Args)]
pub struct Dump {
    #[command(flatten)]
    pub input: Input,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    pub input: Input,
}

#[derive(Args)]
pub struct Introspect {
    #[command(flatten)]
    pub input: Input,
    /// Let types keep their names, which a server's reply replaces by numbers
    #[arg(long)]
    pub unmask: bool,
    #[command(flatten)]
    pub conditions: IntrospectConditions,
}

/// What becomes of 'if' conditions; by default they all hold.
#[derive(Args)]
#[group(multiple = false)]
pub struct IntrospectConditions {
    /// Define configuration symbols, all others being undefined
    #[arg(long, value_name = "SYMBOL", num_args = 1..)]
    pub define: Vec<String>,
    /// Let all conditions hold
    #[arg(long)]
    pub all: bool,
    /// Keep conditions: what depends on one becomes {"@if": CONDITION, "@value": ...}
    #[arg(long)]
    pub annotate: bool,
}

#[derive(Args)]
pub struct Generate {
    #[command(flatten)]
    pub input: Input,
    /// The file to write; standard output without it
    #[arg(short, long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Write nothing, but fail if OUT differs from what would be written
    #[arg(long, requires = "out")]
    pub check: bool,
    #[command(flatten)]
    pub generation: Generation,
}

#[derive(Args)]
pub struct Expand {
    #[command(flatten)]
    pub input: Input,
    /// The name of a type, command or event
    pub name: String,
    #[command(flatten)]
    pub generation: Generation,
}

#[derive(Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}
