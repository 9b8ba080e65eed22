//! The **origin** of a mail: its address as a URL (RFC 5092).

use std::fmt::Write as _;

use super::Server;
use crate::model::{FolderId, Origin};

/// `imap://USER@HOST[:PORT]/FOLDER;UIDVALIDITY=V/;UID=N`, without a port that is usual.
pub(super) fn origin(server: &Server, folder: &FolderId, uid: u32) -> Origin {
    let place = format!("@{}:{}", server.host, server.port);
    let user = folder.mailbox.strip_suffix(&place).unwrap_or(&folder.mailbox);
    let mut url = String::from("imap://");
    escape(user, "", &mut url);
    url.push('@');
    url.push_str(&host(&server.host));
    if !matches!(server.port, 143 | 993) {
        let _ = write!(url, ":{}", server.port);
    }
    url.push('/');
    escape(&folder.folder, "/", &mut url);
    let _ = write!(url, ";UIDVALIDITY={}/;UID={uid}", folder.uid_validity);
    Origin::input(url)
}

fn host(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.into() }
}

fn escape(text: &str, also: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || also.as_bytes().contains(&byte)
        {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::imap::{Patience, Security};

    fn url(host: &str, port: u16, user: &str, folder: &str) -> String {
        let patience = Patience::default();
        let server =
            Server { host: host.into(), port, security: Security::Tls, ca_file: None, patience };
        let mailbox = format!("{user}@{host}:{port}");
        let folder = FolderId { mailbox, folder: folder.into(), uid_validity: 7 };
        origin(&server, &folder, 12).input
    }

    #[test]
    fn an_origin_is_a_url() {
        assert_eq!(
            "imap://a%40b.example@imap.example.com/INBOX;UIDVALIDITY=7/;UID=12",
            url("imap.example.com", 993, "a@b.example", "INBOX")
        );
        assert_eq!(
            "imap://u@[::1]:1143/a/%C3%BC%20b;UIDVALIDITY=7/;UID=12",
            url("::1", 1143, "u", "a/\u{fc} b")
        );
    }
}
