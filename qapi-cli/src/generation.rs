//! The options of generated code as flags, made from the table that the builder and the macro use.

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use qapi_codegen::{OptionError, OptionInfo, OptionKind, Options};

/// The flags given, as names and values of options.
pub struct Generation(Vec<(&'static str, String)>);

impl Generation {
    /// Returns the options given.
    ///
    /// # Errors
    /// If an option rejects its value.
    pub fn options(&self) -> Result<Options, OptionError> {
        let mut options = Options::new();
        for (name, value) in &self.0 {
            options.set(name, value)?;
        }
        Ok(options)
    }
}

impl Args for Generation {
    fn augment_args(command: Command) -> Command {
        let command = command.next_help_heading("Options of generated code");
        Options::ALL.iter().fold(command, |command, info| command.arg(argument(info)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Generation {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for info in Options::ALL {
            match info.kind {
                OptionKind::Switch if matches.get_flag(info.name) => {
                    given.push((info.name, "false".to_owned()));
                }
                OptionKind::Switch => {}
                _ => {
                    let values = matches.get_many::<String>(info.name).into_iter().flatten();
                    given.extend(values.map(|value| (info.name, value.clone())));
                }
            }
        }
        Ok(Self(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Makes an option's flag; that of a switch turns it off.
fn argument(info: &OptionInfo) -> Arg {
    let argument = Arg::new(info.name).long(info.name).help(info.help);
    match info.kind {
        OptionKind::Switch => argument.long(format!("no-{}", info.name)).action(ArgAction::SetTrue),
        OptionKind::Choice(words) => {
            let words = words.iter().map(|(word, help)| PossibleValue::new(*word).help(*help));
            argument.value_name(info.name.to_uppercase()).value_parser(words.collect::<Vec<_>>())
        }
        OptionKind::Repeated(value) => argument
            .value_name(value)
            .action(ArgAction::Append)
            .help(format!("{}; may be repeated", info.help)),
        OptionKind::Once(value) => argument.value_name(value),
        _ => argument,
    }
}
