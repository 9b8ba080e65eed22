//! `record next`: the advisor's step on the record that is published now.
//!
//! In: a domain, and its present record: given, as the DNS has it, as it was kept, or else as far as
//! reports show it. Out: the record to publish and the one to keep; none where the verdict is not to move.

use clap::Args;

use crate::error::Result;
use crate::model::command;
use crate::model::dns::Resolver;
use crate::model::evidence::RUA_IS_UNSEEN;
use crate::model::kept::KeptRecord;
use crate::model::names;
use crate::model::publication::{Consent, Origin, Proposed, Today};
use crate::model::verdict::{Recommendation, Verdict};
use crate::record::edit;
use crate::store::sqlite::SqliteStore;

use super::super::advise;
use super::super::args::WindowArg;
use super::super::kept::Keeping;
use super::super::present::{Judged, LiveArgs, Presents, alias, consents};
use super::super::settings::Settings;
use super::super::standing::{Halt, Standing};
use super::super::survey::Survey;
use super::super::{Exit, Streams};
use super::{AsArg, checked, senders, show, spf};

/// What stands in a rebuilt record for an address that nobody knows.
const UNSEEN: &str = "<your present rua>";

/// Arguments of `record next`.
#[derive(Debug, Args)]
#[command(after_help = "\
The present record is the one that is given with --record; with --live, the one
that the DNS has; else the last that is kept (ruaudit record history), unless
later reports saw another policy. Where the DNS has none, several, or one that
cannot be read, no step is built: what to do is said instead. Where reports
alone tell of the record, the step is shown with a gap for rua, never with --as.

Exit codes: 0 a record is printed that can be published as it stands; 1 none is:
there is no step to take, no record to take it from, its rua is not known, or it
stands behind an alias (CNAME);
2 errors, also where the DNS did not answer and no record is kept. With --spf
the same holds of the SPF record.

Examples:
  ruaudit record next acme.example --live
  ruaudit record next acme.example --live --as cpanel
  ruaudit record next acme.example --live --spf --as cpanel
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
    /// With --as: write the SPF record with what your senders lack, not the DMARC record
    #[arg(long, requires = "form")]
    spf: bool,
    #[command(flatten)]
    pub(super) window: WindowArg,
}

/// Runs the command.
pub(super) fn run(args: &NextArgs, settings: &Settings, streams: &mut Streams<'_>) -> Result<Exit> {
    let named = [args.domain.clone()];
    advise::check(args.record.as_deref(), &named)?;
    let store = SqliteStore::open_existing(&settings.db)?;
    let survey = Survey::new(&store, settings, streams)?;
    let domain = &survey.domains(&named)?[0];
    let given = args.record.as_deref().map(advise::without_quotes);
    let presents = Presents::ask_with_spf(given.as_deref(), &args.live, domain, settings);
    let judged = presents.judge(&survey, domain)?;
    let mut keeping = Keeping::new(settings.now);
    presents.keep(&judged.judgement.advice, &mut keeping);
    let is_unknown = judged.standing.halt.as_ref().is_some_and(|halt| halt.is_unknown);
    let proposed = proposed(judged, &presents, &survey.kept(domain)?)?;
    keeping.keep(store);
    if args.spf {
        return super::show_spf(&proposed, &args.form, settings, streams);
    }
    show(&proposed, &args.form, settings, streams)?;
    Ok(match proposed.record {
        Some(_) => Exit::Fine,
        None if is_unknown => Exit::Failed,
        None => Exit::NoStep,
    })
}

/// What is to be printed, checked.
fn proposed(judged: Judged, presents: &Presents<'_>, kept: &[KeptRecord]) -> Result<Proposed> {
    let Judged { judgement, standing } = judged;
    let (sources, advice) = (judgement.sources, judgement.advice);
    let domain = advice.domain.clone();
    let asked = names::ascii(&domain).unwrap_or_else(|_| domain.clone());
    let dns = presents.dns().map(|dns| dns as &dyn Resolver);
    let add = spf::additions(&asked, &sources);
    let lost = senders::lost(&advice);
    let mut proposed = dmarc(advice, standing, dns)?;
    if let Some(end) = presents.alias(&domain) {
        at_an_alias(&mut proposed, end);
    }
    proposed.notes.extend(spf::notes(&asked, &sources));
    proposed.spf = spf::change(&asked, add, presents.spf(&domain), kept, dns);
    proposed.senders = lost.into_iter().chain(senders::of(&sources)).collect();
    proposed.dkim = senders::keys(&sources, dns);
    Ok(proposed)
}

/// The step of the DMARC record.
fn dmarc(
    advice: Recommendation,
    standing: Standing,
    dns: Option<&dyn Resolver>,
) -> Result<Proposed> {
    let Recommendation { domain, verdict, headline, record, record_name, rollback, notes, .. } =
        advice;
    let old = rollback.clone();
    let record = if verdict == Verdict::Rollback { record.or(old) } else { record };
    let (draft, record): (Option<String>, Option<String>) = match record {
        Some(text) if text.contains(UNSEEN) => (Some(text), None),
        other => (None, other),
    };
    let what = match (standing.origin, &standing.text) {
        (Origin::Given, Some(text)) => command::word(text),
        _ => command::domain(&domain),
    };
    let mend = format!("mend the present record first: ruaudit check {what}");
    let checked = record.as_ref().map(|text| checked(text, &mend)).transpose()?;
    let (findings, effect) =
        checked.map_or_else(Default::default, |checked| (checked.findings, checked.effect));
    let mut told = standing.notes;
    let asked = record.as_deref().map(|text| lacking(&domain, text, dns, &mut told));
    let (consents, consents_left) = asked.unwrap_or_default();
    let keep = rollback.filter(|old| record.as_ref() != Some(old)).map(|txt| Today {
        complete: !txt.contains(UNSEEN),
        origin: standing.origin,
        seen_on: standing.seen_on.map(|day| day.to_string()),
        txt,
    });
    told.extend(notes.into_iter().filter(|note| note != RUA_IS_UNSEEN));
    let mut proposed = Proposed {
        verdict: Some(verdict),
        headline: Some(headline),
        record: record.map(|text| edit::changed(&record_name, &text)),
        keep,
        findings,
        effect,
        consents,
        consents_left,
        notes: told,
        draft,
        ..Proposed::of(domain)
    };
    match standing.halt {
        Some(halt) => stand_still(&mut proposed, halt),
        None if proposed.draft.is_some() => unseen(&mut proposed),
        None => {}
    }
    Ok(proposed)
}

/// The record stands behind an alias, beside which none can: nothing is printed to be entered there.
fn at_an_alias(proposed: &mut Proposed, end: String) {
    let Some(record) = proposed.record.take() else { return };
    let today = proposed.keep.as_ref().map(|keep| keep.txt.as_str());
    proposed.notes.insert(0, alias::text(&proposed.domain, &end));
    proposed.run.extend(today.map(|today| alias::command(&proposed.domain, today)));
    proposed.draft = Some(record.txt);
    proposed.alias = Some(end);
}

/// No step: what the DNS has, what was there last, and the way on.
fn stand_still(proposed: &mut Proposed, halt: Halt) {
    let Halt { why, in_dns, last, advice, run, .. } = halt;
    let is_said = proposed.headline.as_ref() == Some(&why);
    let why = Some(why).filter(|_| !is_said);
    proposed.notes.splice(..0, why.into_iter().chain(advice));
    proposed.in_dns = in_dns;
    proposed.run = run;
    proposed.keep = last.map(|last| Today {
        origin: Origin::Kept,
        complete: true,
        seen_on: Some(crate::model::Day::of(last.last_at).to_string()),
        txt: last.text,
    });
}

/// Reports alone tell of the present record.
fn unseen(proposed: &mut Proposed) {
    let domain = command::domain(&proposed.domain);
    proposed.notes.insert(
        0,
        "nobody has said what the present record is, and reports do not show its rua and ruf: ask the DNS \
         for it, or give it"
            .to_owned(),
    );
    proposed.run = vec![
        format!("ruaudit record next {domain} --live"),
        format!("ruaudit record next {domain} --record 'v=DMARC1; ...'"),
    ];
}

/// What others must publish before reports go there; what the DNS shows to be there already is left out.
/// With it how many addresses were not asked about.
fn lacking(
    domain: &str,
    text: &str,
    dns: Option<&dyn Resolver>,
    notes: &mut Vec<String>,
) -> (Vec<Consent>, usize) {
    match dns {
        Some(dns) => consents::lacking(domain, text, dns, notes),
        None => (super::consents(domain, text, notes), 0),
    }
}
