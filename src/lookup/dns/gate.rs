//! The **gate**: what goes to a server passes here, no faster than a rate.
//!
//! In: a rate, and whatever is to be sent. Out: the moment for it. Counted is what a server gets: each question,
//! each step of a chain of CNAME records, each second try, and each question over TCP after an answer that was
//! cut off. A question waits before its time runs; what the library sends again on its own waits while it
//! does. What goes over TCP waits for nothing, since the time of its question runs: whoever comes next waits for
//! it.

mod stream;

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use tokio::time::Instant;

use self::stream::Counted;

/// Turns that a server may have in hand: one for each question that begins while its packets are on the way.
const IN_HAND: usize = 8;

/// Lets through no faster than a rate; without one, at once.
#[derive(Debug)]
pub(super) struct Gate {
    step: Mutex<Option<Duration>>,
    /// When the next may pass. Whoever waits holds it, so that they pass in the order in which they came, and
    /// who gives up has used nothing.
    next: tokio::sync::Mutex<Instant>,
    /// What may be sent to each server without waiting: its question has waited.
    in_hand: Mutex<HashMap<SocketAddr, usize>>,
    /// Questions that went over TCP, for which nobody has waited so far.
    owed: AtomicU32,
}

impl Gate {
    pub(super) fn new(servers: &[SocketAddr]) -> Self {
        let in_hand = servers.iter().map(|server| (*server, 0)).collect();
        Self {
            step: Mutex::new(None),
            next: tokio::sync::Mutex::new(Instant::now()),
            in_hand: Mutex::new(in_hand),
            owed: AtomicU32::new(0),
        }
    }

    /// From now on so many in a second; none for as many as come.
    pub(super) fn set(&self, rate: Option<u32>) {
        let step = rate.map(|rate| Duration::from_secs(1) / rate.max(1));
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.values_mut().for_each(|turns| *turns = 0);
        self.owed.store(0, Ordering::Relaxed);
    }

    fn step(&self) -> Option<Duration> {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn of a question, which may then be sent to any server.
    pub(super) async fn question(&self) {
        let Some(step) = self.step() else { return };
        self.turn(step).await;
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.values_mut().for_each(|turns| *turns = (*turns + 1).min(IN_HAND));
    }

    /// Waits until a packet may go to a server.
    async fn packet(&self, server: SocketAddr) {
        let Some(step) = self.step() else { return };
        if !self.has_in_hand(server) {
            self.turn(step).await;
        }
    }

    fn has_in_hand(&self, server: SocketAddr) -> bool {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = in_hand.get_mut(&server).filter(|turns| **turns > 0);
        turns.map(|turns| *turns -= 1).is_some()
    }

    /// A question has gone over TCP: the next turn comes so much later.
    fn over_tcp(&self) {
        if self.step().is_some() {
            self.owed.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn turn(&self, step: Duration) {
        let mut next = self.next.lock().await;
        loop {
            tokio::time::sleep_until(*next).await;
            let owed = self.owed.swap(0, Ordering::Relaxed);
            let turns = step.saturating_mul(owed.max(1));
            *next = (*next).max(Instant::now()) + turns;
            if owed == 0 {
                return;
            }
        }
    }
}

/// What the library sends through, with a gate in front.
#[derive(Clone)]
pub(super) struct Gated {
    gate: Arc<Gate>,
    inner: TokioRuntimeProvider,
}

impl Gated {
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self { gate, inner: TokioRuntimeProvider::default() }
    }
}

type Opened<T> = Pin<Box<dyn Send + Future<Output = io::Result<T>>>>;

impl RuntimeProvider for Gated {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = <TokioRuntimeProvider as RuntimeProvider>::Udp;
    type Tcp = AsyncIoTokioAsStd<Counted>;

    fn create_handle(&self) -> Self::Handle {
        self.inner.create_handle()
    }

    /// A connection whose questions are counted.
    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opened<Self::Tcp> {
        let gate = Arc::clone(&self.gate);
        let connecting = self.inner.connect_tcp(server, local, timeout);
        Box::pin(async move { Ok(Counted::new(connecting.await?.0, gate)) })
    }

    /// A socket of its own for each packet: it waits at the gate.
    fn bind_udp(&self, local: SocketAddr, server: SocketAddr) -> Opened<Self::Udp> {
        let (gate, inner) = (Arc::clone(&self.gate), self.inner.clone());
        Box::pin(async move {
            gate.packet(server).await;
            inner.bind_udp(local, server).await
        })
    }
}
