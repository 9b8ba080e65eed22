//! The **time** that is left, and whether anybody answers at all.
//!
//! In: the limits, and what came of each question. Out: how long the next may take, or why nobody is asked any
//! more: the time is over, or the servers are dead. Slow names, however many come first, make no server dead:
//! it must be silent to plain questions too. Of servers that were dead before, that is found sooner, and each
//! time anew: they may have come back.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::DnsLimits;
use super::ask::Upstream;
use super::knock::Knocked;

/// How long the first question waits before it is asked whether anybody is there at all.
const PATIENCE: Duration = Duration::from_millis(300);

/// What is left, and what is known of the servers.
#[derive(Debug)]
pub(super) struct Budget {
    question: Duration,
    whole: Duration,
    until: Instant,
    /// Whether anything was ever answered: no later silence makes the servers dead.
    heard: AtomicBool,
    /// What knocking came to, while nothing was.
    knocked: OnceCell<Knocked>,
    /// What knocking again came to, before the servers were given up.
    knocked_again: OnceCell<Knocked>,
    /// Why nobody is asked any more.
    dead: OnceLock<String>,
    /// Whether the servers were silent to all that was asked before: they are knocked at with the first
    /// question, and not for long.
    is_doubtful: bool,
}

impl Budget {
    pub(super) fn new(limits: DnsLimits) -> Self {
        Self {
            question: limits.question,
            whole: limits.whole,
            until: Instant::now() + limits.whole,
            heard: AtomicBool::new(false),
            knocked: OnceCell::new(),
            knocked_again: OnceCell::new(),
            dead: OnceLock::new(),
            is_doubtful: false,
        }
    }

    /// The same for what comes next. That nobody answered is not forgotten; that somebody did is, for servers
    /// may die.
    pub(super) fn renewed(&self) -> Self {
        let limits = DnsLimits { question: self.question, whole: self.whole, cached: 0 };
        let is_doubtful =
            self.dead.get().is_some() && self.knocked.get() == Some(&Knocked::Silence);
        Self { is_doubtful, ..Self::new(limits) }
    }

    /// When all is over.
    pub(super) fn until(&self) -> tokio::time::Instant {
        self.until.into()
    }

    /// How long a question may take that begins now.
    pub(super) fn allows(&self) -> Result<Duration, String> {
        if let Some(why) = self.dead.get() {
            return Err(why.clone());
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(format!(
                "the time limit of {} s for all questions was over",
                self.whole.as_secs_f32()
            ));
        }
        Ok(left.min(self.question))
    }

    pub(super) fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    pub(super) fn answered(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }

    /// A question was not answered: where nothing ever was, not even knocking twice, nobody is asked any
    /// more. Slow names alone, however many come first, say nothing of the servers.
    pub(super) async fn unanswered(&self, upstream: &Upstream) {
        let is_silent = self.knocked.get() == Some(&Knocked::Silence);
        if self.is_heard() || !is_silent || self.dead.get().is_some() {
            return;
        }
        let again = self.knocked_again.get_or_init(|| upstream.knocked_again()).await;
        if *again == Knocked::Heard {
            self.answered();
        }
        if !self.is_heard() {
            self.dead.get_or_init(|| "not asked: no server answers anything".to_owned());
        }
    }

    /// Ends where nobody is there at all, and says so.
    pub(super) async fn nobody(&self, upstream: &Upstream) -> String {
        if !self.is_doubtful {
            tokio::time::sleep(PATIENCE.min(self.question / 4)).await;
        }
        match self.knocked.get_or_init(|| upstream.knocked(self.is_doubtful)).await {
            Knocked::Nobody(why) => return self.dead.get_or_init(|| why.clone()).clone(),
            Knocked::Heard => self.answered(),
            Knocked::Silence if self.is_doubtful && !self.is_heard() => {
                let why = || "no server answers anything, now as before".to_owned();
                return self.dead.get_or_init(why).clone();
            }
            Knocked::Silence => {}
        }
        std::future::pending().await
    }
}
