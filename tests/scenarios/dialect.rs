//! The **dialects**: how the reporters of the cases write XML, and in what container.
//!
//! In: a report's values. Out: the bytes of a file. The habits are those that real reporters have.

use std::fmt::Write as _;
use std::io::Write as _;

use super::case::PolicyFrom;

/// A result of a check: domain, selector, result.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Auth {
    pub(crate) domain: String,
    pub(crate) selector: String,
    pub(crate) result: String,
}

/// What a row says, without its count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) address: String,
    pub(crate) header_from: String,
    pub(crate) disposition: String,
    /// Aligned.
    pub(crate) dkim: bool,
    pub(crate) spf: bool,
    pub(crate) dkim_auth: Vec<Auth>,
    pub(crate) spf_auth: Option<Auth>,
    /// Type and comment.
    pub(crate) reasons: Vec<(String, String)>,
}

/// One report.
pub(crate) struct Report<'a> {
    pub(crate) org: &'a str,
    pub(crate) email: &'a str,
    pub(crate) id: String,
    pub(crate) begin: i64,
    pub(crate) domain: &'a str,
    pub(crate) policy: &'a PolicyFrom,
    pub(crate) rows: Vec<(Seen, u64)>,
}

/// What a file is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packed {
    No,
    Gzip,
    Zip,
}

/// A reporter's habits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) org: &'static str,
    pub(crate) email: &'static str,
    root: &'static str,
    /// Fills in `sp`, and `np`, where the record has none.
    fills: (bool, bool),
    /// Writes RFC 9990: `testing`, `discovery_method`, the disposition `pass`; no `pct`.
    pub(crate) is_new: bool,
    /// Tells the envelope, and the scope of SPF.
    envelope: bool,
    selectors: bool,
    packed: Packed,
}

/// Four of them.
const DIALECTS: [(&str, Dialect); 4] = [
    (
        "searchmail",
        Dialect {
            org: "searchmail.example",
            email: "noreply-dmarc@searchmail.example",
            root: "<feedback>",
            fills: (true, true),
            is_new: false,
            envelope: false,
            selectors: true,
            packed: Packed::Zip,
        },
    ),
    (
        "mailcloud",
        Dialect {
            org: "Enterprise Mailcloud",
            email: "dmarc-report@mailcloud.example",
            root: "<feedback xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><version>1.0</version>",
            fills: (true, false),
            is_new: false,
            envelope: true,
            selectors: true,
            packed: Packed::Gzip,
        },
    ),
    (
        "purple",
        Dialect {
            org: "Purple Mail",
            email: "dmarc-desk@purplemail.example",
            root: "<feedback>\t",
            fills: (false, false),
            is_new: false,
            envelope: false,
            selectors: false,
            packed: Packed::No,
        },
    ),
    (
        "new-mta",
        Dialect {
            org: "new-mta.example",
            email: "postmaster@new-mta.example",
            root: "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\"><version>1.0</version>",
            fills: (true, true),
            is_new: true,
            envelope: true,
            selectors: true,
            packed: Packed::No,
        },
    ),
];

impl Dialect {
    /// The one of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        DIALECTS.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }

    /// The name of a report's file.
    pub(crate) fn file_name(self, report: &Report<'_>) -> String {
        let (org, begin) = (report.org.replace(' ', "-").to_lowercase(), report.begin);
        let end = match self.packed {
            Packed::No => "xml",
            Packed::Gzip => "xml.gz",
            Packed::Zip => "zip",
        };
        format!("{org}!{}!{begin}!{}.{end}", report.domain, begin + 86_399)
    }

    /// A report's file.
    pub(crate) fn file(self, report: &Report<'_>) -> Vec<u8> {
        let xml = self.xml(report);
        match self.packed {
            Packed::No => xml.into_bytes(),
            Packed::Gzip => {
                let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
                gzip.write_all(xml.as_bytes()).unwrap();
                gzip.finish().unwrap()
            }
            Packed::Zip => {
                let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
                let options = zip::write::SimpleFileOptions::default();
                zip.start_file("report.xml", options).unwrap();
                zip.write_all(xml.as_bytes()).unwrap();
                zip.finish().unwrap().into_inner()
            }
        }
    }

    fn xml(self, report: &Report<'_>) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let (begin, end) = (report.begin, report.begin + 86_399);
        let Report { org, email, id, .. } = report;
        let root = self.root;
        let _ = writeln!(
            out,
            "{root}<report_metadata><org_name>{org}</org_name>\
             <email>{email}</email><report_id>{id}</report_id>\
             <date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>"
        );
        self.policy(&mut out, report);
        report.rows.iter().for_each(|(seen, count)| self.record(&mut out, seen, *count));
        out + "</feedback>\n"
    }

    fn policy(self, out: &mut String, report: &Report<'_>) {
        let PolicyFrom { p, sp, np, adkim, aspf, pct, t, .. } = report.policy;
        let filled = |value: &Option<String>, fills: bool, default: &str| {
            value.clone().or(fills.then(|| default.to_owned()))
        };
        let (sp_filled, np_filled) = self.fills;
        let np = filled(np, np_filled, sp.as_ref().unwrap_or(p));
        let sp = filled(sp, sp_filled, p);
        let mode = |mode: &Option<String>| Some(mode.clone().unwrap_or_else(|| "r".to_owned()));
        let old = |value: String| (!self.is_new).then_some(value);
        let new = |value: &str| self.is_new.then(|| value.to_owned());
        let tags = [
            ("domain", Some(report.domain.to_owned())),
            ("discovery_method", new("treewalk")),
            ("adkim", mode(adkim)),
            ("aspf", mode(aspf)),
            ("p", Some(p.clone())),
            ("sp", sp),
            ("np", np),
            ("pct", old(pct.unwrap_or(100).to_string())),
            ("testing", new(if *t { "y" } else { "n" })),
        ];
        out.push_str("<policy_published>");
        for (tag, value) in tags.into_iter().filter_map(|(tag, value)| Some((tag, value?))) {
            let _ = write!(out, "<{tag}>{value}</{tag}>");
        }
        out.push_str("</policy_published>\n");
    }

    fn record(self, out: &mut String, seen: &Seen, count: u64) {
        let word = |yes: bool| if yes { "pass" } else { "fail" };
        let passes = self.is_new && (seen.dkim || seen.spf) && seen.disposition == "none";
        let disposition = if passes { "pass" } else { &seen.disposition };
        let _ = write!(
            out,
            "<record><row><source_ip>{}</source_ip><count>{count}</count><policy_evaluated>\
             <disposition>{disposition}</disposition><dkim>{}</dkim><spf>{}</spf>",
            seen.address,
            word(seen.dkim),
            word(seen.spf)
        );
        for (kind, comment) in &seen.reasons {
            let _ = write!(out, "<reason><type>{kind}</type><comment>{comment}</comment></reason>");
        }
        let _ = write!(
            out,
            "</policy_evaluated></row><identifiers><header_from>{}</header_from>",
            seen.header_from
        );
        if let Some(spf) = seen.spf_auth.as_ref().filter(|_| self.envelope) {
            let _ = write!(out, "<envelope_from>{}</envelope_from>", spf.domain);
        }
        out.push_str("</identifiers><auth_results>");
        seen.dkim_auth.iter().for_each(|auth| self.dkim(out, auth));
        if let Some(auth) = &seen.spf_auth {
            let scope = if self.envelope { "<scope>mfrom</scope>" } else { "" };
            let Auth { domain, result, .. } = auth;
            let _ =
                write!(out, "<spf><domain>{domain}</domain>{scope}<result>{result}</result></spf>");
        }
        out.push_str("</auth_results></record>\n");
    }

    fn dkim(self, out: &mut String, auth: &Auth) {
        let Auth { domain, selector, result } = auth;
        let _ = write!(out, "<dkim><domain>{domain}</domain>");
        if self.selectors && !selector.is_empty() {
            let _ = write!(out, "<selector>{selector}</selector>");
        }
        let _ = write!(out, "<result>{result}</result></dkim>");
    }
}
