use super::*;

/// A value of the format, as far as these tests need it.
enum Value<'a> {
    Text(&'a str),
    Short(u16),
    Number(u32),
    Long(u64),
    Map(Vec<(&'a str, Value<'a>)>),
    List(Vec<Value<'a>>),
}

use Value::{List, Long, Map, Number, Short, Text};

/// The bytes of a value: a control byte with the kind and the size, then what it holds.
fn bytes(value: &Value<'_>) -> Vec<u8> {
    let size = |kind: u8, size: usize| match size {
        0..29 => vec![kind << 5 | size as u8],
        _ => vec![kind << 5 | 29, (size - 29) as u8],
    };
    match value {
        Text(text) => [size(2, text.len()), text.as_bytes().to_vec()].concat(),
        Short(number) => [size(5, 2), number.to_be_bytes().to_vec()].concat(),
        // kinds above 7 stand in a second byte
        Long(number) => [vec![8, 2], number.to_be_bytes().to_vec()].concat(),
        Number(number) => [size(6, 4), number.to_be_bytes().to_vec()].concat(),
        Map(pairs) => {
            let pair =
                |(key, value): &(&str, Value<'_>)| [bytes(&Text(key)), bytes(value)].concat();
            [size(7, pairs.len()), pairs.iter().flat_map(pair).collect()].concat()
        }
        List(values) => {
            let values: Vec<u8> = values.iter().flat_map(bytes).collect();
            [vec![values.len().min(1) as u8, 4], values].concat()
        }
    }
}

/// A file of one network: the addresses that begin with these bits.
fn file(version: u16, bits: &[bool], value: &Value<'_>) -> Vec<u8> {
    let nodes = bits.len() as u32;
    // a record is a node, the number of nodes (nothing), or that plus 16 plus the place of the data
    let record = |number: u32| number.to_be_bytes()[1..].to_vec();
    let mut tree = Vec::new();
    for (at, bit) in bits.iter().enumerate() {
        let next = if at + 1 == bits.len() { nodes + 16 } else { at as u32 + 1 };
        let sides = if *bit { [nodes, next] } else { [next, nodes] };
        tree.extend(sides.into_iter().flat_map(record));
    }
    let metadata = Map(vec![
        ("binary_format_major_version", Short(2)),
        ("binary_format_minor_version", Short(0)),
        ("build_epoch", Long(1_700_000_000)),
        ("database_type", Text("Test")),
        ("description", Map(vec![("en", Text("of a test"))])),
        ("ip_version", Short(version)),
        ("languages", List(vec![Text("en")])),
        ("node_count", Number(nodes)),
        ("record_size", Short(24)),
    ]);
    let marker = b"\xab\xcd\xefMaxMind.com".to_vec();
    [tree, vec![0; 16], bytes(value), marker, bytes(&metadata)].concat()
}

fn bits(address: &str, length: usize) -> Vec<bool> {
    let octets = match address.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bit = |at: usize| octets[at / 8] & (0x80 >> (at % 8)) != 0;
    (0..length).map(bit).collect()
}

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
