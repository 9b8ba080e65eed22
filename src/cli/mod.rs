//! The command line: the arguments come in, an exit code goes out.
//!
//! Two steps, as in every program that stays testable: `args` only says what was typed;
//! `settings` joins it with the environment and the configuration file. Then one file a command.
//! The clock, the terminal and the environment are looked at here and nowhere else, but for the
//! variable that an account names for its password, which is read when the account signs in.
//!
//! Exit codes: 0 fine, 1 with `--strict` when something was rejected, or when `check` finds errors, 2 errors, 3 with `run --check`
//! when a person is needed, 4 another run is at work, 130 stopped by a signal. A closed pipe is success: whoever reads
//! `ruaudit ... | head` has read enough.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue};

use crate::error::{Error, Result};
use crate::render::Page;
use crate::render::escape::escape;

mod accounts;
mod advise;
mod args;
mod audit;
mod backtest;
mod check;
mod config;
mod destination;
mod environment;
mod explain;
mod export;
mod failure;
mod hosts;
mod ingest;
mod kept;
mod known;
mod label;
mod labels;
mod listen;
mod lock;
mod login;
mod manual;
mod nameserver;
mod nearest;
mod present;
mod profile;
mod progress;
mod providers;
mod pull;
mod record;
mod rejected;
mod report;
mod reports;
mod resolve;
mod run;
mod settings;
mod sign_in;
mod sources;
mod standing;
mod summary;
mod survey;
mod watch;
mod welcome;
mod window;

use args::{Arguments, Command};
use environment::Environment;
use settings::Settings;

/// Bytes of output held back before they are written.
const OUTPUT_BUFFER: usize = 64 << 10;

/// How a run that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Fine,
    /// Something was rejected, and `--strict` asked to hear of it.
    Rejected,
    /// A record that was checked has errors.
    Faulty,
    /// There is no step to take, and so no record to print.
    NoStep,
    /// An account or a path could not be read, which was said; all else was done.
    Failed,
    /// A person is needed, and `--check` asked to hear of it.
    NeedsPerson,
    /// Another run is at work.
    Busy,
    /// A signal stopped it; what it had in hand is stored.
    Stopped,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Rejected | Self::Faulty | Self::NoStep => 1,
            Self::Failed => 2,
            Self::NeedsPerson => 3,
            Self::Busy => 4,
            Self::Stopped => 130,
        }
    }
}

/// Where a command writes.
struct Streams<'a> {
    /// What was asked for.
    out: &'a mut dyn Write,
    /// What is said besides.
    err: &'a mut dyn Write,
    /// Whether a progress bar has somebody to look at it.
    progress: bool,
}

/// Runs the program on its arguments, the first of which is its own name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(args) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    // Standard error is not locked: the progress bar draws there from another thread.
    let mut err = io::stderr();
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout().lock());
    let streams = Streams { out: &mut out, err: &mut err, progress: io::stderr().is_terminal() };
    let ended = Environment::of_process().and_then(|around| run(arguments, &around, streams));
    let flushed = written(out.flush());
    match ended.and_then(|exit| flushed.map(|()| exit)) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(Error::BrokenPipe) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Help and version, or what is wrong with the arguments; clap says which.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = written(error.print().and_then(|()| io::stdout().flush()));
    if let Some(hint) = hint(error) {
        // that the hint cannot be written changes nothing: the error was said
        let _ = writeln!(io::stderr(), "{hint}");
    }
    match printed {
        // when what is wrong cannot be written, there is nobody left to tell
        Err(problem @ Error::Failed { .. }) if !error.use_stderr() => fail(&problem),
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

/// What was meant by a word that is no command: a folder to read, or a domain to advise on.
fn hint(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let command = match word {
        word if std::path::Path::new(word).exists() => "audit",
        word if word.contains('.') => "advise",
        _ => return None,
    };
    Some(format!("\n  did you mean: ruaudit {command} {}", escape(word)))
}

/// Says why the run stopped.
fn fail(error: &Error) -> ExitCode {
    let mut err = io::stderr();
    let colour = anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
    failure::print(&mut err, Page { colour, ..Page::PLAIN }, error);
    ExitCode::from(2)
}

/// Runs one command.
fn run(arguments: Arguments, around: &Environment, mut streams: Streams<'_>) -> Result<Exit> {
    let Some(command) = arguments.command else {
        return welcome::run(&mut streams);
    };
    match &command {
        Command::Completions(args) => return manual::completions(args, &mut streams),
        Command::Man(args) => return manual::page(args, &mut streams),
        Command::Config(args) => {
            let format = settings::format(arguments.global.format, &command)?;
            return config::run(args, format, &arguments.global, around, &mut streams);
        }
        _ => {}
    }
    let settings = Settings::resolve(&arguments.global, &command, around)?;
    match &command {
        Command::Audit(args) => audit::run(args, &settings, &mut streams),
        Command::Ingest(args) => ingest::run(args, &settings, &mut streams),
        Command::Summary(args) => summary::run(args, &settings, &mut streams),
        Command::Sources(args) => sources::run(args, &settings, &mut streams),
        Command::Advise(args) => advise::run(args, &settings, &mut streams),
        Command::Backtest(args) => backtest::run(args, &settings, &mut streams),
        Command::Check(args) => check::run(args, &settings, &mut streams),
        Command::Label(args) => label::run(args, &settings, &mut streams),
        Command::Labels(args) => labels::run(args, &settings, &mut streams),
        Command::Profile(args) => profile::run(args, &settings, &mut streams),
        Command::Providers(args) => providers::run(args, &settings, &mut streams),
        Command::Record(args) => record::run(args, &settings, &mut streams),
        Command::Rejected(args) => rejected::run(args, &settings, &mut streams),
        Command::Reports(args) => reports::run(args, &settings, &mut streams),
        Command::Report(args) => report::run(args, &settings, &mut streams),
        Command::Resolve(args) => resolve::run(args, &settings, &mut streams),
        Command::Pull(args) => pull::run(args, &settings, &mut streams),
        Command::Run(args) => run::run(args, &settings, &mut streams),
        Command::Export(args) => export::run(args, &settings, &mut streams),
        Command::Login(args) => login::run(args, &settings, &mut streams),
        Command::Completions(_) | Command::Man(_) | Command::Config(_) => Ok(Exit::Fine), // returned above
    }
}

/// Turns a failed write into an error of the run.
fn written<T>(result: io::Result<T>) -> Result<T> {
    result.map_err(|error| Error::output(&error))
}

#[cfg(test)]
mod tests;
