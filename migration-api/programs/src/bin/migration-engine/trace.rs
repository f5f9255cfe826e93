//! `-trace`: prints the spans and events of migrations.

use std::fs::File;
use std::sync::Mutex;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::keyval::KeyVal;

/// The settings of `-trace`.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    level: LevelFilter,
    /// The file to write; standard error if there is none.
    file: Option<String>,
}

impl Trace {
    /// Reads the option's value.
    ///
    /// # Errors
    /// An unknown level or setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut settings = KeyVal::parse("-trace", "level", text)?;
        let levels = [("info", LevelFilter::INFO), ("debug", LevelFilter::DEBUG)];
        let level = settings.take_choice("level", &levels)?.unwrap_or(LevelFilter::INFO);
        let file = settings.take("file");
        settings.finish()?;
        Ok(Self { level, file })
    }

    /// Prints from here on.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn start(&self) -> Result<(), String> {
        let printer = tracing_subscriber::fmt()
            .with_max_level(self.level)
            .with_span_events(FmtSpan::CLOSE)
            .with_target(false);
        let started = match &self.file {
            None => printer.with_writer(std::io::stderr).try_init(),
            Some(path) => {
                let file =
                    File::create(path).map_err(|error| format!("-trace file={path}: {error}"))?;
                printer.with_writer(Mutex::new(file)).try_init()
            }
        };
        started.map_err(|error| format!("-trace: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_and_file_are_read() {
        let debug = Trace { level: LevelFilter::DEBUG, file: Some("/t".into()) };
        assert_eq!(Trace::parse("debug,file=/t"), Ok(debug));
        assert_eq!(Trace::parse("info"), Ok(Trace { level: LevelFilter::INFO, file: None }));
        let refused = "-trace: Parameter 'level' does not accept value 'all'";
        assert_eq!(Trace::parse("all"), Err(refused.into()));
    }
}
