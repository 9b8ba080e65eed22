//! The **person** who approves.

use std::time::Duration;

use crate::error::Result;

/// What a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invitation<'a> {
    /// To go to a page, in any browser on any machine, and to enter a code there.
    Code {
        /// The page.
        url: &'a str,
        /// The code.
        code: &'a str,
        /// A page at which the code need not be entered, if there is one.
        complete: Option<&'a str>,
        /// Seconds that the code lasts.
        lasts: u64,
    },
    /// To open a page in a browser; then to wait, if it is on this machine, or else to hand over the
    /// address at which the browser ends up.
    Page {
        /// The page.
        url: &'a str,
        /// Seconds that are waited.
        lasts: u64,
    },
    /// That what was handed over will not do, and why.
    Again(&'a str),
    /// That the server has not answered for a while, and how; it is asked again.
    Silence(&'a str),
}

/// Who is told, and answers. All that the server says is a stranger's word: it must be escaped before
/// a terminal sees it.
pub trait Person {
    /// Tells the person.
    ///
    /// # Errors
    /// When that is impossible.
    fn invite(&mut self, invitation: Invitation<'_>) -> Result<()>;

    /// A line that the person handed over since. It does not wait for one.
    fn typed(&mut self) -> Option<String> {
        None
    }

    /// Lets time pass.
    fn wait(&mut self, pause: Duration) {
        std::thread::sleep(pause);
    }
}
