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
    PartFails,
    Quiet,
    Parked,
    OneReporter,
    Gaps,
    Late,
    Duplicates,
    HiddenService,
    FakedReporter,
    CleanLied,
}

use Profile as P;

/// When what goes wrong first shows in the reports, and whether they all tell the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// In the first four weeks, before anybody can be called ready.
    Shown,
    /// Weeks after a clean domain was called ready, a drift that grows among it: what no rule can know,
    /// and the look back after a move must tell.
    Later,
    /// In the first four weeks; and one invented organisation writes reports, too.
    Lied,
}

impl Course {
    /// The days of the history on which it begins.
    pub fn days(self) -> std::ops::Range<i32> {
        match self {
            Self::Shown | Self::Lied => 2..28,
            Self::Later => 40..90,
        }
    }

    /// The kinds of domain that there are, and how many of each, in proportion.
    pub fn mix(self) -> &'static [(Profile, usize)] {
        match self {
            Self::Shown => &Profile::SHOWN,
            Self::Later => &Profile::LATER,
            Self::Lied => &Profile::LIED,
        }
    }
}

impl Profile {
    /// Those that break down after weeks without a fault.
    const LATER: [(Self, usize); 4] =
        [(P::QuarterlyRun, 10), (P::KeyRotation, 10), (P::NewSource, 10), (P::SlowDrift, 10)];

    /// Those that are lied about.
    const LIED: [(Self, usize); 3] =
        [(P::HiddenService, 20), (P::FakedReporter, 10), (P::CleanLied, 10)];

    /// All the others, and how many of 200 domains are of each.
    const SHOWN: [(Self, usize); 20] = [
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
        (P::PartFails, 4),
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
            P::PartFails => "one sender fails 5%",
            P::Quiet => "quiet",
            P::Parked => "parked",
            P::OneReporter => "one reporter",
            P::Gaps => "gaps of a week",
            P::Late => "reports come late",
            P::Duplicates => "a reporter counts twice",
            P::HiddenService => "a liar hides a failing service",
            P::FakedReporter => "one reporter, and a liar",
            P::CleanLied => "clean, a liar tells of failures",
        }
    }

    /// Whether one receiver alone sees all of its mail.
    pub fn has_one_reporter(self) -> bool {
        matches!(self, P::OneReporter | P::FakedReporter)
    }

    /// Whether something begins to fail that did not before.
    pub fn breaks_down(self) -> bool {
        matches!(self, P::QuarterlyRun | P::KeyRotation | P::NewSource | P::SlowDrift)
    }

    /// Whether all own mail passes, reports come as they should, and nobody stands in the way.
    pub fn is_clean(self) -> bool {
        matches!(self, P::CleanBig | P::CleanSmall | P::CleanWeekly)
    }
}
