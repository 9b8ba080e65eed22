//! Tiny **files of networks** in the MaxMind DB format, made byte by byte: for tests, here and outside.

use std::net::IpAddr;

/// A value of the format, as far as these tests need it.
pub(crate) enum Value<'a> {
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
pub(crate) fn file(version: u16, bits: &[bool], value: &Value<'_>) -> Vec<u8> {
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

/// The first bits of an address.
pub(crate) fn bits(address: &str, length: usize) -> Vec<bool> {
    let octets = match address.parse().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let bit = |at: usize| octets[at / 8] & (0x80 >> (at % 8)) != 0;
    (0..length).map(bit).collect()
}
