//! The **window** as it is asked for: `31d`, `all` or `FROM..TO`.
//!
//! In: the text, and the days that the store has. Out: the window, and a remark when it is old.
//! Refuses a window that ends before it begins, and one without days.

use crate::model::{Day, Window};

/// A newest report older than this is spoken of: most reporters write every day.
const STALE_DAYS: i32 = 7;

/// Which days are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowSpec {
    /// So many days, the last of which is the last that the store has.
    Last(i32),
    /// Every day that the store has.
    All,
    /// These days.
    Days(Window),
}

impl Default for WindowSpec {
    /// A month, as RFC 9989 section 7.4 asks for.
    fn default() -> Self {
        Self::Last(31)
    }
}

impl WindowSpec {
    /// Reads the text; says what is right when it is none of the three.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        if let Some((from, to)) = text.split_once("..") {
            return between(Day::parse(from)?, Day::parse(to)?);
        }
        let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok());
        match days {
            Some(days @ 1..) => Ok(Self::Last(days.into())),
            _ => Err(format!(
                "`{text}` is no window; write 31d (the last 31 days), all, or \
                 2026-10-01..2026-10-31"
            )),
        }
    }

    /// The days themselves; none if the store has none.
    pub(super) fn resolve(self, span: Option<Window>) -> Option<Window> {
        match (self, span) {
            (Self::Days(window), _) => Some(window),
            (Self::All, span) => span,
            (Self::Last(days), Some(span)) => {
                Some(Window { from: span.to.plus(1 - days), to: span.to })
            }
            (Self::Last(_), None) => None,
        }
    }

    /// What to say when the newest report is old, unless the days were chosen by hand.
    pub(super) fn stale(self, span: Option<Window>, now: i64) -> Option<String> {
        let newest = span?.to;
        let age = Day::of(now).0.saturating_sub(newest.0);
        if matches!(self, Self::Days(_)) || age <= STALE_DAYS {
            return None;
        }
        Some(format!(
            "the newest reports are of {newest}, {age} days ago; nothing is known of the days since"
        ))
    }
}

fn between(from: Day, to: Day) -> Result<WindowSpec, String> {
    if to < from {
        return Err(format!(
            "the window ends ({to}) before it begins ({from}); write the earlier day first: {to}..{from}"
        ));
    }
    Ok(WindowSpec::Days(Window { from, to }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Window {
        Window { from: Day::parse(from).unwrap(), to: Day::parse(to).unwrap() }
    }

    #[test]
    fn the_three_forms_are_read() {
        assert_eq!(Ok(WindowSpec::Last(7)), WindowSpec::parse("7d"));
        assert_eq!(Ok(WindowSpec::All), WindowSpec::parse("all"));
        assert_eq!(
            Ok(WindowSpec::Days(window("2026-10-01", "2026-10-31"))),
            WindowSpec::parse("2026-10-01..2026-10-31")
        );
    }

    #[test]
    fn anything_else_is_told_what_is_right() {
        for text in ["", "d", "0d", "-3d", "+-d", "31", "99999d", "ALL", "1w"] {
            let error = WindowSpec::parse(text).unwrap_err();
            assert!(error.contains("31d"), "{text}: {error}");
        }
        assert!(WindowSpec::parse("2026-10-01..").unwrap_err().contains("2026-11-20"));
        assert!(WindowSpec::parse("2026-10-02..2026-10-01").unwrap_err().contains("before"));
    }

    #[test]
    fn the_last_days_end_with_the_store_not_with_the_clock() {
        let span = Some(window("2026-01-01", "2026-11-20"));
        assert_eq!(Some(window("2026-10-21", "2026-11-20")), WindowSpec::default().resolve(span));
        assert_eq!(span, WindowSpec::All.resolve(span));
        assert_eq!(None, WindowSpec::default().resolve(None));
    }

    #[test]
    fn old_reports_are_spoken_of() {
        let days = window("2026-01-01", "2026-11-20");
        let span = Some(days);
        let noon = |day: &str| i64::from(Day::parse(day).unwrap().0) * 86_400 + 43_200;
        assert_eq!(None, WindowSpec::All.stale(span, noon("2026-11-27")));
        let remark = WindowSpec::All.stale(span, noon("2026-11-28")).unwrap();
        assert!(remark.contains("2026-11-20, 8 days ago"), "{remark}");
        let chosen = WindowSpec::Days(days);
        assert_eq!(None, chosen.stale(span, noon("2027-11-28")));
    }
}
