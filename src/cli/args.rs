//! The **arguments**: what was typed, checked for form and nothing else. No file, no environment
//! variable and no clock is looked at here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::window::WindowSpec;
use super::{
    advise, audit, backtest, check, config, export, ingest, label, labels, login, manual, profile,
    providers, pull, record, rejected, report, reports, resolve, run, sources, summary,
};

const EXAMPLES: &str = "\
Examples:
  ruaudit audit reports/          Read the reports there, then say what to do
  ruaudit advise acme.example     The verdict for one domain, and the record
  ruaudit rejected                What could not be read, and why
  ruaudit run                     The nightly job: read the mailboxes, then say
                                  what has changed

Exit codes: 0 fine; 1 with --strict when something was rejected, from check
when a record has errors, and with record next when there is no step to take;
2 errors; 3 with run --check when a person is needed; 4 another run is at work;
130 stopped by a signal.";

/// Reads DMARC aggregate reports and says whether a domain may move to p=quarantine or p=reject
/// without losing its own mail, and what to mend first.
#[derive(Debug, Parser)]
#[command(name = "ruaudit", version, max_term_width = 80, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) global: Global,
}

/// What every command takes.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// The store [default: ruaudit.db beside the configuration, or here without one] [env: RUAUDIT_DB]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) db: Option<PathBuf>,
    /// The configuration [default: ruaudit.toml here, in ~/.config/ruaudit or in /etc/ruaudit] [env: RUAUDIT_CONFIG]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) config: Option<PathBuf>,
    /// How to write the answer: table or json; csv too where rows come out; export: csv or ndjson; labels export: toml or csv
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = true)]
    pub(super) format: Option<Format>,
    /// Say nothing but the answer: no progress, no remarks
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more: every condition, rule and field
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person.
    Table,
    /// One document.
    Json,
    /// For a spreadsheet.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// As configurations are written.
    Toml,
}

impl Format {
    /// The word for it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Toml => "toml",
        }
    }
}

/// Which days are looked at.
#[derive(Debug, Default, Clone, Args)]
pub(super) struct WindowArg {
    /// Days to look at, in UTC: 31d, all, or FROM..TO like 2026-10-01..2026-10-31; 31d unless said,
    /// ending on the last day that the store has reports for
    #[arg(long, value_name = "DAYS", value_parser = WindowSpec::parse)]
    pub(super) window: Option<WindowSpec>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read reports, then show volumes, failing sources and advice: the whole job
    Audit(audit::AuditArgs),
    /// Read reports into the store
    Ingest(ingest::IngestArgs),
    /// Do the nightly job: read what the configuration names, tell what has changed
    Run(run::RunArgs),
    /// Read the mails of mailboxes into the store, and tidy the mailboxes up
    Pull(pull::PullArgs),
    /// Show volumes and pass rates, domain by domain
    Summary(summary::SummaryArgs),
    /// Show who sends for a domain, and how it fares
    Sources(sources::SourcesArgs),
    /// Say what to do with each domain, why, and which record to publish
    Advise(advise::AdviseArgs),
    /// Say what the advice would have been on every past day, and what would have come of it
    Backtest(backtest::BacktestArgs),
    /// Say whether a DMARC, SPF or DKIM record is right, and what receivers make of it
    Check(check::CheckArgs),
    /// Say what a source is: ours, theirs, a forwarder or a list
    Label(label::LabelArgs),
    /// List what was said of sources; write it to a file, or read it from one
    Labels(labels::LabelsArgs),
    /// Say or show what a domain does: whether it sends mail, and posts to lists
    Profile(profile::ProfileArgs),
    /// Make a DMARC record, say which is the next, or list those there were
    Record(record::RecordArgs),
    /// List what could not be read, and why
    Rejected(rejected::RejectedArgs),
    /// List the reports that are kept: counted, odd, or aside
    Reports(reports::ReportsArgs),
    /// Show one report: rows, oddities, where it came from, and whether it counts
    Report(report::ReportArgs),
    /// Look up the names of the addresses in the store, or check a server of your own
    Resolve(resolve::ResolveArgs),
    /// List the senders that are known, or say whose a domain or a machine is
    Providers(providers::ProvidersArgs),
    /// Write records, sources or domains for a spreadsheet or another program
    Export(export::ExportArgs),
    /// Approve once that a mailbox is read, where a provider wants a person for it (OAuth)
    Login(login::LoginArgs),
    /// Make a configuration, or check the one that is used and try its accounts
    Config(config::ConfigArgs),
    /// Write a completion script for a shell
    Completions(manual::CompletionsArgs),
    /// Write a manual page
    Man(manual::ManArgs),
}

impl Command {
    /// The name and the formats that it can write; the first is the one it writes unless told.
    pub(super) fn formats(&self) -> (&'static str, &'static [Format]) {
        use Format::{Csv, Json, Ndjson, Table};
        match self {
            Self::Audit(_) => ("audit", &[Table, Json]),
            Self::Ingest(_) => ("ingest", &[Table, Json]),
            Self::Pull(_) => ("pull", &[Table, Json]),
            Self::Run(_) => ("run", &[Table, Json]),
            Self::Summary(_) => ("summary", &[Table, Json, Csv]),
            Self::Sources(_) => ("sources", &[Table, Json, Csv]),
            Self::Advise(_) => ("advise", &[Table, Json]),
            Self::Backtest(_) => ("backtest", &[Table, Json, Csv]),
            Self::Check(_) => ("check", &[Table, Json, Csv]),
            Self::Label(_) => ("label", &[Table, Json]),
            Self::Labels(args) => args.formats(),
            Self::Profile(_) => ("profile", &[Table, Json]),
            Self::Record(args) => args.formats(),
            Self::Rejected(_) => ("rejected", &[Table, Json, Csv]),
            Self::Reports(_) => ("reports", &[Table, Json, Csv]),
            Self::Report(_) => ("report", &[Table, Json]),
            Self::Resolve(_) => ("resolve", &[Table, Json]),
            Self::Providers(_) => ("providers", &[Table, Json, Csv]),
            Self::Export(_) => ("export", &[Csv, Ndjson]),
            Self::Login(_) => ("login", &[Table]),
            Self::Config(_) => ("config", &[Table, Json]),
            Self::Completions(_) => ("completions", &[]),
            Self::Man(_) => ("man", &[]),
        }
    }

    /// The days that were asked for on the command line.
    pub(super) fn window(&self) -> Option<WindowSpec> {
        match self {
            Self::Audit(args) => args.window.window,
            Self::Summary(args) => args.window.window,
            Self::Sources(args) => args.window.window,
            Self::Advise(args) => args.window.window,
            Self::Label(args) => args.window.window,
            Self::Labels(args) => args.window.window,
            Self::Reports(args) => args.window.window,
            Self::Record(args) => args.window(),
            Self::Export(args) => args.window.window,
            Self::Resolve(args) => args.window.window,
            Self::Ingest(_)
            | Self::Pull(_)
            | Self::Run(_)
            | Self::Backtest(_)
            | Self::Check(_)
            | Self::Profile(_)
            | Self::Rejected(_)
            | Self::Report(_)
            | Self::Providers(_)
            | Self::Login(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
