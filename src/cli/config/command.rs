//! `config`: makes a configuration, and tries it.

use clap::{Args, Subcommand};

use crate::cli::args::{Format, Global};
use crate::cli::environment::Environment;
use crate::cli::{Exit, Streams};
use crate::error::Result;

use super::{check, init};

/// Arguments of `config`.
#[derive(Debug, Args)]
#[command(after_help = "\
A configuration is looked for in ./ruaudit.toml, ~/.config/ruaudit/ruaudit.toml,
/etc/ruaudit/ruaudit.toml and /etc/ruaudit.toml; the first that is there counts.

Examples:
  ruaudit config init
  ruaudit config check")]
pub(in crate::cli) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say what the configuration says and what is wrong with it, and try every account
    Check(check::CheckArgs),
    /// Write a configuration with every key, its default and what it is for
    Init(init::InitArgs),
}

/// Runs the command.
pub(in crate::cli) fn run(
    args: &ConfigArgs,
    format: Format,
    global: &Global,
    around: &Environment,
    streams: &mut Streams<'_>,
) -> Result<Exit> {
    match &args.command {
        ConfigCommand::Check(args) => check::run(args, format, global, around, streams),
        ConfigCommand::Init(args) => init::run(args, format, around, streams),
    }
}
