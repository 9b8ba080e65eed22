//! The **thresholds** of the judgement: the numbers that decide and can be changed, each with its reason.
//!
//! Each can be set in the configuration (`[thresholds]`, same names). Those marked *ours* are
//! not taken from a standard or an authority.

use serde::{Deserialize, Serialize};

/// The numbers that decide. Shares are from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Days with reports at the present policy before a move. RFC 9989 section 7.4 asks for a
    /// month; 28 days are four whole weeks, so that every weekly sender shows four times.
    pub observed_days: u32,
    /// Days over which these must be spread, from the first at the present policy to the last: a whole
    /// month, so that what runs once a month has run (RFC 9989 section 7.4).
    pub observed_span: u32,
    /// Reporters that must have been heard: one alone may be wrong about everything (ours).
    pub reporters: u32,
    /// Share of the window's days that have reports (ours).
    pub day_coverage: f64,
    /// Days, counted back from the last one, over which `day_coverage` and `reporters` are asked: a
    /// month, as RFC 9989 section 7.4 has it, however long the window is.
    pub coverage_days: u32,
    /// Last days with reports from which the published record is rebuilt: one day may be that of a
    /// single small reporter, and a change should show within days (ours).
    pub record_days: u32,
    /// Days without a new own source (a fortnight: two runs of anything weekly; ours).
    pub stable_days: u32,
    /// Standard errors by which the last week may fail more than the days before (ours: two are one chance
    /// in forty, and each day looks again).
    pub rising_errors: f64,
    /// An own source that fails at least this share is misconfigured (the UK NCSC's rule).
    pub source_failure_share: f64,
    /// A source is judged by its share only above so many messages (the UK NCSC's rule).
    pub source_messages: u64,
    /// A source that fails entirely is misconfigured from so many messages on (ours: it is how a
    /// monthly invoice run shows).
    pub source_total_failure: u64,
    /// An unknown source is asked about from this share of the domain's mail on (the UK NCSC's rule).
    pub asks_share: f64,
    /// The same from this share on of what fails without a name (ours: forgeries come a few from each
    /// network, a machine's mail comes from one).
    pub asks_failing_share: f64,
    /// A source that tries the domain's own SPF or DKIM on so many days is asked about (ours).
    pub asks_days: u32,
    /// Days on which one network must have sent much that fails, to be asked about whatever it tries (ours:
    /// a week).
    pub steady_days: u32,
    /// Share of the window's reports that contradict earlier ones, from which on nothing is certain: they
    /// may be the genuine ones (ours).
    pub conflict_share: f64,
    /// An unknown sender is asked about only above so many messages (the UK NCSC's rule).
    pub asks_messages: u64,
    /// Messages from which a known sending service is asked about (ours).
    pub asks_service_messages: u64,
    /// Days before the window in which a sender that fails is not forgotten while nobody said whose it is
    /// (ours: a quarter, so that a quarterly run is asked about until the next).
    pub unanswered_days: u32,
    /// Highest upper bound of the own failure rate for `none -> quarantine` (98 % in common use).
    pub quarantine_rate: f64,
    /// The same for `quarantine -> reject` (ours, between 99 % and 100 %).
    pub reject_rate: f64,
    /// Share of an own source's mail that must be DKIM-aligned before reject: RFC 9989 section 7.4
    /// forbids to rely on SPF alone (the number is ours).
    pub reject_dkim_share: f64,
    /// A new source is a known sender's new address when this share of its mail carries signatures
    /// that an older own source used (ours; the rest is what signatures lose on the way).
    pub known_signature_share: f64,
    /// Share of a source's failures that one reporter must have for the fault to be sought there:
    /// four of five (ours).
    pub one_reporter_share: f64,
    /// Messages that the other reporters must have seen, to be heard against that one (ours: with
    /// fewer, a fault at every receiver could have missed them).
    pub other_reporters_messages: u64,
    /// Highest failure share at the others (ours: half of what makes a source misconfigured).
    pub other_reporters_share: f64,
    /// Share of all messages from which on one reporter is said to outweigh the others: a report can
    /// claim any number (ours; the largest mailbox provider tells half of an ordinary domain's mail).
    pub swamping_share: f64,
    /// Share of a source's messages from which on its class is worked out once more without the one
    /// organisation that tells them: a report can claim any number (ours: half).
    pub doubted_share: f64,
    /// Days of the last month with reports of a reporter, for it to count among `reporters`: one report
    /// is written quickly (ours).
    pub reporter_days: u32,
    /// Share of the own mail that must have been stopped for going back, where nobody tells of it who
    /// writes regularly: two names and a few messages must not open a domain again (ours).
    pub rollback_share: f64,
    /// Days on which the addresses of a source that failed must have passed since, for the fault to be
    /// over (ours: a week shows every weekday once).
    pub healed_days: u32,
    /// Share of a source's failed messages of which the addresses or the key must have passed since (ours:
    /// a pool of addresses never shows all of them again).
    pub healed_share: f64,
    /// Days after a move in which what happened is told beside what was predicted (ours: a quarter).
    pub after_move_days: u32,
    /// A day is bad when more than this share of own mail fails on it (ours).
    pub bad_day_share: f64,
    /// Confidence of every bound.
    pub confidence: f64,
    /// After a move, the running sum of surprise (CUSUM) alarms above this. Ours, by simulation:
    /// without a fault it stays below for three years on average even where days differ ten times
    /// more than chance lets them, and a fault of a fifth of the mail passes it on the second or third
    /// day (`docs/statistics.md`).
    pub cusum_limit: f64,
    /// How many times the expected failure rate is alarming (ours).
    pub cusum_factor: f64,
    /// The lowest failure rate that is alarming: what makes a source misconfigured.
    pub cusum_floor: f64,
    /// How high the sum climbs, in limits: a mended fault stops alarming within days (ours).
    pub cusum_cap: f64,
    /// The most that one day adds, in limits: one day alone, or the report of one, alarms nobody (ours).
    pub cusum_rise: f64,
    /// The most that one day takes away, in limits: a free weekend does not end an alarm, and failures
    /// of once a week still add up (ours).
    pub cusum_fall: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            observed_days: 28,
            observed_span: 31,
            reporters: 2,
            day_coverage: 0.8,
            coverage_days: 31,
            record_days: 3,
            stable_days: 14,
            rising_errors: 2.0,
            source_failure_share: 0.02,
            source_messages: 10,
            source_total_failure: 3,
            asks_share: 0.01,
            asks_failing_share: 0.05,
            asks_days: 3,
            steady_days: 7,
            conflict_share: 0.1,
            asks_messages: 10,
            asks_service_messages: 3,
            unanswered_days: 92,
            quarantine_rate: 0.02,
            reject_rate: 0.005,
            reject_dkim_share: 0.98,
            known_signature_share: 0.98,
            one_reporter_share: 0.8,
            other_reporters_messages: 20,
            other_reporters_share: 0.01,
            swamping_share: 0.95,
            doubted_share: 0.5,
            reporter_days: 3,
            rollback_share: 0.005,
            healed_days: 7,
            healed_share: 0.9,
            after_move_days: 92,
            bad_day_share: 0.05,
            confidence: 0.95,
            cusum_limit: 4.6,
            cusum_factor: 3.0,
            cusum_floor: 0.02,
            cusum_cap: 1.25,
            cusum_rise: 0.6,
            cusum_fall: 0.07,
        }
    }
}
