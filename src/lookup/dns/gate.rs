//! The **gate**: what goes to a server passes here, no faster than a rate.
//!
//! In: a rate, and whatever is to be sent. Out: the moment for it. Counted is what a server gets over UDP: each
//! question, each step of a chain of CNAME records, each second try. A question waits before its time runs;
//! what the library sends again on its own waits while it does.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::net::runtime::{RuntimeProvider, TokioRuntimeProvider};
use tokio::time::Instant;

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
}

impl Gate {
    pub(super) fn new(servers: &[SocketAddr]) -> Self {
        let in_hand = servers.iter().map(|server| (*server, 0)).collect();
        Self {
            step: Mutex::new(None),
            next: tokio::sync::Mutex::new(Instant::now()),
            in_hand: Mutex::new(in_hand),
        }
    }

    /// From now on so many in a second; none for as many as come.
    pub(super) fn set(&self, rate: Option<u32>) {
        let step = rate.map(|rate| Duration::from_secs(1) / rate.max(1));
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        in_hand.values_mut().for_each(|turns| *turns = 0);
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

    async fn turn(&self, step: Duration) {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = (*next).max(Instant::now()) + step;
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
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.inner.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        local: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opened<Self::Tcp> {
        self.inner.connect_tcp(server, local, timeout)
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
