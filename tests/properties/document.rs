//! A report written as XML in one of very many ways that all mean the same: elements in any order,
//! blanks and comments between them, text as it is, in character references or in CDATA.

use ruaudit::model::{DkimAuth, Fingerprint, LangText, Record, Report, SpfAuth};

/// Numbers that decide how things are written (splitmix64).
pub(crate) struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 16).unwrap() % sides
    }

    fn blanks(&mut self) -> &'static str {
        ["", "", " ", "\n", "\r\n\t", "  \n  "][self.throw(6)]
    }

    /// The same items in another order, in which those with one key keep theirs.
    fn shuffled<T>(&mut self, items: Vec<T>, key: fn(&T) -> &'static str) -> Vec<T> {
        let mut keys: Vec<&'static str> = items.iter().map(key).collect();
        for last in (1..keys.len()).rev() {
            keys.swap(last, self.throw(last + 1));
        }
        let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
        let mut take = |wanted: &str| {
            let next =
                items.iter_mut().find(|item| item.as_ref().is_some_and(|i| key(i) == wanted));
            next.and_then(Option::take).unwrap()
        };
        keys.into_iter().map(&mut take).collect()
    }
}

/// An element: what it is called, and what it holds.
struct Node {
    name: &'static str,
    lang: Option<String>,
    holds: Holds,
}

enum Holds {
    Text(String),
    Nodes(Vec<Node>),
}

fn node(name: &'static str, nodes: Vec<Node>) -> Node {
    Node { name, lang: None, holds: Holds::Nodes(nodes) }
}

fn leaf(name: &'static str, text: impl ToString) -> Node {
    Node { name, lang: None, holds: Holds::Text(text.to_string()) }
}

fn optional(name: &'static str, text: Option<impl ToString>) -> Option<Node> {
    text.map(|text| leaf(name, text))
}

fn in_language(name: &'static str, text: &LangText) -> Node {
    Node { name, lang: text.lang.clone(), holds: Holds::Text(text.text.clone()) }
}

fn feedback(report: &Report) -> Node {
    let mut nodes = vec![metadata(report), policy_published(report)];
    nodes.extend(optional("version", report.reporter.version.as_ref()));
    nodes.extend(report.records.iter().map(|row| record(report, row)));
    node("feedback", nodes)
}

fn metadata(report: &Report) -> Node {
    let range = vec![leaf("begin", report.begin), leaf("end", report.end)];
    let mut nodes = vec![
        leaf("org_name", &report.reporter.org_name),
        leaf("email", &report.reporter.email),
        leaf("report_id", &report.report_id),
        node("date_range", range),
    ];
    nodes.extend(optional("generator", report.reporter.generator.as_ref()));
    let contact = report.reporter.extra_contact_info.iter();
    nodes.extend(contact.map(|text| in_language("extra_contact_info", text)));
    nodes.extend(report.errors.iter().map(|text| in_language("error", text)));
    node("report_metadata", nodes)
}

fn policy_published(report: &Report) -> Node {
    let policy = &report.policy;
    let optional = [
        optional("p", policy.p.as_ref()),
        optional("sp", policy.sp.as_ref()),
        optional("np", policy.np.as_ref()),
        optional("adkim", policy.adkim.as_ref()),
        optional("aspf", policy.aspf.as_ref()),
        optional("fo", policy.fo.as_ref()),
        optional("pct", policy.pct.as_ref()),
        optional("testing", policy.testing.as_ref()),
        optional("discovery_method", policy.discovery_method.as_ref()),
        optional("psd", policy.psd.as_ref()),
    ];
    let domain = std::iter::once(leaf("domain", &policy.domain));
    node("policy_published", domain.chain(optional.into_iter().flatten()).collect())
}

fn record(report: &Report, record: &Record) -> Node {
    let seen = &report.fingerprints[record.fingerprint as usize];
    let row = vec![
        leaf("source_ip", &record.source),
        leaf("count", record.count),
        node("policy_evaluated", evaluated(seen)),
    ];
    let mut identifiers = vec![leaf("header_from", &seen.header_from)];
    identifiers.extend(optional("envelope_from", seen.envelope_from.as_ref()));
    identifiers.extend(optional("envelope_to", seen.envelope_to.as_ref()));
    let results = seen.dkim_auth.iter().map(dkim).chain(seen.spf_auth.iter().map(spf)).collect();
    let nodes =
        vec![node("row", row), node("identifiers", identifiers), node("auth_results", results)];
    node("record", nodes)
}

fn evaluated(seen: &Fingerprint) -> Vec<Node> {
    let mut nodes = vec![
        leaf("disposition", &seen.disposition),
        leaf("dkim", &seen.dkim),
        leaf("spf", &seen.spf),
    ];
    nodes.extend(seen.reasons.iter().map(|reason| {
        let mut nodes = vec![leaf("type", &reason.kind)];
        nodes.extend(reason.comment.iter().map(|text| in_language("comment", text)));
        node("reason", nodes)
    }));
    nodes
}

fn dkim(auth: &DkimAuth) -> Node {
    let mut nodes = vec![leaf("domain", &auth.domain), leaf("result", &auth.result)];
    nodes.extend(optional("selector", auth.selector.as_ref()));
    nodes.extend(auth.human_result.iter().map(|text| in_language("human_result", text)));
    node("dkim", nodes)
}

fn spf(auth: &SpfAuth) -> Node {
    let mut nodes = vec![leaf("domain", &auth.domain), leaf("result", &auth.result)];
    nodes.extend(optional("scope", auth.scope.as_ref()));
    nodes.extend(auth.human_result.iter().map(|text| in_language("human_result", text)));
    node("spf", nodes)
}

/// A report as XML text.
pub(crate) fn written(report: &Report, dice: &mut Dice) -> String {
    let mut out = String::new();
    if dice.throw(2) == 0 {
        out.push_str("<?xml version=\"1.0\"?>\n");
    }
    let namespace = report.reporter.namespace.as_deref();
    let prefix = if namespace.is_some() { ["", "d:", "ns1:"][dice.throw(3)] } else { "" };
    let declared = namespace.map_or_else(String::new, |namespace| match prefix.split_once(':') {
        Some((prefix, _)) => format!(" xmlns:{prefix}='{namespace}'"),
        None => format!(" xmlns=\"{namespace}\""),
    });
    Writer { out: &mut out, prefix, dice }.element(feedback(report), &declared);
    out.push_str(dice.blanks());
    out
}

struct Writer<'a> {
    out: &'a mut String,
    prefix: &'static str,
    dice: &'a mut Dice,
}

impl Writer<'_> {
    fn element(&mut self, node: Node, attributes: &str) {
        let Node { name, lang, holds } = node;
        let prefix = self.prefix;
        let lang = lang.map_or_else(String::new, |lang| format!(" lang=\"{lang}\""));
        self.out.push_str(&format!("<{prefix}{name}{attributes}{lang}"));
        if is_empty(&holds) && self.dice.throw(2) == 0 {
            return self.out.push_str("/>");
        }
        self.out.push_str(self.dice.blanks());
        self.out.push('>');
        match holds {
            Holds::Text(text) => self.text(&text),
            Holds::Nodes(nodes) => self.nodes(nodes),
        }
        self.out.push_str(&format!("</{prefix}{name}{}>", self.dice.blanks()));
    }

    fn nodes(&mut self, nodes: Vec<Node>) {
        for node in self.dice.shuffled(nodes, |node| node.name) {
            self.out.push_str(self.dice.blanks());
            if self.dice.throw(12) == 0 {
                self.out.push_str("<!-- <record> & no more -->");
            }
            self.element(node, "");
        }
        self.out.push_str(self.dice.blanks());
    }

    /// Text between blanks that do not count, in pieces of several notations.
    fn text(&mut self, text: &str) {
        self.out.push_str(self.dice.blanks());
        let mut rest = text;
        while !rest.is_empty() {
            let length = rest.floor_char_boundary(self.dice.throw(9) + 4);
            let (piece, later) = rest.split_at(length);
            self.piece(piece);
            rest = later;
        }
        self.out.push_str(self.dice.blanks());
    }

    fn piece(&mut self, piece: &str) {
        if self.dice.throw(4) == 0 && !piece.contains("]]>") {
            return self.out.push_str(&format!("<![CDATA[{piece}]]>"));
        }
        for c in piece.chars() {
            match (c, self.dice.throw(20)) {
                (_, 0) => self.out.push_str(&format!("&#{};", c as u32)),
                (_, 1) => self.out.push_str(&format!("&#x{:x};", c as u32)),
                ('&', _) => self.out.push_str("&amp;"),
                ('<', _) => self.out.push_str("&lt;"),
                ('>', _) => self.out.push_str("&gt;"),
                ('"', 2) => self.out.push_str("&quot;"),
                ('\'', 2) => self.out.push_str("&apos;"),
                _ => self.out.push(c),
            }
        }
    }
}

fn is_empty(holds: &Holds) -> bool {
    match holds {
        Holds::Text(text) => text.is_empty(),
        Holds::Nodes(nodes) => nodes.is_empty(),
    }
}
