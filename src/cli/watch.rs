//! **Watching**: the same work again and again, until somebody asks to stop.
//!
//! In: signals, and how often to look. Out: a wish to stop, and pauses that end with it. Refuses
//! lengths of time without a unit.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::error::{Error, Result};
use crate::intake::Stop;

/// How often it is looked whether somebody asks to stop.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// A wish to stop that SIGTERM and SIGINT express. A second signal ends the program at once, which
/// loses nothing either.
pub(super) fn signals() -> Result<Stop> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, asked.clone())
            .and_then(|_| signal_hook::flag::register(signal, asked.clone()))
            .map_err(|error| {
                Error::new("cannot wait for signals", error, "please report this as a bug")
            })?;
    }
    Ok(Stop::on(asked))
}

/// A length of time as it is asked for: `30s`, `5m` or `1h`.
pub(super) fn parse_every(text: &str) -> std::result::Result<Duration, String> {
    let number = |unit: char| text.strip_suffix(unit).and_then(|text| text.parse::<u64>().ok());
    let units = [('s', 1), ('m', 60), ('h', 3_600)];
    let seconds = units.iter().find_map(|(unit, length)| number(*unit)?.checked_mul(*length));
    match seconds {
        Some(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is no length of time; write 30s, 5m or 1h, at most a day")),
    }
}

/// Waits, but no longer than until somebody asks to stop. False: somebody does.
pub(super) fn pause(length: Duration, stop: &Stop) -> bool {
    let until = Instant::now() + length;
    while !stop.is_asked() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(TICK));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_a_unit_and_a_bound() {
        assert_eq!(Ok(Duration::from_secs(30)), parse_every("30s"));
        assert_eq!(Ok(Duration::from_secs(300)), parse_every("5m"));
        assert_eq!(Ok(Duration::from_secs(3_600)), parse_every("1h"));
        for wrong in ["", "5", "0s", "25h", "-1s", "1d", "s", "99999999999999999999h"] {
            assert!(parse_every(wrong).unwrap_err().contains("write 30s"), "{wrong}");
        }
    }

    #[test]
    fn nobody_waits_once_somebody_asks_to_stop() {
        let stop = Stop::default();
        assert!(pause(Duration::from_millis(1), &stop));
        stop.ask();
        assert!(!pause(Duration::from_secs(3_600), &stop));
    }
}
