//! What can be read of the **records** of an answer.
//!
//! In: records, or why there are none. Out: texts, addresses, names and mail exchangers as this program writes
//! them. Records of another type are passed over; where nothing is left the answer is broken.

use std::net::IpAddr;

use hickory_resolver::proto::rr::{Name, RData};

use crate::model::dns::{Answer, Exchange};

/// What can be read of the records: no data where none can.
pub(super) fn some<T>(
    answer: Answer<Vec<RData>>,
    read: impl Fn(&RData) -> Option<T>,
) -> Answer<Vec<T>> {
    match answer {
        Answer::Found(records) => {
            let found: Vec<T> = records.iter().filter_map(read).collect();
            if found.is_empty() {
                Answer::Unknown("the answer is broken".to_owned())
            } else {
                Answer::Found(found)
            }
        }
        Answer::NoData => Answer::NoData,
        Answer::NoName => Answer::NoName,
        Answer::Unknown(why) => Answer::Unknown(why),
    }
}

/// A TXT record, its strings joined without a gap (RFC 7208 section 3.3, RFC 9989 section 4.5).
pub(super) fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned())
}

pub(super) fn exchange(data: &RData) -> Option<Exchange> {
    let RData::MX(exchange) = data else { return None };
    Some(Exchange { preference: exchange.preference, host: written(&exchange.exchange) })
}

pub(super) fn pointer(data: &RData) -> Option<String> {
    let RData::PTR(name) = data else { return None };
    Some(written(&name.0))
}

pub(super) fn alias(data: &RData) -> Option<String> {
    let RData::CNAME(name) = data else { return None };
    Some(written(&name.0))
}

pub(super) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

/// A name of an answer as this program writes names.
fn written(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// The addresses of both families; unknown where one of them is.
pub(super) fn both(four: Answer<Vec<IpAddr>>, six: Answer<Vec<IpAddr>>) -> Answer<Vec<IpAddr>> {
    match (four, six) {
        (Answer::Unknown(why), _) => Answer::Unknown(format!("A: {why}")),
        (_, Answer::Unknown(why)) => Answer::Unknown(format!("AAAA: {why}")),
        (Answer::Found(mut four), Answer::Found(six)) => {
            four.extend(six);
            Answer::Found(four)
        }
        (Answer::Found(found), _) | (_, Answer::Found(found)) => Answer::Found(found),
        (Answer::NoName, _) | (_, Answer::NoName) => Answer::NoName,
        (Answer::NoData, Answer::NoData) => Answer::NoData,
    }
}
