//! What a file of networks **is about**: whether it can say anything that is asked of it.
//!
//! In: a file. Out: its kind and day as it says itself, and whether the first of its entries tell countries
//! or networks. No more than some entries are looked at.

use maxminddb::{MaxMindDbError, Reader, WithinOptions};

use super::{Found, Network, Networks, failed, read_entry, reason};
use crate::error::{Error, Result};
use crate::model::Day;

/// Entries that are looked at.
const ENTRIES: usize = 2_000;

/// Characters of its kind that are kept.
const KIND_CHARS: usize = 60;

/// What a file is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Its kind, as it says itself: `GeoLite2-ASN`.
    pub kind: String,
    /// The day on which it was made.
    pub built: Day,
    /// Whether it tells countries.
    pub countries: bool,
    /// Whether it tells networks: their numbers or owners.
    pub networks: bool,
}

impl Networks {
    /// What each file is about, in their order.
    ///
    /// # Errors
    /// When one is broken, or is about something else.
    pub fn contents(&self) -> Result<Vec<Contents>> {
        let of = |(path, reader): &(std::path::PathBuf, Reader<Vec<u8>>)| {
            let contents = contents(reader).map_err(|error| failed(path, reason(&error)))?;
            if contents.countries || contents.networks {
                return Ok(contents);
            }
            Err(Error::new(
                format!("cannot use `{}`", path.display()),
                format!("it is of the kind {}: it tells no country and no network", contents.kind),
                "give a file of countries, cities or networks, like GeoLite2-ASN.mmdb",
            ))
        };
        self.files.iter().map(of).collect()
    }
}

fn contents(reader: &Reader<Vec<u8>>) -> std::result::Result<Contents, MaxMindDbError> {
    let metadata = reader.metadata();
    let built = i64::try_from(metadata.build_epoch).unwrap_or(i64::MAX);
    let mut contents = Contents {
        kind: metadata.database_type.chars().take(KIND_CHARS).collect(),
        built: Day::of(built),
        countries: false,
        networks: false,
    };
    for entry in reader.networks(WithinOptions::default())?.take(ENTRIES) {
        let found: Found<'_> = entry?;
        let Network { country, number, owner } = read_entry(&found)?;
        contents.countries |= country.is_some();
        contents.networks |= number.is_some() || owner.is_some();
    }
    Ok(contents)
}
