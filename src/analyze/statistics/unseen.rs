//! The **unseen**: senders that the window did not show, estimated from those seen once or twice.
//!
//! In: on how many days each own source was seen. Out: the share of source-days that belongs to
//! sources not seen at all (Good and Turing, with Chao's correction), and how many such sources
//! there are at least (Chao's estimate for incidences). Both rest on days that are alike: a sender
//! that comes once a quarter breaks them.

/// What is known of sources by how often they were seen.
struct Incidence {
    /// Sources seen on exactly one day.
    once: f64,
    /// Sources seen on exactly two.
    twice: f64,
    /// Source-days: the days of each source, summed.
    all: f64,
    /// Days.
    days: f64,
}

impl Incidence {
    fn of(days_seen: &[usize], days: usize) -> Self {
        let on = |count: usize| days_seen.iter().filter(|seen| **seen == count).count() as f64;
        let all = days_seen.iter().sum::<usize>() as f64;
        Self { once: on(1), twice: on(2), all, days: days as f64 }
    }

    fn share(&self) -> f64 {
        let spread = (self.days - 1.0).max(0.0) * self.once;
        if self.once == 0.0 {
            0.0
        } else if spread == 0.0 {
            self.once / self.all
        } else {
            self.once / self.all * spread / (spread + 2.0 * self.twice)
        }
    }

    fn count(&self) -> f64 {
        if self.days < 2.0 {
            return 0.0;
        }
        let pairs = self.once * (self.once - 1.0) / (2.0 * (self.twice + 1.0));
        (self.days - 1.0) / self.days * pairs
    }
}

/// The estimated share of source-days that belong to sources not seen at all.
#[must_use]
pub fn unseen_share(days_seen: &[usize], days: usize) -> f64 {
    Incidence::of(days_seen, days).share()
}

/// How many sources there are at least that were not seen; a lower bound, and often half of them.
#[must_use]
pub fn unseen_count(days_seen: &[usize], days: usize) -> f64 {
    Incidence::of(days_seen, days).count().max(0.0)
}

/// How both were worked out, line by line.
#[must_use]
pub fn unseen_arithmetic(days_seen: &[usize], days: usize) -> Vec<String> {
    let Incidence { once, twice, all, .. } = Incidence::of(days_seen, days);
    let share = unseen_share(days_seen, days) * 100.0;
    let mut lines = vec![format!(
        "own sources seen on one day only: Q1 = {once}; on two days: Q2 = {twice}; \
         source-days: U = {all}, on D = {days} days"
    )];
    if once == 0.0 {
        lines.push("no own source was seen but once: nothing points to unseen ones".to_owned());
        return lines;
    }
    lines.push(format!(
        "estimated share of unseen senders = Q1 / U * (D - 1) Q1 / ((D - 1) Q1 + 2 Q2) = {share:.2}%"
    ));
    lines.push(format!(
        "unseen senders, at least = (D - 1) / D * Q1 (Q1 - 1) / (2 (Q2 + 1)) = {:.1}",
        unseen_count(days_seen, days)
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(expected: f64, found: f64) {
        assert!((expected - found).abs() < 1e-9, "expected {expected}, found {found}");
    }

    #[test]
    fn the_unseen_share_follows_good_and_turing() {
        near(0.0, unseen_share(&[31, 30], 31));
        // 2 of 64 source-days seen once, 1 source on two days: 2/64 * 60 / (60 + 2)
        near(2.0 / 64.0 * 60.0 / 62.0, unseen_share(&[31, 29, 1, 1, 2], 31));
        near(1.0, unseen_share(&[1], 1));
        near(0.0, unseen_share(&[], 0));
    }

    #[test]
    fn the_unseen_count_follows_chao() {
        near(0.0, unseen_count(&[31, 30, 2], 31));
        near(0.0, unseen_count(&[31, 1], 31));
        // Q1 = 3, Q2 = 1: 30/31 * 3 * 2 / (2 * 2)
        near(30.0 / 31.0 * 1.5, unseen_count(&[31, 1, 1, 1, 2], 31));
        near(0.0, unseen_count(&[1, 1], 1));
        near(0.0, unseen_count(&[], 0));
    }

    #[test]
    fn the_lines_carry_the_numbers() {
        let lines = unseen_arithmetic(&[31, 29, 1, 1, 2], 31).join("\n");
        for part in ["Q1 = 2", "Q2 = 1", "U = 64", "D = 31", "= 3.02%", "= 0.5"] {
            assert!(lines.contains(part), "no {part} in {lines}");
        }
        assert_eq!(2, unseen_arithmetic(&[31], 31).len());
    }
}
