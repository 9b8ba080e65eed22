//! `record next`: the advisor's step on the record that is published now.
//!
//! In: a domain, and its present record: given, as the DNS has it, as it was kept, or else as far as
//! reports show it. Out: the record to publish and the one to keep; none where the verdict is not to move.

use clap::Args;

use crate::analyze::Judgement;
use crate::error::Result;
use crate::model::Day;
use crate::model::evidence::PolicySpan;
use crate::model::finding::Checked;
use crate::model::kept::Seen;
use crate::model::publication::{Origin, Proposed, Today};
use crate::model::verdict::{Recommendation, Verdict};
use crate::record::edit;
use crate::record::present::{self, Live};
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

use super::super::advise;
use super::super::args::WindowArg;
use super::super::kept::Keeping;
use super::super::present::{LiveArgs, Presents};
use super::super::settings::Settings;
use super::super::survey::Survey;
use super::super::{Exit, Streams};
use super::{AsArg, checked, senders, show};

/// What stands in a rebuilt record for an address that nobody knows; an address takes its place while
/// the record is checked.
const UNSEEN: &str = "<your present rua>";

/// Arguments of `record next`.
#[derive(Debug, Args)]
#[command(after_help = "\
The present record is the one that is given with --record; with --live, the one
that the DNS has; else the last that is kept (ruaudit record history), unless
later reports saw another policy; else what reports show of it, which lacks rua
and ruf.

Exit codes: 0 a record to publish is printed; 1 there is no step to take now,
and none is printed; 2 errors.

Examples:
  ruaudit record next acme.example --live
  ruaudit record next acme.example --live --as cpanel
  ruaudit record next acme.example --record 'v=DMARC1; p=none; rua=mailto:...'
  ruaudit record next acme.example --format json | jq -r .record.zone")]
pub(super) struct NextArgs {
    /// The domain
    domain: String,
    /// The TXT value that is published now
    #[arg(long, value_name = "TXT", conflicts_with_all = ["live", "nameserver"])]
    record: Option<String>,
    #[command(flatten)]
    live: LiveArgs,
    #[command(flatten)]
    form: AsArg,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// The present record, and what is to be said of how it is known.
struct Present {
    text: Option<String>,
    origin: Origin,
    notes: Vec<String>,
}

/// Runs the command.
pub(super) fn run(args: &NextArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let named = [args.domain.clone()];
    advise::check(args.record.as_deref(), &named)?;
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domains = survey.domains(&named)?;
    let domain = &domains[0];
    let given = args.record.as_deref().map(advise::without_quotes);
    let presents = Presents::ask(given.as_deref(), &args.live, &domains, settings);
    let present = present(domain, &presents, &survey, &store)?;
    let judged = survey.judge(domain, present.text.as_deref())?;
    let mut keeping = Keeping::new(settings.now);
    presents.keep(&judged.advice, &mut keeping);
    let spf = senders::spf(domain, &judged.sources, &args.live, settings, &store, &mut keeping);
    let mut proposed = proposed(judged, present)?;
    proposed.spf = spf;
    show(&proposed, &args.form, settings, streams)?;
    keeping.keep(store);
    Ok(if proposed.record.is_some() { Exit::Fine } else { Exit::NoStep })
}

/// The present record, by the first of those who know it.
fn present(
    domain: &str,
    presents: &Presents<'_>,
    survey: &Survey<'_>,
    store: &dyn Store,
) -> Result<Present> {
    let known = |text: &str, origin, notes| Present { text: Some(text.to_owned()), origin, notes };
    if let Some(text) = presents.of(domain) {
        let live = matches!(presents.live(domain), Some(Live::Record(_)));
        return Ok(known(text, if live { Origin::Dns } else { Origin::Given }, Vec::new()));
    }
    let name = format!("_dmarc.{domain}");
    let asked = presents.live(domain).and_then(|live| present::why_not(live, &name));
    let mut notes: Vec<String> = asked.into_iter().collect();
    // a record that the DNS denies is not the present one, whoever kept it
    let denied = presents.live(domain).is_some_and(|live| !matches!(live, Live::Unknown(_)));
    let kept = if denied { Vec::new() } else { store.kept_records(domain)? };
    let history = survey.judge(domain, None)?.advice.policy_history;
    let latest: Option<&PolicySpan> = history.last();
    if let Some(last) = present::last_kept(&kept, latest) {
        let how = match last.seen {
            Seen::Dns => "the DNS had it",
            Seen::Given => "it was given",
            Seen::Proposed => "it was proposed, and reports have seen its policy since",
        };
        let day = Day::of(last.last_at);
        notes.push(format!(
            "the present record is taken from {day}, when {how}: --live asks the DNS"
        ));
        return Ok(known(&last.text, Origin::Kept, notes));
    }
    if !denied {
        notes.push(
            "no record is known: what reports show of it is used; --live asks the DNS".into(),
        );
    }
    Ok(Present { text: None, origin: Origin::Reports, notes })
}

/// What is to be printed, checked.
fn proposed(judged: Judgement, present: Present) -> Result<Proposed> {
    let senders = senders::of(&judged.sources);
    let Recommendation {
        domain,
        verdict,
        headline,
        record,
        record_name,
        rollback,
        notes,
        record_is_complete,
        ..
    } = judged.advice;
    let old = rollback.clone();
    let record = if verdict == Verdict::Rollback { record.or(old) } else { record };
    let checked = record.as_ref().map(|text| check(text, &domain)).transpose()?;
    let (findings, effect) =
        checked.map_or_else(Default::default, |checked| (checked.findings, checked.effect));
    let origin = if record_is_complete { present.origin } else { Origin::Reports };
    let keep = rollback.filter(|old| record.as_ref() != Some(old)).map(|txt| Today {
        txt,
        origin,
        complete: record_is_complete,
    });
    let mut told = present.notes;
    told.extend(notes);
    Ok(Proposed {
        domain,
        verdict: Some(verdict),
        headline: Some(headline),
        record: record.map(|text| edit::changed(&record_name, &text)),
        keep,
        findings,
        effect,
        consents: Vec::new(),
        notes: told,
        senders,
        spf: None,
    })
}

/// Checks the record; where an address is not known, another in its place.
fn check(text: &str, domain: &str) -> Result<Checked> {
    let remedy = format!("mend the present record first: ruaudit check {domain}");
    if !text.contains(UNSEEN) {
        return checked(text, &remedy);
    }
    let mut checked = checked(&text.replace(UNSEEN, &format!("dmarc@{domain}")), &remedy)?;
    // places are those of the other text
    checked.findings.iter_mut().for_each(|finding| finding.place = None);
    Ok(checked)
}
