//! What **kinds** of domain there are, and how many of each.

/// What kind of domain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    CleanBig,
    CleanSmall,
    CleanWeekly,
    Spoofed,
    Forwarded,
    Lists,
    EspMisaligned,
    MonthlyRun,
    QuarterlyRun,
    TenAMonth,
    CrmFails,
    KeyRotation,
    NewSource,
    SlowDrift,
    Quiet,
    Parked,
    OneReporter,
    Gaps,
    Late,
    Duplicates,
}

use Profile as P;

impl Profile {
    /// All of them, and how many of 200 domains are of each.
    pub const MIX: [(Self, usize); 20] = [
        (P::CleanBig, 16),
        (P::CleanSmall, 18),
        (P::CleanWeekly, 14),
        (P::Spoofed, 20),
        (P::Forwarded, 14),
        (P::Lists, 12),
        (P::EspMisaligned, 12),
        (P::MonthlyRun, 14),
        (P::QuarterlyRun, 4),
        (P::TenAMonth, 12),
        (P::CrmFails, 12),
        (P::KeyRotation, 4),
        (P::NewSource, 4),
        (P::SlowDrift, 4),
        (P::Quiet, 8),
        (P::Parked, 8),
        (P::OneReporter, 6),
        (P::Gaps, 8),
        (P::Late, 6),
        (P::Duplicates, 4),
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            P::CleanBig => "clean, big",
            P::CleanSmall => "clean, small",
            P::CleanWeekly => "clean, weekdays only",
            P::Spoofed => "40% forged",
            P::Forwarded => "much forwarded",
            P::Lists => "mailing lists",
            P::EspMisaligned => "3% by a misaligned service",
            P::MonthlyRun => "monthly run fails",
            P::QuarterlyRun => "quarterly run fails",
            P::TenAMonth => "ten a month fail",
            P::CrmFails => "a CRM fails wholly",
            P::KeyRotation => "two days of a wrong key",
            P::NewSource => "a new failing sender",
            P::SlowDrift => "slow drift to 8% failing",
            P::Quiet => "quiet",
            P::Parked => "parked",
            P::OneReporter => "one reporter",
            P::Gaps => "gaps of a week",
            P::Late => "reports come late",
            P::Duplicates => "a reporter counts twice",
        }
    }

    /// Whether all own mail passes, reports come as they should, and nobody stands in the way.
    pub fn is_clean(self) -> bool {
        matches!(self, P::CleanBig | P::CleanSmall | P::CleanWeekly)
    }
}
