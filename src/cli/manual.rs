//! `completions` and `man`: what a packager asks for. Made from the same definitions as the help.

use clap::{Args, CommandFactory as _};

use crate::error::{Error, Result};

use super::args::Arguments;
use super::{Exit, Streams, written};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit completions bash > /etc/bash_completion.d/ruaudit
  ruaudit completions zsh > ~/.zfunc/_ruaudit")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ruaudit man > ruaudit.1
  ruaudit man advise > ruaudit-advise.1")]
pub(super) struct ManArgs {
    /// The command that the page is about; the whole program unless given
    command: Option<String>,
}

/// Writes the script. It is made in memory: the generator panics where a pipe is closed.
pub(super) fn completions(args: &CompletionsArgs, streams: &mut Streams<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "ruaudit", &mut script);
    written(streams.out.write_all(&script))?;
    Ok(Exit::Fine)
}

/// Writes the manual page.
pub(super) fn page(args: &ManArgs, streams: &mut Streams<'_>) -> Result<Exit> {
    let mut program = Arguments::command();
    program.build(); // hands the options of every command on to the commands
    let command = match &args.command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| no_such(name))?,
    };
    written(clap_mangen::Man::new(command).render(&mut streams.out))?;
    Ok(Exit::Fine)
}

fn no_such(name: &str) -> Error {
    let program = Arguments::command();
    let names: Vec<&str> = program.get_subcommands().map(clap::Command::get_name).collect();
    Error::new(
        format!("no manual page about `{name}`"),
        "there is no such command",
        format!("there are: {}", names.join(", ")),
    )
}
