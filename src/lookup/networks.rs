//! Whose **network** an address is in: the country, the number of the network and its owner.
//!
//! In: files in the MaxMind DB format, which the operator gives; none is built in. Out: what they say
//! of an address. Files of countries or cities, and of networks (ASN), of MaxMind, DB-IP and IPinfo are
//! understood. Refuses what is no such file, and what is broken inside.

mod contents;

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader};

use crate::error::{Error, Result};

pub use contents::Contents;

/// The largest file that is read: the largest of MaxMind's has half of it.
const MAX_BYTES: u64 = 1 << 30;

/// Characters of an owner that are kept.
const OWNER_CHARS: usize = 120;

/// What is known of the network of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Its country, two upper-case letters (ISO 3166).
    pub country: Option<String>,
    /// Its number (AS number).
    pub number: Option<u32>,
    /// Who owns it.
    pub owner: Option<String>,
}

/// The files, in the order in which they were given: the first that says something is believed.
#[derive(Debug, Default)]
pub struct Networks {
    files: Vec<(PathBuf, Reader<Vec<u8>>)>,
}

impl Networks {
    /// Reads the files.
    ///
    /// # Errors
    /// When one cannot be read, or is no such file.
    pub fn open(paths: &[PathBuf]) -> Result<Self> {
        let open = |path: &PathBuf| {
            let broken = |why: String| failed(path, why);
            let bytes = read(path).map_err(broken)?;
            let reader = Reader::from_source(bytes).map_err(|error| broken(reason(&error)))?;
            Ok((path.clone(), reader))
        };
        Ok(Self { files: paths.iter().map(open).collect::<Result<_>>()? })
    }

    /// Whether there is any file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What the files say of an address.
    ///
    /// # Errors
    /// When a file is broken where the address stands.
    pub fn of(&self, address: IpAddr) -> Result<Network> {
        let mut network = Network::default();
        for (path, reader) in &self.files {
            let found = one(reader, address).map_err(|error| failed(path, reason(&error)))?;
            network.country = network.country.or(found.country);
            // of one file both, or a number would stand beside the owner of another
            if network.number.is_none() && network.owner.is_none() {
                (network.number, network.owner) = (found.number, found.owner);
            }
        }
        Ok(network)
    }
}

/// A pipe would be waited for, and a device never ends.
fn read(path: &Path) -> std::result::Result<Vec<u8>, String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("it is longer than {} MiB", MAX_BYTES >> 20));
    }
    Ok(bytes)
}

fn failed(path: &Path, why: String) -> Error {
    let what = format!("cannot use `{}`", path.display());
    let remedy = "give a file in the MaxMind DB format (GeoLite2-ASN.mmdb, dbip-country-lite.mmdb), \
                  unpacked and whole";
    Error::new(what, why, remedy)
}

fn reason(error: &MaxMindDbError) -> String {
    match error {
        MaxMindDbError::InvalidDatabase { .. } => format!("it is no such file, or broken: {error}"),
        error => format!("it is broken: {error}"),
    }
}

type Found<'a> = LookupResult<'a, Vec<u8>>;

fn one(reader: &Reader<Vec<u8>>, address: IpAddr) -> std::result::Result<Network, MaxMindDbError> {
    let address = address.to_canonical();
    if address.is_ipv6() && reader.metadata().ip_version == 4 {
        return Ok(Network::default());
    }
    read_entry(&reader.lookup(address)?)
}

/// What an entry says.
fn read_entry(found: &Found<'_>) -> std::result::Result<Network, MaxMindDbError> {
    let country = first(found, &[&["country", "iso_code"], &["country_code"], &["country"]])?
        .or(first(found, &[&["registered_country", "iso_code"]])?);
    let owner = first(found, &[&["autonomous_system_organization"], &["as_name"]])?;
    Ok(Network {
        country: country.and_then(|text| country_code(&text)),
        number: number(found)?,
        owner: owner.and_then(|text| kept(&text)),
    })
}

/// The first of these texts that is there.
fn first(
    found: &Found<'_>,
    paths: &[&[&str]],
) -> std::result::Result<Option<String>, MaxMindDbError> {
    for path in paths {
        let path: Vec<_> = path.iter().map(|key| PathElement::Key(key)).collect();
        if let Some(text) = unless_other_kind(found.decode_path(&path))? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

/// A number, or a text like `AS64500`.
fn number(found: &Found<'_>) -> std::result::Result<Option<u32>, MaxMindDbError> {
    let path = [PathElement::Key("autonomous_system_number")];
    if let Some(number) = unless_other_kind(found.decode_path::<u32>(&path))? {
        return Ok(Some(number));
    }
    let text = first(found, &[&["asn"]])?;
    Ok(text.and_then(|text| text.trim_start_matches("AS").parse().ok()))
}

/// What stands there in another shape belongs to another kind of file.
fn unless_other_kind<T>(
    decoded: std::result::Result<Option<T>, MaxMindDbError>,
) -> std::result::Result<Option<T>, MaxMindDbError> {
    match decoded {
        Err(MaxMindDbError::Decoding { .. }) => Ok(None),
        other => other,
    }
}

fn country_code(text: &str) -> Option<String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase())
}

fn kept(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(OWNER_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
