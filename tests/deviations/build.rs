//! Inputs as reporters send them: XML with some elements changed, mails of parts, archives.
//!
//! In: what a test wants to be odd. Out: bytes. An edit that finds nothing to change fails the test,
//! so that no test passes for want of its oddity.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::ops::Range;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::{Compression, write::GzEncoder};
use zip::write::{SimpleFileOptions, ZipWriter};

/// 2026-11-09T00:00:00Z, the day that plain reports are about.
pub(crate) const BEGIN: i64 = 1_794_182_400;

/// The file name that the RFCs ask for, of a plain report.
pub(crate) const NAME: &str = "receiver.example!acme.example!1794182400!1794268799.xml";

const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>dmarc@receiver.example</email>
    <report_id>2026.11.09.1</report_id>
    <date_range><begin>1794182400</begin><end>1794268799</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>acme.example</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>none</p>
    <sp>none</sp>
    <pct>100</pct>
    <fo>0</fo>
  </policy_published>
</feedback>
"#;

const RECORD: &str = "<record>
    <row>
      <source_ip>192.0.2.1</source_ip>
      <count>7</count>
      <policy_evaluated>
        <disposition>none</disposition>
        <dkim>pass</dkim>
        <spf>fail</spf>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>bounce.example</envelope_from>
      <header_from>acme.example</header_from>
    </identifiers>
    <auth_results>
      <dkim>
        <domain>acme.example</domain>
        <selector>s1</selector>
        <result>pass</result>
      </dkim>
      <spf>
        <domain>bounce.example</domain>
        <scope>mfrom</scope>
        <result>softfail</result>
      </spf>
    </auth_results>
  </record>
";

/// XML as text. An element is named by a path of names (`policy_evaluated/dkim`), each looked for
/// behind the one before; it is the first one there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Xml(pub(crate) String);

impl Xml {
    /// A report with one record, in which nothing is odd.
    pub(crate) fn plain() -> Self {
        Self::report(&[Self::record()])
    }

    /// The plain report's only record: 192.0.2.1, 7 messages, DKIM aligned.
    pub(crate) fn record() -> Self {
        Self(RECORD.into())
    }

    /// A record that fails: neither DKIM nor SPF aligned, and nothing signed.
    pub(crate) fn failing() -> Self {
        Self::record().set("policy_evaluated/dkim", "fail").without("auth_results/dkim")
    }

    /// A report with these records.
    pub(crate) fn report(records: &[Self]) -> Self {
        let text = records.iter().map(|record| record.0.as_str()).collect::<String>();
        Self(REPORT.into()).replace("</feedback>", &format!("{text}</feedback>"))
    }

    /// A report with a plain record, changed by `edit`.
    pub(crate) fn with(edit: impl FnOnce(Self) -> Self) -> Self {
        Self::report(&[edit(Self::record())])
    }

    /// Puts this where the element's content stood.
    #[track_caller]
    pub(crate) fn set(self, path: &str, content: &str) -> Self {
        let name = path.rsplit('/').next().unwrap();
        self.swap(path, &format!("<{name}>{content}</{name}>"))
    }

    /// Puts this where the element stood.
    #[track_caller]
    pub(crate) fn swap(mut self, path: &str, xml: &str) -> Self {
        self.0.replace_range(self.place(path), xml);
        self
    }

    /// Takes the element away.
    #[track_caller]
    pub(crate) fn without(self, path: &str) -> Self {
        self.swap(path, "")
    }

    /// Puts this behind the element.
    #[track_caller]
    pub(crate) fn after(mut self, path: &str, xml: &str) -> Self {
        let end = self.place(path).end;
        self.0.insert_str(end, xml);
        self
    }

    /// Puts this before the element.
    #[track_caller]
    pub(crate) fn before(mut self, path: &str, xml: &str) -> Self {
        let start = self.place(path).start;
        self.0.insert_str(start, xml);
        self
    }

    /// Puts one text wherever another stands.
    #[track_caller]
    pub(crate) fn replace(self, from: &str, to: &str) -> Self {
        assert!(self.0.contains(from), "no `{from}` in {}", self.0);
        Self(self.0.replace(from, to))
    }

    /// The period, as written.
    #[track_caller]
    pub(crate) fn period(self, begin: impl ToString, end: impl ToString) -> Self {
        let (begin, end) = (begin.to_string(), end.to_string());
        self.set("date_range/begin", &begin).set("date_range/end", &end)
    }

    /// Gives the root these attributes.
    #[track_caller]
    pub(crate) fn root(self, attributes: &str) -> Self {
        self.replace("<feedback>", &format!("<feedback {attributes}>"))
    }

    /// Where the element lies, both tags included.
    #[track_caller]
    fn place(&self, path: &str) -> Range<usize> {
        let (mut start, mut from, mut last) = (0, 0, "");
        for name in path.split('/') {
            let tag = format!("<{name}>");
            start = from + self.0[from..].find(&tag).unwrap_or_else(|| panic!("no {path}"));
            (from, last) = (start + tag.len(), name);
        }
        let tag = format!("</{last}>");
        let end = self.0[from..].find(&tag).unwrap_or_else(|| panic!("no end of {path}"));
        start..from + end + tag.len()
    }
}

impl From<Xml> for Vec<u8> {
    fn from(xml: Xml) -> Self {
        xml.0.into_bytes()
    }
}

/// The plain report's bytes.
pub(crate) fn plain() -> Vec<u8> {
    Xml::plain().into()
}

/// A gzip file with one member.
pub(crate) fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A zip archive.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A tar archive (POSIX ustar) of plain files.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in members {
        let mut head = [0_u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[100..108].copy_from_slice(b"0000644\0");
        head[108..116].copy_from_slice(b"0000000\0");
        head[116..124].copy_from_slice(b"0000000\0");
        head[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        head[136..148].copy_from_slice(b"00000000000\0");
        head[148..156].fill(b' ');
        head[156] = b'0';
        head[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

/// Base64 in lines of 76.
pub(crate) fn base64(content: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(content);
    let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join("\r\n")
}

/// A part: its fields, an empty line, its body.
pub(crate) fn part(fields: &str, body: &str) -> String {
    format!("{fields}\r\n\r\n{body}")
}

/// A part of that type with a file in base64.
pub(crate) fn attached(kind: &str, name: &str, content: &[u8]) -> String {
    let fields = format!(
        "Content-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\""
    );
    part(&fields, &base64(content))
}

/// What reporters say to people who open the mail.
pub(crate) fn words() -> String {
    part("Content-Type: text/plain; charset=us-ascii", "An aggregate report is attached.\r\n")
}

/// A multipart of these parts, with a boundary that none inside it has.
pub(crate) fn multipart(subtype: &str, parts: &[String]) -> String {
    let boundary = format!("=_{subtype}_{}", parts.iter().map(String::len).sum::<usize>());
    let mut body = String::new();
    for part in parts {
        write!(body, "--{boundary}\r\n{part}\r\n").unwrap();
    }
    let fields = format!("Content-Type: multipart/{subtype}; boundary=\"{boundary}\"");
    part(&fields, &format!("{body}--{boundary}--\r\n"))
}

/// A mail: the fields that any has, then the entity's own fields and body.
pub(crate) fn mail(subject: &str, entity: &str) -> Vec<u8> {
    format!(
        "From: dmarc@receiver.example\r\nTo: rua@acme.example\r\nSubject: {subject}\r\n\
         Date: Tue, 10 Nov 2026 01:02:03 +0000\r\nMessage-ID: <1@receiver.example>\r\n\
         MIME-Version: 1.0\r\n{entity}"
    )
    .into_bytes()
}

/// A subject as the RFCs ask for.
pub(crate) const SUBJECT: &str =
    "Report Domain: acme.example Submitter: receiver.example Report-ID: <2026.11.09.1>";

/// A mail of some words and these parts.
pub(crate) fn mail_with(parts: &[String]) -> Vec<u8> {
    let all = [&[words()], parts].concat();
    mail(SUBJECT, &multipart("mixed", &all))
}
