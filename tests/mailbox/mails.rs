//! **Mails** with known content: reports of which it is known what a reader must find, mails that
//! hold none, and mails whose report cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The moment that counts as now: 2026-11-22.
pub(crate) const NOW: &str = "1795305600";

/// Start and end of the period of every report: 2026-11-20.
const BEGIN: i64 = 1_795_132_800;
const END: i64 = 1_795_219_199;

/// A mail, and what is in it.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// Names it in its Message-ID and in the name of its file.
    pub(crate) id: String,
    /// Its number among its kind.
    pub(crate) number: usize,
    /// The mail, with bare line feeds, as it lies in a Maildir.
    pub(crate) raw: Vec<u8>,
    /// The report in it: its domain, its id, its messages.
    pub(crate) report: Option<(String, String, u64)>,
}

impl Mail {
    /// The mail with the line ends of the wire.
    pub(crate) fn on_the_wire(&self) -> Vec<u8> {
        String::from_utf8(self.raw.clone()).unwrap().replace('\n', "\r\n").into_bytes()
    }

    /// The same content in another mail, as when it was sent twice.
    pub(crate) fn again(&self, id: &str) -> Self {
        let raw = String::from_utf8(self.raw.clone()).unwrap();
        let raw = raw.replacen(&format!("<{}@", self.id), &format!("<{id}@"), 1);
        Self { id: id.to_owned(), raw: raw.into_bytes(), ..self.clone() }
    }
}

/// Reports and messages for each domain.
pub(crate) type Truth = BTreeMap<String, (u64, u64)>;

/// What a store must hold of mails: every report once, however many mails brought it.
pub(crate) fn truth<'a>(mails: impl IntoIterator<Item = &'a Mail>) -> Truth {
    let reports: BTreeSet<_> = mails.into_iter().filter_map(|mail| mail.report.clone()).collect();
    let mut truth = Truth::new();
    for (domain, _, messages) in reports {
        let of_domain = truth.entry(domain).or_default();
        of_domain.0 += 1;
        of_domain.1 += messages;
    }
    truth
}

/// A mail with a report about one of five domains.
pub(crate) fn report(number: usize) -> Mail {
    padded(number, 0)
}

/// Some of them, from a number on.
pub(crate) fn reports(numbers: std::ops::Range<usize>) -> Vec<Mail> {
    numbers.map(report).collect()
}

/// One with so many bytes of text besides.
pub(crate) fn padded(number: usize, bytes: usize) -> Mail {
    let id = format!("report-{number}");
    let domain = format!("d{}.example", number % 5);
    let messages = 1 + number as u64 % 7;
    let file = gzip(xml(&id, &domain, messages).as_bytes());
    let raw = mail(&id, &domain, "application/gzip", &format!("{id}.xml.gz"), &file, bytes);
    Mail { report: Some((domain, id.clone(), messages)), id, number, raw }
}

/// A mail whose report breaks off.
pub(crate) fn broken(number: usize) -> Mail {
    let id = format!("broken-{number}");
    let mut file = gzip(xml(&id, "d0.example", 1).as_bytes());
    file.truncate(file.len() / 2);
    let raw = mail(&id, "d0.example", "application/gzip", &format!("{id}.xml.gz"), &file, 0);
    Mail { id, number, raw, report: None }
}

/// A mail that has nothing to do with reports.
pub(crate) fn junk(number: usize) -> Mail {
    let id = format!("junk-{number}");
    let raw = format!(
        "Date: Sat, 21 Nov 2026 02:00:00 +0000\nFrom: pills@junk.example\nTo: rua@d0.example\n\
         Subject: Number {number} of the season\nMessage-ID: <{id}@mails.example>\n\nBuy now!\n"
    );
    Mail { id, number, raw: raw.into_bytes(), report: None }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xml(id: &str, domain: &str, messages: u64) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback><report_metadata>\
         <org_name>receiver.example</org_name><email>dmarc@receiver.example</email>\
         <report_id>{id}</report_id><date_range><begin>{BEGIN}</begin><end>{END}</end></date_range>\
         </report_metadata><policy_published><domain>{domain}</domain><adkim>r</adkim>\
         <aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>\
         <record><row><source_ip>192.0.2.1</source_ip><count>{messages}</count><policy_evaluated>\
         <disposition>none</disposition><dkim>pass</dkim><spf>pass</spf></policy_evaluated></row>\
         <identifiers><header_from>{domain}</header_from></identifiers><auth_results>\
         <dkim><domain>{domain}</domain><selector>s1</selector><result>pass</result></dkim>\
         <spf><domain>{domain}</domain><scope>mfrom</scope><result>pass</result></spf>\
         </auth_results></record></feedback>\n"
    )
}

fn mail(id: &str, domain: &str, kind: &str, name: &str, file: &[u8], padding: usize) -> Vec<u8> {
    let encoded = STANDARD.encode(file);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let padding = "It is a long way to the report in this mail, and then you are there.\n"
        .repeat(padding / 69);
    format!(
        "Date: Sat, 21 Nov 2026 02:00:00 +0000\nFrom: dmarc@receiver.example\nTo: rua@{domain}\n\
         Subject: Report Domain: {domain} Submitter: receiver.example Report-ID: <{id}>\n\
         Message-ID: <{id}@mails.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\n\
         Content-Type: text/plain; charset=us-ascii\n\nA report for {domain}.\n{padding}\n--part\n\
         Content-Type: {kind}; name=\"{name}\"\nContent-Transfer-Encoding: base64\n\
         Content-Disposition: attachment; filename=\"{name}\"\n\n{}\n--part--\n",
        lines.join("\n")
    )
    .into_bytes()
}
