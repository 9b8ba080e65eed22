//! A **tag list** is the text of a DMARC or DKIM TXT record (`v=DMARC1; p=none; ...`, RFC 6376
//! section 3.2): tags in the order in which they were written.
//!
//! In: the text, also as a zone file quotes it. Out: the text, with only the named tags changed.
//! Unknown tags are kept: the owner had a reason. Refuses what is no tag list, and a tag that
//! stands twice, since nobody can say which of the two a receiver takes.

/// Longest text that is read. A DNS message holds no more than 65,535 bytes; real records stay
/// under a thousand.
const MAX_LENGTH: usize = 65_535;

/// Blanks that may stand beside a tag and its value (`WSP` of the grammar of both records).
pub const BLANK: [char; 2] = [' ', '\t'];

/// Whether a TXT value is a DMARC record to receivers: it begins with the tag `v`, whose value is just
/// `DMARC1` (RFC 9989 section 4.10, step 2). Everybody asks here, so that nobody sees a record where
/// receivers see none.
#[must_use]
pub fn is_dmarc(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| {
        name.trim_end_matches(BLANK).eq_ignore_ascii_case("v")
            && value.trim_matches(BLANK) == "DMARC1"
    })
}

/// Tags in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagList {
    tags: Vec<(String, String)>,
}

impl TagList {
    /// Reads a tag list. Strings in quotes, as zone files write them, are joined first.
    ///
    /// # Errors
    /// Says what is wrong: too long, a part without `=`, a tag that stands twice, nothing at all.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("longer than {MAX_LENGTH} bytes"));
        }
        let mut list = Self::default();
        for part in unquoted(text).split(';').map(str::trim).filter(|part| !part.is_empty()) {
            list.push_part(part)?;
        }
        if list.tags.is_empty() { Err("no tag at all".to_owned()) } else { Ok(list) }
    }

    /// Reads a DMARC record: a tag list that, out of its quotes, [`is_dmarc`].
    ///
    /// # Errors
    /// As [`TagList::parse`], and when it begins with something else.
    pub fn parse_dmarc(text: &str) -> Result<Self, String> {
        let list = Self::parse(text)?;
        if is_dmarc(&unquoted(text)) {
            Ok(list)
        } else {
            Err("a DMARC record begins with `v=DMARC1;`".to_owned())
        }
    }

    fn push_part(&mut self, part: &str) -> Result<(), String> {
        let (name, value) =
            part.split_once('=').ok_or_else(|| format!("`{part}` is no `tag=value`"))?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(format!("`{name}` is no name of a tag"));
        }
        if self.get(name).is_some() {
            return Err(format!("the tag `{name}` stands twice"));
        }
        self.tags.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// The value of a tag, whatever the case of its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Gives a tag its value, in its place; at the end where it is new.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.tags.iter_mut().find(|(have, _)| have.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => self.tags.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Takes a tag out; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.tags.len();
        self.tags.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        self.tags.len() != before
    }
}

impl std::fmt::Display for TagList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, value)) in self.tags.iter().enumerate() {
            let gap = if at == 0 { "" } else { "; " };
            write!(f, "{gap}{name}={value}")?;
        }
        Ok(())
    }
}

/// The text inside quotes, joined without a gap (RFC 1035 section 5.1); the text itself where it
/// does not begin with a quote.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    if !text.starts_with('"') {
        return text.to_owned();
    }
    text.split('"').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_as_it_was_read() {
        let text = "v=DMARC1; p=none; rua=mailto:a@b.example,mailto:c@d.example!10m; x_new=7";
        assert_eq!(text, TagList::parse_dmarc(text).unwrap().to_string());
        assert_eq!(
            "v=DMARC1; p=none",
            TagList::parse(" v = DMARC1 ;p= none;; ").unwrap().to_string()
        );
    }

    #[test]
    fn only_what_begins_with_the_version_is_a_record() {
        for (expected, text) in [
            (true, "v=DMARC1"),
            (true, "v=DMARC1; p=none"),
            (true, "V \t= DMARC1\t;p=none"),
            (false, "v=DMARC1 p=none"),
            (false, "v=dmarc1; p=none"),
            (false, "v=DMARC10; p=none"),
            (false, " v=DMARC1; p=none"),
            (false, "v=DMARC1\u{a0}; p=none"),
            (false, ";v=DMARC1; p=none"),
            (false, "p=none; v=DMARC1"),
            (false, "v=spf1 -all"),
            (false, ""),
        ] {
            assert_eq!(expected, is_dmarc(text), "{text}");
        }
        // what was given by hand may have blanks around it, and nothing else
        assert!(TagList::parse_dmarc(" v=DMARC1; p=none\n").is_ok());
        assert!(TagList::parse_dmarc(";v=DMARC1; p=none").is_err());
    }

    #[test]
    fn only_the_named_tag_changes_and_keeps_its_place() {
        let mut list = TagList::parse("v=DMARC1; P=none; sp=none; zz=1; pct=100").unwrap();
        list.set("p", "quarantine");
        list.set("np", "reject");
        assert!(list.remove("sp"));
        assert!(!list.remove("sp"));
        assert_eq!("v=DMARC1; P=quarantine; zz=1; pct=100; np=reject", list.to_string());
    }

    #[test]
    fn quoted_strings_are_joined() {
        let list = TagList::parse(r#""v=DMARC1; p=no" "ne; rua=mailto:a@b.example""#).unwrap();
        assert_eq!("v=DMARC1; p=none; rua=mailto:a@b.example", list.to_string());
    }

    #[test]
    fn what_is_no_tag_list_is_refused_with_the_reason() {
        assert!(TagList::parse("").unwrap_err().contains("no tag"));
        assert!(TagList::parse("v=DMARC1; p").unwrap_err().contains("`p`"));
        assert!(TagList::parse("v=DMARC1; p=none; p=reject").unwrap_err().contains("twice"));
        assert!(TagList::parse_dmarc("v=spf1 -all").unwrap_err().contains("begins"));
        assert!(TagList::parse_dmarc("p=none; v=DMARC1").unwrap_err().contains("begins"));
        assert!(TagList::parse(&"a".repeat(70_000)).unwrap_err().contains("longer"));
    }
}
