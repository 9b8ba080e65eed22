//! The **entries** of a zone file: lines, or more where parentheses hold them together (RFC 1035
//! section 5.1).
//!
//! In: the text. Out: every entry with its words and what is not balanced in it, one after the other, so
//! that a file of millions of them takes the memory of one. Nothing is refused: a parenthesis that is left
//! open ends where another record or directive plainly begins, and of too many words the first are kept.

use crate::record::paste::decoded;

/// Words of an entry that are kept: a record of more strings does not fit into an answer.
const MOST_TOKENS: usize = crate::record::MAX_PASTED + FRONT + 2;

/// A word of an entry, as it was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Token<'a> {
    raw: &'a str,
    pub(super) in_quotes: bool,
}

impl Token<'_> {
    /// Its bytes, out of their escapes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        decoded(self.raw)
    }

    /// The word, out of its escapes.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Whether it is this word to the letter, outside quotes.
    pub(super) fn is_word(&self, word: &str) -> bool {
        !self.in_quotes && self.raw.eq_ignore_ascii_case(word)
    }
}

/// What is not balanced, and the line on which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unbalanced {
    /// A `(` without a `)`.
    Open(usize),
    /// A `)` without a `(`.
    Close(usize),
    /// A string that its line ends.
    Quote(usize),
}

/// What stands between two line ends that count.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    pub(super) begins_blank: bool,
    pub(super) tokens: Vec<Token<'a>>,
    /// The first comment in it.
    pub(super) comment: Option<&'a str>,
    pub(super) unbalanced: Option<Unbalanced>,
    /// Whether there are more words than are kept.
    pub(super) is_cut: bool,
}

/// The types with which a line inside parentheses is told for a record of its own.
const TYPES: &[&str] = &[
    "A", "AAAA", "CAA", "CNAME", "DNSKEY", "DS", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TLSA",
    "TXT", "TYPE16", "TYPE99",
];

/// Others that zones have.
const RARE_TYPES: &[&str] = &[
    "AFSDB",
    "APL",
    "CDNSKEY",
    "CDS",
    "CERT",
    "CSYNC",
    "DHCID",
    "DLV",
    "DNAME",
    "EUI48",
    "EUI64",
    "HINFO",
    "HIP",
    "HTTPS",
    "IPSECKEY",
    "ISDN",
    "KEY",
    "KX",
    "L32",
    "L64",
    "LOC",
    "LP",
    "MB",
    "MG",
    "MINFO",
    "MR",
    "NAPTR",
    "NID",
    "NSAP",
    "NSEC",
    "NSEC3",
    "NSEC3PARAM",
    "NULL",
    "OPENPGPKEY",
    "PX",
    "RP",
    "RRSIG",
    "RT",
    "SIG",
    "SMIMEA",
    "SSHFP",
    "SVCB",
    "URI",
    "WKS",
    "X25",
    "ZONEMD",
];

/// Words at the beginning of a line that are looked at for that.
const FRONT: usize = 4;

/// Reads the entries, letter by letter.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// How many parentheses are open, and the line of the outermost.
    open: usize,
    outermost: usize,
    entry: Entry<'a>,
    is_whole: bool,
}

/// The entries of a text, in their order; not those without a word, unless something is odd in them.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    Reader {
        rest: text.trim_start_matches('\u{feff}'),
        line: 1,
        open: 0,
        outermost: 0,
        entry: Entry::default(),
        is_whole: false,
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        while !self.rest.is_empty() {
            self.begin();
            self.is_whole = false;
            while let Some(first) = self.rest.chars().next().filter(|_| !self.is_whole) {
                self.step(first);
            }
            let entry = self.end();
            if !entry.tokens.is_empty() || entry.unbalanced.is_some() {
                return Some(entry);
            }
        }
        None
    }
}

impl<'a> Reader<'a> {
    fn begin(&mut self) {
        let begins_blank = self.rest.starts_with(char::is_whitespace);
        self.entry = Entry { line: self.line, begins_blank, ..Entry::default() };
    }

    /// Ends the entry, with what is open in it.
    fn end(&mut self) -> Entry<'a> {
        if self.open > 0 {
            self.entry.unbalanced = Some(Unbalanced::Open(self.outermost));
        }
        self.open = 0;
        std::mem::take(&mut self.entry)
    }

    fn step(&mut self, first: char) {
        match first {
            '\n' => {
                self.take(1);
                self.line += 1;
                self.is_whole = self.open == 0 || begins_entry(self.rest);
            }
            ';' => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                let comment = self.take(end);
                self.entry.comment.get_or_insert(&comment[1..]);
            }
            '(' => {
                self.take(1);
                if self.open == 0 {
                    self.outermost = self.line;
                }
                self.open += 1;
            }
            ')' => {
                self.take(1);
                match self.open {
                    0 => self.odd(Unbalanced::Close(self.line)),
                    _ => self.open -= 1,
                }
            }
            '"' => self.quoted(),
            c if c.is_whitespace() => {
                self.take(c.len_utf8());
            }
            _ => self.plain(),
        }
    }

    fn odd(&mut self, what: Unbalanced) {
        self.entry.unbalanced.get_or_insert(what);
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Reads a string to its closing quote, or to the end of its line.
    fn quoted(&mut self) {
        self.take(1);
        let end = ends(self.rest, |c| matches!(c, '"' | '\n'));
        let raw = self.take(end).trim_end_matches('\r');
        if self.rest.starts_with('"') {
            self.take(1);
        } else {
            self.odd(Unbalanced::Quote(self.line));
        }
        self.word(Token { raw, in_quotes: true });
    }

    fn plain(&mut self) {
        let end = ends(self.rest, |c| c.is_whitespace() || matches!(c, ';' | '(' | ')' | '"'));
        let raw = self.take(end);
        self.word(Token { raw, in_quotes: false });
    }

    fn word(&mut self, token: Token<'a>) {
        match self.entry.tokens.len() < MOST_TOKENS {
            true => self.entry.tokens.push(token),
            false => self.entry.is_cut = true,
        }
    }
}

/// Where a word ends. What stands behind a `\` does not end it, unless it is a line end.
fn ends(text: &str, is_end: impl Fn(char) -> bool) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let ends = is_end(*c) && (!escaped || *c == '\n');
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Whether a word is a type of record.
pub(super) fn is_type(word: &Token) -> bool {
    let is_number = word.raw.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("TYPE"))
        && word.raw[4..].parse::<u16>().is_ok();
    is_number || TYPES.iter().chain(RARE_TYPES).any(|known| word.is_word(known))
}

/// Whether a line inside parentheses can only be the beginning of another entry: a directive, or a name
/// in column 1 with TTL, class and type.
fn begins_entry(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    if line.starts_with('$') {
        return ["$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"].iter().any(|word| {
            line.split_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case(word))
        });
    }
    if line.starts_with(|c: char| c.is_whitespace() || "\"();".contains(c)) {
        return false;
    }
    let mut words = line.split_whitespace().skip(1).take(FRONT);
    let mut is_exact = false;
    let kind = words.find(|word| {
        let is_more = super::is_ttl_or_class(word);
        is_exact |= is_more;
        !is_more
    });
    let is = |word: &str| kind.is_some_and(|kind| kind.eq_ignore_ascii_case(word));
    // `mx a -all` may be the rest of a value; `mx IN A` is none
    is("TXT") || is("SPF") || (is_exact && TYPES.iter().any(|word| is(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, usize, Option<Unbalanced>)> {
        let found = entries(text).filter(|entry| !entry.tokens.is_empty());
        found.map(|entry| (entry.line, entry.tokens.len(), entry.unbalanced)).collect()
    }

    #[test]
    fn parentheses_hold_lines_together() {
        assert_eq!(vec![(1, 5, None)], lines("a SOA b (\n 1 ; x\n\n 2 )\n"));
        assert_eq!(vec![(1, 5, None)], lines("a TXT ( v=spf1\nmx a )\n"), "no record of its own");
        assert_eq!(vec![(1, 3, None), (2, 1, None)], lines("a TXT \"(;\"\nb"));
    }

    #[test]
    fn what_is_open_ends_where_a_record_begins() {
        let open = Some(Unbalanced::Open(1));
        for next in ["b TXT \"x\"", "b 60 IN A c", "$TTL 60 ;", "b IN TYPE16 c"] {
            let found = lines(&format!("a SOA b (\n 1 2\n{next}\nc TXT \"x\"\n"));
            assert_eq!(vec![1, 3, 4], found.iter().map(|one| one.0).collect::<Vec<_>>(), "{next}");
            assert_eq!((open, None, None), (found[0].2, found[1].2, found[2].2), "{next}");
        }
        assert_eq!(vec![(1, 2, Some(Unbalanced::Close(1))), (2, 1, None)], lines("a b )\nc"));
        assert_eq!(vec![(1, 2, Some(Unbalanced::Quote(1))), (2, 1, None)], lines("a \"b\nc"));
    }

    #[test]
    fn escapes_keep_words_and_strings_whole() {
        let found: Vec<_> = entries("a\\ b TXT \"x\\\"y\\059\" z\\;\r\n").collect();
        let words: Vec<_> = found[0].tokens.iter().map(Token::text).collect();
        assert_eq!(vec!["a b", "TXT", "x\"y;", "z;"], words);
    }
}
