use super::made::Value::{Map, Number, Text};
use super::made::{Value, bits, file};
use super::*;

fn open(files: &[Vec<u8>]) -> Result<Networks> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> =
        (0..files.len()).map(|n| folder.path().join(format!("{n}"))).collect();
    paths.iter().zip(files).for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    Networks::open(&paths)
}

fn of(networks: &Networks, address: &str) -> Network {
    networks.of(address.parse().unwrap()).unwrap()
}

fn asn() -> Value<'static> {
    Map(vec![
        ("autonomous_system_number", Number(64_500)),
        ("autonomous_system_organization", Text("Hoster GmbH")),
    ])
}

fn country() -> Value<'static> {
    Map(vec![("country", Map(vec![("iso_code", Text("DE"))])), ("city", Map(vec![]))])
}

fn network(country: Option<&str>, number: Option<u32>, owner: Option<&str>) -> Network {
    Network { country: country.map(str::to_owned), number, owner: owner.map(str::to_owned) }
}

#[test]
fn country_and_owner_come_from_files_of_either_kind_and_family() {
    let v4 = file(4, &bits("192.0.2.0", 24), &asn());
    let v6 = file(6, &bits("2001:db8::", 32), &country());
    let networks = open(&[v4, v6]).unwrap();
    assert_eq!(network(None, Some(64_500), Some("Hoster GmbH")), of(&networks, "192.0.2.7"));
    assert_eq!(network(Some("DE"), None, None), of(&networks, "2001:db8::25"));
    assert_eq!(Network::default(), of(&networks, "198.51.100.7"));
    assert_eq!(Network::default(), of(&networks, "2001:db9::1"));
    // IPv4 lies in ::/96 of a file for both families
    let both = file(6, &bits("::c000:200", 120), &country());
    assert_eq!(network(Some("DE"), None, None), of(&open(&[both]).unwrap(), "192.0.2.7"));
    let mapped = open(&[file(4, &bits("192.0.2.0", 24), &asn())]).unwrap();
    assert_eq!(Some(64_500), of(&mapped, "::ffff:192.0.2.7").number);
}

#[test]
fn the_first_file_that_says_something_is_believed() {
    let other = Map(vec![
        ("country_code", Text("at")),
        ("country", Text("Austria")),
        ("asn", Text("AS64501")),
        ("as_name", Text("Other")),
    ]);
    let place = bits("192.0.2.0", 24);
    let (first, second) = (file(4, &place, &country()), file(4, &place, &other));
    let both = open(&[first.clone(), second.clone()]).unwrap();
    assert_eq!(network(Some("DE"), Some(64_501), Some("Other")), of(&both, "192.0.2.1"));
    let turned = open(&[second, first]).unwrap();
    assert_eq!(network(Some("AT"), Some(64_501), Some("Other")), of(&turned, "192.0.2.1"));
}

#[test]
fn what_is_no_country_is_none_and_an_owner_is_bounded() {
    let long = "x".repeat(280);
    let odd = Map(vec![
        ("country", Map(vec![("iso_code", Text("D\u{1b}["))])),
        ("autonomous_system_organization", Text(&long)),
    ]);
    let networks = open(&[file(4, &bits("192.0.2.0", 24), &odd)]).unwrap();
    let found = of(&networks, "192.0.2.1");
    assert_eq!((None, Some(OWNER_CHARS)), (found.country, found.owner.map(|owner| owner.len())));
}

#[test]
fn a_broken_file_is_an_error_that_says_so() {
    let whole = file(4, &bits("192.0.2.0", 24), &asn());
    let mut wild = whole.clone();
    wild.truncate(24 * 6 + 16);
    wild.extend([0xff; 8]); // kind 7, a size that is not there
    wild.extend_from_slice(&whole[whole.len() - 250..]);
    for (what, bytes) in [
        ("cut off", whole[..whole.len() - 20].to_vec()),
        ("empty", Vec::new()),
        ("a text", b"address,country\n192.0.2.1,DE\n".to_vec()),
        ("a compressed one", b"\x1f\x8b\x08\0\0\0\0\0".to_vec()),
        ("broken inside", wild),
    ] {
        let error = open(&[bytes]).and_then(|it| it.of("192.0.2.1".parse().unwrap()).map(drop));
        let error = error.expect_err(what).to_string();
        assert!(error.contains("cannot use `") && error.contains("broken"), "{what}: {error}");
    }
    let missing = Networks::open(&[PathBuf::from("/nonexistent/a.mmdb")]).unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/a.mmdb"), "{missing}");
    assert!(Networks::open(&[std::env::temp_dir()]).unwrap_err().to_string().contains("no file"));
}

#[test]
fn no_byte_that_is_turned_over_breaks_more_than_the_file() {
    let whole = file(4, &bits("192.0.2.0", 24), &country());
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            if let Ok(networks) = open(&[bytes]) {
                let _ = networks.of("192.0.2.1".parse().unwrap());
            }
        }
    }
}

#[test]
fn what_a_file_is_about_is_told_and_one_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let contents = |value: Value<'_>| {
        let path = folder.path().join("a.mmdb");
        std::fs::write(&path, file(4, &bits("192.0.2.0", 24), &value)).unwrap();
        Networks::open(std::slice::from_ref(&path)).unwrap().contents()
    };
    let of = |countries, networks| {
        let built = crate::model::Day::of(1_700_000_000);
        vec![Contents { kind: "Test".to_owned(), built, countries, networks }]
    };
    let asn = Map(vec![("autonomous_system_number", Number(64_500))]);
    assert_eq!(of(false, true), contents(asn).unwrap());
    let country = Map(vec![("country", Map(vec![("iso_code", Text("DE"))]))]);
    assert_eq!(of(true, false), contents(country).unwrap());
    let domain = contents(Map(vec![("domain", Text("acme.example"))])).unwrap_err().to_string();
    assert!(domain.contains("of the kind Test: it tells no country and no network"), "{domain}");
}
