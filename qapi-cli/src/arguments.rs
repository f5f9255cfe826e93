//! The verbs, their arguments and their help.

#[cfg(feature = "shell")]
use std::ffi::OsString;
use std::path::PathBuf;
#[cfg(feature = "shell")]
use std::time::Duration;

use anstream::ColorChoice;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use qapi_parser::render;

use crate::failure::STATUSES;
use crate::generation::Generation;

/// Checks, inspects and translates QAPI schemas to Rust
///
/// FILE is the root of a schema; its includes are read, too. "-" is standard input, whose includes
/// are relative to the current folder. Products go to standard output, diagnostics to standard
/// error.
#[derive(Parser)]
#[command(name = "qapi", version)]
pub struct Arguments {
    /// The format of diagnostics, of the changes of `diff` and, if JSON, of `list`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub message_format: MessageFormat,
    /// Colour the messages for people; "auto" does so on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
    /// Print only errors and what a file would get: no style findings, counts or changes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Check schemas and report their errors
    Check(Check),
    /// List the definitions of a schema: kind, name and place
    List(List),
    /// Print the Rust of one definition, without its dependencies
    Expand(Expand),
    /// Generate Rust
    Generate(Generate),
    /// Print a schema in the text form of QEMU's own test suite
    Dump(Dump),
    /// Print the introspection data of a schema: a server's reply to query-qmp-schema
    Introspect(Introspect),
    /// Compare two schemas or query-qmp-schema replies, and judge the changes for a client
    ///
    /// OLD and NEW are root files of schemas, replies to query-qmp-schema (the whole reply, its
    /// "return", or the output of a QMP session that has one), or one of each. Each change of a
    /// command, an event or a type that they use has a verdict about a client that was built for
    /// OLD and talks to a server of NEW: "breaking", "breaking for strict clients", which refuse
    /// unknown members, values or events, or "compatible". Exchange OLD and NEW for the verdicts
    /// about an older server. With --breaking, the exit status is 1 if a change is breaking, with
    /// --breaking=strict also if it breaks only strict clients.
    Diff(Diff),
    /// Talk to a QMP server or a guest agent: a session with completion, checks and events
    ///
    /// Commands are written as in Python's qmp-shell: COMMAND NAME=VALUE..., with a.b=VALUE for
    /// members, JSON in either quotes for arrays and objects, and "transaction(" and ")" around
    /// actions. Commands and arguments are completed and, before they are sent, checked by the
    /// server's own query-qmp-schema or by a schema. A line that begins with a space stays out of
    /// the history. Type ".help" for more. Without a terminal, lines are read from standard input;
    /// --batch is for scripts.
    #[cfg(feature = "shell")]
    Shell(Connection),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print a manual page, or write all of them to a folder
    Man(Man),
}

/// Returns the program with the texts that the attributes of its arguments do not have.
pub fn command() -> clap::Command {
    let statuses = STATUSES.map(|(status, meaning)| format!("  {status}  {meaning}"));
    let help = format!("Exit status:\n{}", statuses.join("\n"));
    Arguments::command()
        .mut_subcommands(|verb| verb.after_long_help(help.clone()))
        .after_long_help(help.clone())
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
            MessageFormat::Human => render::MessageFormat::Terminal,
            MessageFormat::Short => render::MessageFormat::Short,
            MessageFormat::Json => render::MessageFormat::Json,
        }
    }
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Color {
    /// On a terminal
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Sets the choice for everything that the process prints.
    pub fn apply(self) {
        let choice = match self {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// The schema of a verb.
#[derive(Args)]
pub struct SchemaFiles {
    /// The root file of the schema, or "-" for standard input; several files are one schema
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
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
    /// The root files of the schemas, each checked on its own
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Check the examples in the documentation against the types and print their counts
    #[arg(long)]
    pub examples: bool,
    #[command(flatten)]
    pub strictness: Strictness,
}

#[derive(Args)]
pub struct Dump {
    #[command(flatten)]
    pub input: SchemaFiles,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    pub input: SchemaFiles,
}

#[derive(Args)]
pub struct Introspect {
    #[command(flatten)]
    pub input: SchemaFiles,
    /// Keep the names of types, which a server's reply replaces by numbers
    #[arg(long)]
    pub unmask: bool,
    /// Evaluate or keep 'if' conditions; all hold by default
    #[arg(long, value_enum, value_name = "WHICH")]
    pub conditions: Option<IntrospectConditionsArg>,
    /// Define a configuration symbol, all others being undefined; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    pub define: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum IntrospectConditionsArg {
    /// All hold
    All,
    /// No symbol is defined, except those given with --define
    None,
    /// Keep them: a conditional element becomes {"@if": CONDITION, "@value": ...}
    Annotate,
}

#[derive(Args)]
pub struct Generate {
    #[command(flatten)]
    pub input: SchemaFiles,
    /// The file to write; "-", the default, is standard output
    #[arg(short, long, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Write nothing; fail if OUT differs from the generated text
    #[arg(long, requires = "out")]
    pub check: bool,
    #[command(flatten)]
    pub generation: Generation,
}

#[derive(Args)]
pub struct Expand {
    #[command(flatten)]
    pub input: SchemaFiles,
    /// The name of a type, command or event
    pub name: String,
    #[command(flatten)]
    pub generation: Generation,
}

#[derive(Args)]
pub struct Diff {
    /// The interface that the client was built for; "-" is standard input
    pub old: PathBuf,
    /// The interface of the server; "-" is standard input
    pub new: PathBuf,
    #[command(flatten)]
    pub strictness: Strictness,
    /// Compare only commands, events and types that match, '*' being any text, and what they reach;
    /// may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub select: Vec<String>,
    /// Exit with status 1 if a change breaks a client: one that ignores what it does not know, or
    /// with "=strict" one that refuses it
    #[arg(
        long,
        value_enum,
        value_name = "CLIENT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "lenient"
    )]
    pub breaking: Option<Client>,
    /// Evaluate the 'if' conditions of schemas; all hold by default
    #[arg(long, value_enum, value_name = "WHICH")]
    pub conditions: Option<Evaluation>,
    /// Define a configuration symbol, all others being undefined; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    pub define: Vec<String>,
}

/// The client that `diff --breaking` is about.
#[derive(Clone, Copy, ValueEnum)]
pub enum Client {
    /// Ignores members, values and events that it does not know
    Lenient,
    /// Refuses them
    Strict,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Evaluation {
    /// All hold
    All,
    /// No symbol is defined, except those given with --define
    None,
}

#[derive(Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

#[derive(Args)]
pub struct Man {
    /// The verb to describe; the whole program by default
    #[arg(value_name = "VERB", conflicts_with = "out")]
    pub verb: Option<String>,
    /// The folder to write all pages to; it must exist
    #[arg(short, long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// The arguments of `shell`.
#[cfg(feature = "shell")]
#[derive(Args)]
pub struct Connection {
    /// The path of a unix socket, or HOST:PORT; by default the value of QMP_SOCKET
    #[arg(value_name = "SOCKET", conflicts_with = "program")]
    pub address: Option<String>,
    /// Start this QEMU instead of connecting; it is killed at the end of the session
    #[arg(last = true, value_name = "QEMU")]
    pub program: Vec<OsString>,
    /// Complete and check by this schema instead of the server's own query-qmp-schema
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// The server is a guest agent: there is no greeting to wait for
    #[arg(short = 'N', long, alias = "skip-negotiation", conflicts_with = "program")]
    pub agent: bool,
    /// Pass lines to the human monitor
    #[arg(short = 'H', long, conflicts_with_all = ["agent", "schema"])]
    pub hmp: bool,
    /// Print one JSON message a line, without a prompt; stop at the first line that fails
    #[arg(long)]
    pub batch: bool,
    /// Print replies, errors and events as JSON messages
    #[arg(long)]
    pub json: bool,
    /// Print JSON messages with indentation
    #[arg(short, long)]
    pub pretty: bool,
    /// Print the messages that are sent, too
    #[arg(short, long)]
    pub verbose: bool,
    /// Append all messages to a file, one a line
    #[arg(short, long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Leave checks to the server
    #[arg(long)]
    pub no_check: bool,
    /// Fail if the server takes longer than this for a reply; no limit by default
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
}

#[cfg(feature = "shell")]
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|duration| !duration.is_zero()).ok_or_else(|| "expected seconds".to_owned())
}
