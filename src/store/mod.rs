//! Where outcomes go, and where questions about them are answered.
//!
//! In: traces, a batch at a time. Out: counts, records, reports and traces. A store counts; it judges
//! nothing. Every store passes the same contract suite (`tests/store_contract.rs`).

use std::collections::HashMap;
use std::net::IpAddr;

use crate::error::Result;
use crate::model::digest::{
    Arrived, InputMark, NotedDomain, NotedRun, Notes, ReporterDays, Troubles,
};
use crate::model::kept::{KeptHost, KeptRecord};
use crate::model::labelling::Retold;
use crate::model::mailbox::Progress;
use crate::model::{
    DomainProfile, Filter, FolderId, Foreign, History, KeptLabel, Knowledge, KnownMail, Label,
    Profile, Replace, ReportFilter, ReportLine, SortedMail, StoredRecord, StoredReport,
    StoredTrace, Told, Trace, TraceFilter, Traffic, Window, Written,
};

pub mod sqlite;

/// What the program asks of a store.
pub trait Store {
    /// Writes a batch, whole or not at all, in order. Writing the same batch again changes nothing
    /// but what is returned: what was new is now a duplicate.
    ///
    /// `now` is the moment to note for inputs seen for the first time, seconds since 1970 UTC.
    ///
    /// # Errors
    /// When nothing of the batch is stored: the disk is full, or another process holds the store.
    fn write(&mut self, batch: &[Trace], now: i64) -> Result<Written> {
        self.write_mails(batch, &[], now)
    }

    /// The same, and notes in the same transaction what became of which mails. When this returns, all
    /// of it survives a loss of power, if there were mails: they may be deleted next.
    ///
    /// # Errors
    /// As [`Store::write`].
    fn write_mails(&mut self, batch: &[Trace], mails: &[SortedMail], now: i64) -> Result<Written>;

    /// Whether what is written goes where whoever opens the store now would read it: not if its file
    /// was moved or deleted meanwhile.
    fn is_in_place(&self) -> bool {
        true
    }

    /// The mails of a folder that are known of, in the order of their numbers; none in a life of
    /// the folder of which nothing was written.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn mails(&self, folder: &FolderId) -> Result<Vec<KnownMail>>;

    /// Notes how far the settling of some mails has come.
    ///
    /// # Errors
    /// When nothing is noted: as [`Store::write`].
    fn settled(&mut self, folder: &FolderId, uids: &[u32], progress: Progress) -> Result<()>;

    /// Forgets mails that are no longer in their folder.
    ///
    /// # Errors
    /// When nothing is forgotten: as [`Store::write`].
    fn forget_mails(&mut self, folder: &FolderId, uids: &[u32]) -> Result<()>;

    /// Brings what is stored in line with which policy domains are the operator's: reports about
    /// others are taken out of the totals, and reports about these are put back. With `require`,
    /// those that came by mail and that nobody vouches for stay aside; without, they are put back.
    ///
    /// # Errors
    /// When nothing is changed: as [`Store::write`].
    fn reconsider(&mut self, is_own: &dyn Fn(&str) -> bool, require: bool) -> Result<()>;

    /// The policy domains of the reports that count, or contradict one that does, in alphabetical
    /// order. Domains that are only spoken of by reports kept aside are not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn domains(&self) -> Result<Vec<String>>;

    /// How many reporters tell of each domain, and in how many counted reports.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn reporters_of_domains(&self) -> Result<HashMap<String, (i64, i64)>>;

    /// The first and the last day that reports count for; none in an empty store.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn span(&self) -> Result<Option<Window>>;

    /// One domain's traffic. Empty for a domain that the store does not know.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn traffic(&self, filter: &Filter) -> Result<Traffic>;

    /// One domain's traffic with the days on which it became known, for looking back. A report that
    /// came by mail only arrived with that mail, where it came between the end of its period and 30
    /// days later. Of all others it is assumed that they came the day after their period: when a
    /// file was last written says nothing of that. Empty for a domain that the store does not know.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn history(&self, domain: &str, window: Option<Window>) -> Result<History>;

    /// Calls `each` with every counted record of the domain (of every domain, if none is given) in
    /// the window, in the order of domain, day and report. Stops at the first error.
    ///
    /// # Errors
    /// When the store cannot be read, or what `each` returns.
    fn records(
        &self,
        domain: Option<&str>,
        window: Option<Window>,
        each: &mut dyn FnMut(&StoredRecord) -> Result<()>,
    ) -> Result<()>;

    /// Calls `each` with a line for every report that was asked for: the newest day first, then by
    /// domain, reporter and number. Stops at the first error.
    ///
    /// # Errors
    /// When the store cannot be read, or what `each` returns.
    fn reports(
        &self,
        filter: &ReportFilter,
        each: &mut dyn FnMut(ReportLine) -> Result<()>,
    ) -> Result<()>;

    /// One report in full, by the number that [`Store::reports`] shows: as it was decoded, with its
    /// rows in document order. Nothing if there is no such number.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn report(&self, number: u64) -> Result<Option<StoredReport>>;

    /// The reports that a person may mean by a name, in the order of [`Store::reports`]: the report
    /// id as written, or the origin of an input that brought it
    /// ([`is_called`](crate::model::stored::is_called)).
    ///
    /// # Errors
    /// When the store cannot be read.
    fn find_reports(&self, name: &str) -> Result<Vec<ReportLine>>;

    /// How much in the window is kept aside as foreign.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn foreign(&self, window: Option<Window>) -> Result<Foreign>;

    /// Calls `each` with every trace that was asked for, in the order in which they were first
    /// seen. Stops at the first error.
    ///
    /// # Errors
    /// When the store cannot be read, or what `each` returns.
    fn traces(
        &self,
        filter: TraceFilter,
        each: &mut dyn FnMut(StoredTrace) -> Result<()>,
    ) -> Result<()>;

    /// What the last nightly run noted, besides its domains; nothing before the first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn noted_run(&self) -> Result<Option<NotedRun>>;

    /// What it noted of a domain; nothing of one that it did not know.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn noted_domain(&self, domain: &str) -> Result<Option<NotedDomain>>;

    /// Notes anew, whole or not at all. What is not among the domains and sources given stays as it
    /// was noted before.
    ///
    /// # Errors
    /// When nothing is noted: as [`Store::write`].
    fn note(&mut self, notes: &Notes) -> Result<()>;

    /// On how many of these days each reporter wrote reports that count, in the order of their
    /// names.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn reporter_days(&self, window: Window) -> Result<Vec<ReporterDays>>;

    /// How many reports came after the one with this number (0: all), and the number of the last.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn arrived(&self, after: u64) -> Result<Arrived>;

    /// What was refused or kept aside among the inputs first seen after the mark.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn troubles(&self, after: InputMark) -> Result<Troubles>;

    /// All labels, in the order of domains (`*` first) and sources.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn labels(&self) -> Result<Vec<KeptLabel>>;

    /// All profiles that say something, in the order of domains.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn profiles(&self) -> Result<Vec<DomainProfile>>;

    /// What is known of one domain, whether or not there are reports about it: its own labels before
    /// those of every domain, and its profile. Case does not matter.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn knowledge(&self, domain: &str) -> Result<Knowledge>;

    /// Keeps what is told, whole or not at all. A label replaces the one of the same domain and
    /// source, a profile that of the same domain; both without regard to case. What `replace` says is
    /// forgotten. Since when a label says so changes only with what it says. What came of it is counted
    /// as nobody else can see it: two who tell at once count each their own.
    ///
    /// # Errors
    /// When nothing is kept: a name or a note is too long, a domain would have too many labels, or
    /// as [`Store::write`].
    fn tell(&mut self, told: &Told, replace: Replace<'_>, now: i64) -> Result<Retold>;

    /// Sets one label.
    ///
    /// # Errors
    /// As [`Store::tell`].
    fn set_label(&mut self, label: &Label, now: i64) -> Result<()> {
        self.tell(&Told { labels: vec![label.clone()], ..Told::default() }, Replace::Nothing, now)
            .map(drop)
    }

    /// Takes a label away; whether there was one.
    ///
    /// # Errors
    /// When nothing is changed: as [`Store::write`].
    fn remove_label(&mut self, domain: &str, source: &str) -> Result<bool>;

    /// Sets a domain's profile, both answers of it.
    ///
    /// # Errors
    /// As [`Store::tell`].
    fn set_profile(&mut self, domain: &str, profile: &Profile) -> Result<()> {
        let profile = DomainProfile { domain: domain.to_owned(), profile: *profile };
        self.tell(&Told { profiles: vec![profile], ..Told::default() }, Replace::Nothing, 0)
            .map(drop)
    }

    /// The readable addresses of the counted records of the domain (of every domain, if none is
    /// given) in the window, each once: those with mail that fails first, by how much of it fails,
    /// then the others; the busiest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn addresses(&self, domain: Option<&str>, window: Option<Window>) -> Result<Vec<IpAddr>>;

    /// What is known of these addresses, in the order in which they are given; nothing of one that
    /// was never looked up.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn hosts(&self, addresses: &[IpAddr]) -> Result<Vec<KeptHost>>;

    /// Keeps what was looked up, whole or not at all, in the place of what was known of the same
    /// addresses. Of the name only where somebody could tell: *unknown* does not replace what was
    /// known, nor when it became known.
    ///
    /// # Errors
    /// When nothing is kept: as [`Store::write`].
    fn keep_hosts(&mut self, hosts: &[KeptHost]) -> Result<()>;

    /// Keeps a record that was seen or proposed. The same text of the same kind at the same name,
    /// known in the same way, is one: when it was first known stays, when it was last known moves.
    /// Case does not matter in names. Of one domain [`KeptRecord::AT_MOST`] are kept: given ones
    /// first, then those that the DNS had first and for longest, and last those that it had together
    /// once.
    ///
    /// # Errors
    /// When nothing is kept: a name or the text is too long, or as [`Store::write`].
    fn keep_record(&mut self, record: &KeptRecord) -> Result<()>;

    /// The records that are kept of a domain: the first known first.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn kept_records(&self, domain: &str) -> Result<Vec<KeptRecord>>;
}
