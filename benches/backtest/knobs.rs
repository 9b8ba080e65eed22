//! The **thresholds** that are varied, each with the values that are tried.

use ruaudit::analyze::Thresholds;
use ruaudit::model::words::Policy;

/// A threshold, the step that it decides, and the values that are tried.
pub type Knob = (&'static str, Policy, &'static [f64], fn(&mut Thresholds, f64));

pub const KNOBS: [Knob; 28] = [
    ("observed_days", Policy::None, &[14.0, 21.0, 28.0, 30.0, 31.0], |t, v| {
        t.observed_days = v as u32
    }),
    ("observed_span", Policy::None, &[28.0, 31.0, 35.0, 45.0], |t, v| t.observed_span = v as u32),
    ("reporters", Policy::None, &[1.0, 2.0, 3.0, 4.0], |t, v| t.reporters = v as u32),
    ("day_coverage", Policy::None, &[0.5, 0.7, 0.8, 0.9, 1.0], |t, v| t.day_coverage = v),
    ("record_days", Policy::None, &[1.0, 3.0, 7.0], |t, v| t.record_days = v as u32),
    ("stable_days", Policy::None, &[0.0, 7.0, 14.0, 21.0, 28.0], |t, v| t.stable_days = v as u32),
    ("rising_errors", Policy::None, &[1.0, 2.0, 3.0, 100.0], |t, v| t.rising_errors = v),
    ("source_failure_share", Policy::None, &[0.005, 0.01, 0.02, 0.05], |t, v| {
        t.source_failure_share = v
    }),
    ("source_messages", Policy::None, &[3.0, 10.0, 30.0, 100.0], |t, v| {
        t.source_messages = v as u64
    }),
    ("source_total_failure", Policy::None, &[1.0, 3.0, 10.0, 30.0], |t, v| {
        t.source_total_failure = v as u64
    }),
    ("asks_share", Policy::None, &[0.001, 0.003, 0.01, 0.03], |t, v| t.asks_share = v),
    ("asks_failing_share", Policy::None, &[0.01, 0.05, 0.2, 1.0], |t, v| t.asks_failing_share = v),
    ("asks_days", Policy::None, &[1.0, 2.0, 3.0, 5.0, 8.0], |t, v| t.asks_days = v as u32),
    ("asks_messages", Policy::None, &[2.0, 5.0, 10.0, 20.0], |t, v| t.asks_messages = v as u64),
    ("asks_service_messages", Policy::None, &[1.0, 3.0, 10.0, 30.0], |t, v| {
        t.asks_service_messages = v as u64
    }),
    ("steady_days", Policy::None, &[3.0, 7.0, 14.0, 28.0], |t, v| t.steady_days = v as u32),
    ("unanswered_days", Policy::None, &[0.0, 31.0, 92.0, 180.0], |t, v| {
        t.unanswered_days = v as u32
    }),
    ("quarantine_rate", Policy::None, &[0.002, 0.005, 0.01, 0.02, 0.05], |t, v| {
        t.quarantine_rate = v
    }),
    ("known_signature_share", Policy::None, &[0.5, 0.9, 0.98, 1.0], |t, v| {
        t.known_signature_share = v
    }),
    ("one_reporter_share", Policy::None, &[0.5, 0.8, 1.0], |t, v| t.one_reporter_share = v),
    ("other_reporters_messages", Policy::None, &[5.0, 20.0, 100.0], |t, v| {
        t.other_reporters_messages = v as u64
    }),
    ("other_reporters_share", Policy::None, &[0.001, 0.01, 0.05], |t, v| {
        t.other_reporters_share = v
    }),
    ("healed_days", Policy::None, &[1.0, 3.0, 7.0, 14.0, 28.0], |t, v| t.healed_days = v as u32),
    ("healed_share", Policy::None, &[0.5, 0.8, 0.9, 1.0], |t, v| t.healed_share = v),
    ("confidence", Policy::None, &[0.8, 0.9, 0.95, 0.99], |t, v| t.confidence = v),
    ("reject_rate", Policy::Quarantine, &[0.001, 0.0025, 0.005, 0.01, 0.02], |t, v| {
        t.reject_rate = v
    }),
    ("reject_dkim_share", Policy::Quarantine, &[0.9, 0.98, 0.995, 1.0], |t, v| {
        t.reject_dkim_share = v
    }),
    ("bad_day_share", Policy::Quarantine, &[0.01, 0.02, 0.05, 0.2], |t, v| t.bad_day_share = v),
];

/// A threshold and the values that are tried.
pub type PlainKnob = (&'static str, &'static [f64], fn(&mut Thresholds, f64));

/// Those that keep one organisation from deciding: tried where one lies.
pub const AGAINST_LIARS: [PlainKnob; 4] = [
    ("swamping_share", &[0.4, 0.6, 0.8, 0.95, 1.0], |t, v| t.swamping_share = v),
    ("doubted_share", &[0.3, 0.5, 0.7, 1.0], |t, v| t.doubted_share = v),
    ("reporters", &[1.0, 2.0, 3.0], |t, v| t.reporters = v as u32),
    ("reporter_days", &[1.0, 3.0, 7.0, 14.0], |t, v| t.reporter_days = v as u32),
];

/// Those that act after a move.
pub const AFTER_A_MOVE: [PlainKnob; 8] = [
    ("after_move_days", &[14.0, 31.0, 92.0, 183.0], |t, v| t.after_move_days = v as u32),
    ("rollback_share", &[0.001, 0.005, 0.02], |t, v| t.rollback_share = v),
    ("cusum_limit", &[2.3, 4.6, 9.2], |t, v| t.cusum_limit = v),
    ("cusum_factor", &[2.0, 3.0, 10.0], |t, v| t.cusum_factor = v),
    ("cusum_floor", &[0.005, 0.02, 0.05], |t, v| t.cusum_floor = v),
    ("cusum_cap", &[1.05, 1.25, 2.0], |t, v| t.cusum_cap = v),
    ("cusum_rise", &[0.3, 0.6, 1.0], |t, v| t.cusum_rise = v),
    ("cusum_fall", &[0.02, 0.07, 0.3], |t, v| t.cusum_fall = v),
];
