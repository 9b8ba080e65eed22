//! The **bound** of a failure rate: how high it may be when so many failures were seen.
//!
//! In: messages and failures by day. Out: upper bounds with a confidence, and how they were worked
//! out. Mail of one day fails together, so days that differ more than chance allows count as fewer
//! messages (the design effect of survey statistics, with the one-sided interval of Clopper and
//! Pearson, as Korn and Graubard put the two together).

use statrs::distribution::{Beta, ContinuousCDF};

use crate::model::numbers::{percent, thousands, upper_percent};
use crate::model::verdict::RateBound;

use super::super::thresholds::Thresholds;
use super::{DayCount, totals};

/// Messages beyond which more make no difference that anybody could read. Forged counts are larger
/// and would keep the inverse beta busy for hours; fewer messages only make the bound wider.
const MOST_EVIDENCE: f64 = 1e6;

/// The bound of the failure rate over those days; `None` without mail. The unseen share is left 0.
#[must_use]
pub fn bound(days: &[DayCount], limits: &Thresholds) -> Option<RateBound> {
    let (messages, failures) = totals(days);
    if messages == 0 {
        return None;
    }
    let clusters = Clusters::of(days);
    let bad = |day: &&DayCount| day.failing as f64 > limits.bad_day_share * day.messages as f64;
    let (all_days, bad_days) = (days.len() as u64, days.iter().filter(bad).count() as u64);
    let (failed, passed) = clusters.effective();
    let clean_days = (all_days - bad_days) as f64;
    Some(RateBound {
        messages,
        failures,
        days: all_days,
        bad_days,
        design_effect: clusters.design_effect(),
        upper_rate: upper(failed, passed, limits.confidence),
        upper_bad_days: upper(bad_days as f64, clean_days, limits.confidence),
        unseen_share: 0.0,
    })
}

/// How failures spread over days.
struct Clusters {
    messages: f64,
    failures: f64,
    days: usize,
    /// The variance of the rate, as the days show it.
    by_days: f64,
    /// The same, if every message failed or passed by itself.
    by_chance: f64,
}

impl Clusters {
    fn of(days: &[DayCount]) -> Self {
        let (messages, failures) = totals(days);
        let (messages, failures) = (messages as f64, failures as f64);
        let (count, rate) = (days.len() as f64, failures / messages);
        let square = |d: &DayCount| (d.failing as f64 - rate * d.messages as f64).powi(2);
        let squares: f64 = days.iter().map(square).sum();
        Self {
            messages,
            failures,
            days: days.len(),
            by_days: count / (count - 1.0) * squares / messages.powi(2),
            by_chance: rate * (1.0 - rate) / messages,
        }
    }

    /// One day alone tells nothing of how days differ, and neither do days without a failure.
    fn is_known(&self) -> bool {
        self.days >= 2 && self.by_chance > 0.0
    }

    /// By how much the variance between days is larger than that of independent messages, 1 at least.
    fn design_effect(&self) -> f64 {
        if self.is_known() { (self.by_days / self.by_chance).max(1.0) } else { 1.0 }
    }

    /// Failures and passes, as if all had happened independently.
    fn effective(&self) -> (f64, f64) {
        let effect = self.design_effect();
        (self.failures / effect, (self.messages - self.failures) / effect)
    }
}

/// The one-sided upper bound of Clopper and Pearson after so many failures and passes.
#[must_use]
pub fn upper(failed: f64, passed: f64, confidence: f64) -> f64 {
    if passed <= 0.0 {
        return 1.0;
    }
    if failed <= 0.0 {
        return -((1.0 - confidence).ln() / passed).exp_m1();
    }
    let scale = (MOST_EVIDENCE / (failed + passed)).min(1.0);
    let (failed, passed) = (failed * scale, passed * scale);
    let quantile = Beta::new(failed + 1.0, passed).map(|beta| beta.inverse_cdf(confidence));
    quantile.ok().filter(|rate| rate.is_finite()).map_or(1.0, |rate| rate.clamp(0.0, 1.0))
}

/// How many messages without a failure certify that limit.
#[must_use]
pub fn clean_messages_needed(limit: f64, confidence: f64) -> u64 {
    ((1.0 - confidence).ln() / (1.0 - limit).ln()).ceil() as u64
}

/// How the bound of those days was worked out, line by line.
#[must_use]
pub fn bound_arithmetic(rate: &RateBound, days: &[DayCount], limits: &Thresholds) -> Vec<String> {
    let clusters = Clusters::of(days);
    let (failures, messages) = (thousands(rate.failures), thousands(rate.messages));
    let mut lines = vec![format!(
        "K = {failures} failing of N = {messages} own messages on D = {} days; r = K / N = {}",
        rate.days,
        small(rate.failures as f64 / rate.messages as f64)
    )];
    lines.extend(cluster_lines(&clusters));
    lines.push(bound_line(rate, &clusters, limits.confidence));
    lines.push(bad_day_line(rate, limits));
    lines
}

fn cluster_lines(clusters: &Clusters) -> Vec<String> {
    if clusters.failures == 0.0 {
        return vec!["no failure, so nothing shows how days differ: deff = 1".to_owned()];
    }
    if !clusters.is_known() {
        return vec!["one day, or nothing but failures: deff = 1".to_owned()];
    }
    vec![
        format!("var_binomial = r (1 - r) / N = {}", small(clusters.by_chance)),
        format!("var_days = D / (D - 1) * sum((k - r n)^2) / N^2 = {}", small(clusters.by_days)),
        format!(
            "deff = max(1, var_days / var_binomial) = max(1, {:.2}) = {:.2}: {}",
            clusters.by_days / clusters.by_chance,
            clusters.design_effect(),
            effect_words(clusters)
        ),
    ]
}

fn effect_words(clusters: &Clusters) -> String {
    if clusters.by_days <= clusters.by_chance {
        "failures are spread over the days as chance would spread them".to_owned()
    } else {
        let worth = clusters.messages / clusters.design_effect();
        format!("failures share days; the messages weigh as {worth:.0} independent ones would")
    }
}

/// The bound itself. It is shown rounded up, so what it is worked out as is at most that.
fn bound_line(rate: &RateBound, clusters: &Clusters, confidence: f64) -> String {
    let result = upper_percent(rate.upper_rate);
    let (failed, passed) = clusters.effective();
    let doubt = small(1.0 - confidence);
    if passed <= 0.0 {
        format!("every message fails: at most {result}")
    } else if failed <= 0.0 {
        let messages = thousands(rate.messages);
        format!("upper bound = 1 - {doubt}^(1 / N) = 1 - {doubt}^(1 / {messages}) <= {result}")
    } else {
        format!(
            "upper bound = BetaInv({confidence}; K / deff + 1, (N - K) / deff) = \
             BetaInv({confidence}; {:.2}, {passed:.2}) <= {result}",
            failed + 1.0
        )
    }
}

fn bad_day_line(rate: &RateBound, limits: &Thresholds) -> String {
    let (bad, all, confidence) = (rate.bad_days, rate.days, limits.confidence);
    let result = upper_percent(rate.upper_bad_days);
    let share = limits.bad_day_share * 100.0;
    let how = match bad {
        0 => format!("1 - {}^(1 / {all}) <=", small(1.0 - confidence)),
        _ if bad >= all => "all of them:".to_owned(),
        _ => format!("BetaInv({confidence}; {}, {}) <=", bad + 1, all - bad),
    };
    format!(
        "bad days (more than {share}% of own mail fails): {bad} of {all}, {}; at most {how} {result}",
        percent(bad, all)
    )
}

/// A number as people write it, with four digits that count.
fn small(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else if number.abs() < 1e-3 {
        format!("{number:.3e}")
    } else {
        let text = format!("{number:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests;
