//! A **connection** over TCP whose questions the gate counts.
//!
//! In: what the library writes and reads. Out: the same. The library flushes once behind each question: that is
//! when one has gone out, also on a connection that is used again.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Gate;

/// A connection that is counted.
pub(in crate::lookup::dns) struct Counted {
    stream: TcpStream,
    gate: Arc<Gate>,
    /// Whether anything was written since the last question.
    is_begun: bool,
}

impl Counted {
    pub(super) fn new(stream: TcpStream, gate: Arc<Gate>) -> AsyncIoTokioAsStd<Self> {
        AsyncIoTokioAsStd(Self { stream, gate, is_begun: false })
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_begun = true;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_begun = true;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if std::mem::take(&mut self.is_begun) {
            self.gate.over_tcp();
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
