//! The entry point of build scripts: schema files in, a file of Rust in `OUT_DIR` out.

use std::env;
use std::path::{Path, PathBuf};

use qapi_parser::loader::{FileSystem, Root};
use qapi_parser::render::{MessageFormat, render};
use qapi_parser::source::SourceMap;
use qapi_parser::{Checked, parse_sources};

use crate::cond::check_cfg;
use crate::error::Error;
use crate::generate::generate_text;
use crate::options::Options;
use crate::write::write_code;

/// Maximum number of style findings shown; the rest are counted.
const SHOWN: usize = 10;

/// Generates Rust in a build script.
///
/// ```no_run
/// use qapi_codegen::{Builder, Options, Role};
///
/// // build.rs
/// fn main() -> Result<(), qapi_codegen::Error> {
///     Builder::new("schema/qapi-schema.json")
///         .options(Options::new().role(Role::Client))
///         .compile("api.rs")?;
///     Ok(())
/// }
/// ```
///
/// The crate depends on `qapi` and has a module with
/// `include!(concat!(env!("OUT_DIR"), "/api.rs"));`.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    files: Vec<PathBuf>,
    options: Options,
    out_dir: Option<PathBuf>,
    parsing: qapi_parser::Options,
}

impl Builder {
    /// Makes a builder for the schema with the root file `file`.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            files: vec![file.into()],
            options: Options::new(),
            out_dir: None,
            parsing: qapi_parser::Options::default(),
        }
    }

    /// Adds another root file of the same schema.
    pub fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.files.push(file.into());
        self
    }

    /// Sets the options of generated code.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets the folder to write to; `OUT_DIR` by default.
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Shows the schema's style findings as warnings of Cargo.
    pub fn style(mut self, style: bool) -> Self {
        self.parsing.style = style;
        self
    }

    /// Reports the schema's style findings as errors.
    pub fn deny_warnings(mut self) -> Self {
        self.parsing.deny_warnings = true;
        self
    }

    /// Generates the file `name` and returns its path. Writes the file as a whole, and only if its
    /// content changes. In a build script, tells Cargo the files that were read, also after an
    /// error, and the `cfg`s in the generated code.
    ///
    /// # Errors
    /// If the schema has errors, if it cannot become Rust under the options, or if a file cannot be
    /// read or written.
    pub fn compile(&self, name: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let cargo = Cargo { on: env::var_os("OUT_DIR").is_some() };
        let folder = match &self.out_dir {
            Some(folder) => folder.clone(),
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoOutDir)?,
        };
        for file in &self.files {
            cargo.rerun_if_changed(file);
        }
        let roots: Vec<Root> = self.files.iter().cloned().map(Root::File).collect();
        let checked = parse_sources(&roots, &FileSystem, self.parsing).inspect_err(|error| {
            cargo.read(error.sources());
        })?;
        cargo.read(checked.schema.sources());
        cargo.show_style(&checked);
        for value in check_cfg(&checked.schema, &self.options) {
            cargo.say("rustc-check-cfg", &value);
        }
        let text = generate_text(&checked.schema, &self.options)?;
        let path = folder.join(name);
        write_code(&path, &text, checked.schema.sources())?;
        Ok(path)
    }
}

/// The output of a build script that Cargo reads. Outside build scripts, prints nothing.
struct Cargo {
    on: bool,
}

impl Cargo {
    fn say(&self, key: &str, value: &str) {
        if self.on {
            println!("cargo::{key}={value}");
        }
    }

    fn rerun_if_changed(&self, file: &Path) {
        // Cargo reads lines of UTF-8 and cannot watch any other path.
        if let Some(path) = file.to_str().filter(|path| !path.contains(['\n', '\r'])) {
            self.say("rerun-if-changed", path);
        }
    }

    fn read(&self, sources: &SourceMap) {
        for (_, file) in sources.files() {
            self.rerun_if_changed(file.path());
        }
    }

    fn show_style(&self, checked: &Checked) {
        let text = render(&checked.style, checked.schema.sources(), MessageFormat::Short);
        let lines: Vec<&str> = text.lines().collect();
        for line in lines.iter().take(SHOWN) {
            self.say("warning", line);
        }
        if lines.len() > SHOWN {
            let more = lines.len() - SHOWN;
            self.say("warning", &format!("{more} more; `qapi check --style` shows them all"));
        }
    }
}
