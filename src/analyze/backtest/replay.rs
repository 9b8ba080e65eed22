//! The **replay**: a domain's traffic as it was known on a past day.
//!
//! In: the history with its arrivals. Out, for each day on which something arrived: the window that
//! would have been looked at, with what had come by then, and what was known of the time before.
//! A working copy is filled anew each day; rows are in order of day, so only those of the window and
//! of the half year before it are looked at. It has the lists of the whole history, so that what is
//! worked out of a fingerprint once holds on every day.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::traffic::{EarlierRow, TrafficRow};
use crate::model::{Day, History, SourceAddress, Traffic, Window};

/// Days that are replayed at most, counted back from the last arrival.
const REPLAYED_DAYS: i32 = 400;

/// A history in replay.
pub(super) struct Replay<'a> {
    history: &'a History,
    /// Days of the window.
    window_days: i32,
    /// By report count, and by row: when it was known.
    reports_known: Vec<Day>,
    rows_known: Vec<Day>,
    /// By row: which triple of address, fingerprint and reporter it is of, in order of them.
    triple_of_row: Vec<usize>,
    /// A row of each triple.
    triples: Vec<usize>,
}

impl<'a> Replay<'a> {
    /// Makes ready to replay with a window of so many days.
    pub(super) fn new(history: &'a History, window_days: u32) -> Self {
        let traffic = &history.traffic;
        let days = traffic.reports.iter().map(|report| report.day);
        let reports_known = known(days, &history.report_arrivals);
        let rows_known = known(traffic.rows.iter().map(|row| row.day), &history.row_arrivals);
        let (triple_of_row, triples) = triples(&traffic.rows);
        let window_days = i32::try_from(window_days.max(1)).unwrap_or(i32::MAX);
        Self { history, window_days, reports_known, rows_known, triple_of_row, triples }
    }

    /// The days on which reports arrived, in order; of a long history the last ones.
    pub(super) fn days(&self) -> Vec<Day> {
        let days: BTreeSet<Day> = self.reports_known.iter().copied().collect();
        let first = days.last().map_or(Day(0), |last| last.plus(1 - REPLAYED_DAYS));
        days.range(first..).copied().collect()
    }

    /// The days that the replayed reports tell of.
    pub(super) fn reported(&self) -> Option<Window> {
        let first = self.days().first()?.plus(-History::LATE_DAYS);
        let days = || self.history.traffic.reports.iter().map(|report| report.day);
        let from = days().filter(|day| *day >= first).min()?;
        Some(Window { from, to: days().max()? })
    }

    /// A working copy: the lists, and nothing known yet.
    pub(super) fn nothing(&self) -> Traffic {
        let Traffic { domain, reporters, policies, fingerprints, .. } = &self.history.traffic;
        Traffic {
            domain: domain.clone(),
            reporters: reporters.clone(),
            policies: policies.clone(),
            fingerprints: fingerprints.clone(),
            ..Traffic::default()
        }
    }

    /// Fills a working copy with what was known on the evening of that day, and tells its window; `None`
    /// before the first report. A report about a later day than the one it came on moves no window.
    pub(super) fn arrived_by(&self, day: Day, arrived: &mut Traffic) -> Option<Window> {
        let known = self.history.traffic.reports.iter().zip(&self.reports_known);
        let known = known.filter(|(report, known)| **known <= day && report.day <= day);
        let to = known.map(|(report, _)| report.day).max()?;
        let window = Window { from: to.plus(1 - self.window_days), to };
        self.fill(arrived, day, window);
        Some(window)
    }

    /// Fills a working copy with the month before a move on `since`, as it was known on the evening of
    /// `day`.
    pub(super) fn month_before(&self, since: Day, day: Day, before: &mut Traffic) {
        let window = Window { from: since.plus(-self.window_days), to: since.plus(-1) };
        self.fill(before, day, window);
    }

    fn fill(&self, arrived: &mut Traffic, day: Day, window: Window) {
        self.fill_reports(arrived, day, window);
        arrived.rows.clear();
        let (rows, known) = (&self.history.traffic.rows, &self.rows_known);
        let range = self.rows_of(window.from, window.to);
        arrived.rows.extend(range.filter(|at| known[*at] <= day).map(|at| rows[at].clone()));
        arrived.earlier = self.earlier(day, window);
        arrived.conflicts = self.conflicts(day, window);
    }

    fn fill_reports(&self, arrived: &mut Traffic, day: Day, window: Window) {
        let before = window.from.plus(-Traffic::POLICY_DAYS);
        arrived.reports.clear();
        arrived.policies_before.clear();
        for (report, known) in self.history.traffic.reports.iter().zip(&self.reports_known) {
            if *known > day || report.day < before || report.day > window.to {
                continue;
            }
            let list = if report.day < window.from {
                &mut arrived.policies_before
            } else {
                &mut arrived.reports
            };
            list.push(report.clone());
        }
    }

    /// How many reports of the window contradicted earlier ones by then.
    fn conflicts(&self, day: Day, window: Window) -> u64 {
        let known =
            self.history.conflicts.iter().filter(|found| found.arrival.max(found.day) <= day);
        let reports = known.filter(|found| window.contains(found.day)).map(|found| found.reports);
        reports.fold(0, u64::saturating_add)
    }

    /// Where the rows of these days stand.
    fn rows_of(&self, from: Day, to: Day) -> std::ops::Range<usize> {
        let rows = &self.history.traffic.rows;
        let start = rows.partition_point(|row| row.day < from);
        start..rows.partition_point(|row| row.day <= to).max(start)
    }

    /// Who had sent before the window.
    fn earlier(&self, day: Day, window: Window) -> Vec<EarlierRow> {
        let mut seen: Vec<Option<(Day, Day, u64)>> = vec![None; self.triples.len()];
        let rows = &self.history.traffic.rows;
        for at in self.rows_of(window.from.plus(-Traffic::EARLIER_DAYS), window.from.plus(-1)) {
            if self.rows_known[at] <= day {
                // rows are in order of day, so the first that is met is the first
                let row = &rows[at];
                let seen = seen[self.triple_of_row[at]].get_or_insert((row.day, row.day, 0));
                (seen.1, seen.2) = (row.day, seen.2.saturating_add(row.messages));
            }
        }
        let earlier = seen.iter().zip(&self.triples).filter_map(|(seen, at)| {
            let TrafficRow { reporter, source, fingerprint, .. } = &rows[*at];
            let (reporter, source, fingerprint) = (*reporter, source.clone(), *fingerprint);
            let row = |(first_day, last_day, messages)| EarlierRow {
                reporter,
                source,
                fingerprint,
                first_day,
                last_day,
                messages,
            };
            seen.map(row)
        });
        earlier.collect()
    }
}

/// The first and the last day that this traffic's reports tell of.
pub(super) fn reported(traffic: &Traffic) -> Option<Window> {
    let days = || traffic.reports.iter().map(|report| report.day);
    Some(Window { from: days().min()?, to: days().max()? })
}

/// When each was known: on the day it arrived, and not before the day it tells of. What has no arrival
/// was known the day after.
fn known(days: impl Iterator<Item = Day>, arrivals: &[Day]) -> Vec<Day> {
    let known = |(at, day): (usize, Day)| {
        arrivals.get(at).map_or_else(|| day.plus(1), |arrival| (*arrival).max(day))
    };
    days.enumerate().map(known).collect()
}

/// A sender as one reporter saw it: its address, fingerprint, reporter.
type Triple<'a> = (&'a SourceAddress, u32, u32);

/// Numbers the different triples of address, fingerprint and reporter, in order of them.
fn triples(rows: &[TrafficRow]) -> (Vec<usize>, Vec<usize>) {
    let mut first: BTreeMap<Triple<'_>, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        first.entry((&row.source, row.fingerprint, row.reporter)).or_insert(at);
    }
    let triples: Vec<usize> = first.values().copied().collect();
    first.values_mut().enumerate().for_each(|(number, triple)| *triple = number);
    let number = |row: &TrafficRow| {
        first.get(&(&row.source, row.fingerprint, row.reporter)).copied().unwrap_or(0)
    };
    (rows.iter().map(number).collect(), triples)
}
