//! Whether a server **is there at all**: asked beside the first question that is not answered at once, and
//! once more before the servers are given up.
//!
//! In: the servers. Out: somebody is there, nobody is (every port is closed), or silence. The questions are
//! two that no server has to look up, one after the other: the name servers of the root (RFC 8109), which
//! some drop, and the address of localhost (RFC 6761 section 6.3). Any answer will do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// What knocking came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Knocked {
    /// A server answered.
    Heard,
    /// None can be reached, and why.
    Nobody(String),
    /// None answered in time.
    Silence,
}

/// `. IN NS` and `localhost. IN A`, recursion desired (RFC 1035 section 4.1).
const QUESTIONS: [&[u8]; 2] = [
    b"\0\0\x01\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01",
    b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x09localhost\0\0\x01\0\x01",
];

/// Knocks at all servers at once. Nobody is there only if that is so of each.
pub(super) async fn knock(servers: &[SocketAddr], wait: Duration) -> Knocked {
    let mut under_way = JoinSet::new();
    for server in servers {
        under_way.spawn(at(*server, wait));
    }
    let mut all = Knocked::Silence;
    let mut refused = 0;
    while let Some(one) = under_way.join_next().await {
        match one {
            Ok(Knocked::Heard) => return Knocked::Heard,
            Ok(Knocked::Nobody(why)) => {
                refused += 1;
                if refused == servers.len() {
                    all = Knocked::Nobody(why);
                }
            }
            Ok(Knocked::Silence) | Err(_) => {}
        }
    }
    all
}

/// A socket that is connected is told of a closed port (ICMP); others are not.
async fn at(server: SocketAddr, wait: Duration) -> Knocked {
    let exchange = async {
        let any: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(server).await?;
        for question in QUESTIONS {
            socket.send(question).await?;
            if let Ok(heard) = tokio::time::timeout(wait / 2, socket.recv(&mut [0; 512])).await {
                return heard.map(|_| Knocked::Heard);
            }
        }
        Ok::<_, std::io::Error>(Knocked::Silence)
    };
    exchange.await.unwrap_or_else(|error| {
        Knocked::Nobody(format!("nobody can be reached at {server}: {error}"))
    })
}
