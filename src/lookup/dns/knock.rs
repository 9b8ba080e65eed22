//! Whether a server **is there at all**: asked beside the first question that is not answered at once.
//!
//! In: the servers. Out: somebody is there, nobody is (every port is closed), or silence. The question is
//! one that no server has to look up, the name servers of the root (RFC 8109); any answer will do.

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

/// `. IN NS`, recursion desired (RFC 1035 section 4.1).
const QUESTION: [u8; 17] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];

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
        socket.send(&QUESTION).await?;
        socket.recv(&mut [0; 512]).await
    };
    match tokio::time::timeout(wait, exchange).await {
        Ok(Ok(_)) => Knocked::Heard,
        Ok(Err(error)) => Knocked::Nobody(format!("nobody can be reached at {server}: {error}")),
        Err(_) => Knocked::Silence,
    }
}
