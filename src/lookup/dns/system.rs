//! The **servers of this machine**: those of `/etc/resolv.conf`, where the system has one.
//!
//! In: its text. Out: the servers that it names. Only these are read: names are asked for as they are,
//! from the root, so `search`, `domain` and `ndots` say nothing here, and what is wrong with them does no
//! harm. It refuses a file without a server: nobody else is asked in silence.

use std::path::Path;

use hickory_resolver::config::NameServerConfig;
use hickory_resolver::system_conf;

/// Where the servers stand (resolv.conf(5)).
#[cfg(all(unix, not(any(target_os = "android", target_vendor = "apple"))))]
const FILE: &str = "/etc/resolv.conf";

/// Bytes of the file that are read.
const MOST: u64 = 64 << 10;

/// The servers of the system.
///
/// # Errors
/// Why there is none, in words.
#[cfg(all(unix, not(any(target_os = "android", target_vendor = "apple"))))]
pub(super) fn servers() -> Result<Vec<NameServerConfig>, String> {
    of_file(Path::new(FILE))
}

/// The servers of the system.
///
/// # Errors
/// Why there is none, in words.
#[cfg(not(all(unix, not(any(target_os = "android", target_vendor = "apple")))))]
pub(super) fn servers() -> Result<Vec<NameServerConfig>, String> {
    let (config, _) = system_conf::read_system_conf()
        .map_err(|error| format!("the system names no DNS server: {error}"))?;
    Ok(config.into_parts().2)
}

/// The servers of a file.
fn of_file(path: &Path) -> Result<Vec<NameServerConfig>, String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST).read_to_end(&mut bytes))
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    of_text(&String::from_utf8_lossy(&bytes)).map_err(|why| format!("{} {why}", path.display()))
}

fn of_text(text: &str) -> Result<Vec<NameServerConfig>, String> {
    let named = text.lines().filter(|line| line.split_whitespace().next() == Some("nameserver"));
    // an address of one link needs its link, which cannot be given on to those who ask
    let (of_link, others): (Vec<&str>, Vec<&str>) = named.partition(|line| line.contains('%'));
    let none = || match of_link.is_empty() {
        true => "names no DNS server".to_owned(),
        false => "names no DNS server but one of a single link (fe80::...%...), which cannot be \
                  asked"
            .to_owned(),
    };
    let (config, _) = system_conf::parse_resolv_conf(others.join("\n")).map_err(|_| none())?;
    Ok(config.into_parts().2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        of_text(text).map(|found| found.iter().map(|server| server.ip.to_string()).collect())
    }

    #[test]
    fn the_servers_are_read_whatever_stands_beside_them() {
        for (expected, text) in [
            ("127.0.0.53", "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n"),
            ("192.0.2.1 ::1", "# made by hand\nnameserver 192.0.2.1\r\n\tnameserver   ::1 \n"),
            ("192.0.2.1", "search -- a..b _x\u{7}\noptions nonsense:a\nnameserver 192.0.2.1\nx"),
            ("192.0.2.1", "nameserver fe80::1%eth0\nnameserver 192.0.2.1"),
            ("192.0.2.1", "nameserver ns.acme.example\nnameserver 192.0.2.1 # the office"),
            ("192.0.2.1", "nameserver 192.0.2.1 trust"),
        ] {
            let found = read(text).map(|found| found.join(" "));
            assert_eq!(Ok(expected.to_owned()), found, "{text}");
        }
    }

    #[test]
    fn nobody_is_asked_in_place_of_a_server_that_is_not_named() {
        for text in
            ["", "\n", "search lan\n", "#nameserver 192.0.2.1", "nameserver", "nameserver x"]
        {
            assert_eq!(Err("names no DNS server".to_owned()), read(text), "{text}");
        }
        let of_link = read("nameserver fe80::1%eth0").unwrap_err();
        assert!(of_link.contains("of a single link"), "{of_link}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resolv.conf");
        let missing = of_file(&path).unwrap_err();
        assert!(missing.contains("resolv.conf cannot be read: No such file"), "{missing}");
        let is_folder = of_file(folder.path()).unwrap_err();
        assert!(is_folder.contains("cannot be read"), "{is_folder}");
        std::fs::write(&path, "search lan\n").unwrap();
        assert!(of_file(&path).unwrap_err().ends_with("resolv.conf names no DNS server"));
        std::fs::write(&path, b"nameserver 192.0.2.1\n\xff\xfe").unwrap();
        assert_eq!(1, of_file(&path).unwrap().len());
    }
}
