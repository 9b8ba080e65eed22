//! **Waiting** for new mail: IDLE (RFC 2177), else looking every half minute.
//!
//! In: the open folder and how long. Out: whether to look again. What arrives between listing the
//! folder and waiting counts, and so does a connection that was lost meanwhile: nobody knows what
//! came.

use std::time::{Duration, Instant};

use imap_codec::imap_types::command::CommandBody;

use super::exchange::{Event, Loss, Trouble};
use super::mailbox::Mailbox;
use super::session::Session;
use super::wire::Limit;
use crate::error::Result;
use crate::intake::Stop;

/// The longest IDLE: what lies between forgets connections that are silent for longer.
const IDLE_MAX: Duration = Duration::from_secs(9 * 60);

/// How often a server without IDLE is asked.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long to wait before it is looked whether to stop.
const SLICE: Duration = Duration::from_millis(250);

impl Mailbox {
    /// Waits for new mail in the open folder, at most so long, or until somebody wishes to stop. True:
    /// look again.
    ///
    /// # Errors
    /// When the connection is lost and cannot be had again.
    pub fn wait(&mut self, at_most: Duration) -> Result<bool> {
        let until = Instant::now() + at_most;
        let stop = self.stop.clone();
        let mut can_idle = self.connected()?.capabilities.has("IDLE");
        loop {
            let session = self.connected()?;
            let is_over = stop.is_asked() || Instant::now() >= until;
            if is_over || has_news(session) {
                return Ok(!stop.is_asked() && has_news(session));
            }
            let outcome =
                if can_idle { idle(session, until, &stop) } else { look(session, until, &stop) };
            match outcome {
                Ok(()) => {}
                Err(Trouble::Refused(_)) if can_idle => can_idle = false,
                Err(_) => {
                    self.session = None;
                    self.pause(1);
                    return Ok(!stop.is_asked());
                }
            }
        }
    }
}

fn has_news(session: &Session) -> bool {
    session.connection.count.exists > session.connection.count.listed
}

/// Until something has come, or it is time.
fn idle(session: &mut Session, until: Instant, stop: &Stop) -> std::result::Result<(), Trouble> {
    let limit = session.limit;
    let connection = &mut session.connection;
    if let Some(early) = connection.send(CommandBody::Idle, limit, &mut |_| {})? {
        return super::exchange::judge(early).map(|_| ());
    }
    loop {
        match connection.event()? {
            Event::Answer(_) => {}
            Event::Continue(_) => break,
            Event::Done(status) => return super::exchange::judge(status).map(|_| ()),
        }
    }
    let until = until.min(Instant::now() + IDLE_MAX);
    // one allowance of bytes for all of it
    connection.allow(Limit::short(SLICE));
    while Instant::now() < until
        && !stop.is_asked()
        && connection.count.exists <= connection.count.listed
    {
        connection.wait_again(SLICE);
        match connection.event() {
            Ok(Event::Answer(_) | Event::Continue(_)) => {}
            Ok(Event::Done(_)) => return Err(Loss::new("the server ends IDLE unasked").into()),
            Err(loss) if loss.is_timeout => {}
            Err(loss) => return Err(loss.into()),
        }
    }
    connection.end_idle(limit)?;
    loop {
        if let Event::Done(status) = connection.event()? {
            return super::exchange::judge(status).map(|_| ());
        }
    }
}

/// Asks once, after a while.
fn look(session: &mut Session, until: Instant, stop: &Stop) -> std::result::Result<(), Trouble> {
    let until = until.min(Instant::now() + LOOK_EVERY);
    while Instant::now() < until && !stop.is_asked() {
        std::thread::sleep(until.saturating_duration_since(Instant::now()).min(SLICE));
    }
    session.connection.run_quietly(CommandBody::Noop, session.limit).map(|_| ())
}
