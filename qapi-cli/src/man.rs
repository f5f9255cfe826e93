//! `man`: prints or writes manual pages.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::{Man as Page, roff};
use qapi_parser::nearest;
use qapi_parser::render::EscapedPath;
use roff::{Roff, bold, roman};

use crate::failure::{Failure, STATUSES};
use crate::{arguments, output};

/// Prints the page of a verb or of the program, or writes all of them to a folder.
pub fn run(verb: &arguments::Man) -> Result<(), Failure> {
    let mut program = arguments::command().disable_help_subcommand(true);
    program.build();
    let pages = std::iter::once(&program).chain(program.get_subcommands());
    if let Some(folder) = &verb.out {
        return pages.into_iter().try_for_each(|command| write(folder, command));
    }
    let command = match &verb.verb {
        None => &program,
        Some(name) => program.find_subcommand(name).ok_or_else(|| unknown(&program, name))?,
    };
    let mut text = Vec::new();
    render(command, &mut text).map_err(Failure::output)?;
    output::print(&String::from_utf8_lossy(&text))
}

fn unknown(program: &Command, name: &str) -> Failure {
    let verbs = program.get_subcommands().map(Command::get_name);
    let hint = nearest(name, verbs).map(|verb| format!("did you mean '{verb}'?"));
    Failure::Usage(format!("unknown verb '{name}'"), hint.into_iter().collect())
}

fn write(folder: &Path, command: &Command) -> Result<(), Failure> {
    let path = folder.join(Page::new(command.clone()).get_filename());
    let written = File::create(&path).and_then(|mut file| render(command, &mut file));
    written.map_err(|error| Failure::io(format!("cannot write '{}'", EscapedPath(&path)), error))
}

fn render(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let source = format!("qapi {}", env!("CARGO_PKG_VERSION"));
    let page = Page::new(command.clone()).title(name.to_uppercase()).source(source);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if command.has_subcommands() {
        page.render_subcommands_section(out)?;
    }
    statuses().to_writer(out)
}

fn statuses() -> Roff {
    let mut section = Roff::new();
    section.control("SH", ["EXIT STATUS"]);
    for (status, meaning) in STATUSES {
        section.control("TP", []).text([bold(status.to_string())]).text([roman(meaning)]);
    }
    section
}
