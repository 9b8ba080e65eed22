//! How the **argument** of `resolve` is read, where it is neither a domain of the store nor an address.
//!
//! In: what was typed, and why nothing came of it. Out: what was meant.

use std::net::IpAddr;

use crate::error::Error;
use crate::render::escape::escape;

/// What only looks like an address: no domain ends in digits, and none has a colon.
pub(super) fn no_address(text: &str) -> Option<Error> {
    let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_like =
        text.contains(':') || (!last.is_empty() && last.bytes().all(|it| it.is_ascii_digit()));
    (is_like && text.parse::<IpAddr>().is_err()).then(|| {
        let what = format!("cannot look up {}", escape(text));
        let remedy = "write it as 192.0.2.25 or 2001:db8::25; of networks, each address by itself";
        Error::new(what, "it is no address of the internet", remedy)
    })
}

/// Where the store knows nothing of a name, it may be that of a server.
pub(super) fn or_server(error: Error, targets: &[String]) -> Error {
    match (error, targets) {
        (Error::Failed { what, why, remedy }, [one])
            if what.starts_with("no store at") || what.starts_with("no reports about") =>
        {
            let server =
                format!("for a server of your own: ruaudit resolve --server {}", escape(one));
            Error::Failed { what, why, remedy: format!("{remedy}; {server}") }
        }
        (error, _) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_looks_like_an_address_is_refused() {
        for text in ["192.0.2.256", "192.0.2", "2001:db8::g", "192.0.2.25:53", "192.0.2.1."] {
            assert!(no_address(text).is_some_and(|it| it.to_string().contains(text)), "{text}");
        }
        for text in ["192.0.2.25", "2001:db8::25", "acme.example", "4mail.example", "1.example."] {
            assert!(no_address(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_that_the_store_does_not_know_may_be_a_server() {
        let told = |what: &str| {
            or_server(Error::new(what, "x", "y"), &["mail.acme.example".to_owned()]).to_string()
        };
        assert!(told("no store at `a`").ends_with("resolve --server mail.acme.example"));
        assert!(told("no reports about `mail.acme.example`").contains("--server"));
        assert_eq!("cannot ask: x; y", told("cannot ask"));
    }
}
