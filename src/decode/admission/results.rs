//! One **`Authentication-Results`** value (RFC 8601 section 2.2), read tolerantly. In: the unfolded
//! value of a field. Out: which server wrote it, and its results, each a method, what it gave, and
//! its properties.
//!
//! One pass over the text. Whatever is odd in a result makes that result none at all: a value may
//! hold what a stranger chose, so a guess here would let a stranger choose what passes.

/// What one server found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Results {
    /// The name of the server (`authserv-id`), as it stands there.
    pub server: String,
    /// Its results, in order.
    pub list: Vec<MethodResult>,
    /// Whether something does not end, or what it says of DMARC cannot be read: what decides may be
    /// missing from the list.
    pub is_broken: bool,
}

/// What one method gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MethodResult {
    /// `dkim`, `spf`, `dmarc` or another, in lower case, without its version.
    pub method: String,
    /// `pass`, `fail` or another word, in lower case.
    pub result: String,
    /// What stands behind it: `header.d` and so on, in lower case, and its value.
    properties: Vec<(String, String)>,
}

impl MethodResult {
    /// The values of a property, in order.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.properties.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }
}

/// Reads a value; none if it does not say which server wrote it.
pub(super) fn read(value: &str) -> Option<Results> {
    let tokens = Tokens { rest: value }.collect::<Vec<_>>();
    let mut parts = tokens.split(|token| *token == Token::Semicolon);
    let server = server(parts.next()?)?;
    let (mut list, mut is_broken) = (Vec::new(), tokens.contains(&Token::Broken));
    for part in parts {
        let result = method_result(part);
        is_broken |= result.is_none() && is_about_dmarc(part);
        list.extend(result);
    }
    Some(Results { server, list, is_broken })
}

/// Whether a value begins with this server, even if what follows cannot be read.
pub(super) fn begins_with(value: &str, server: &str) -> bool {
    let first = match (Tokens { rest: value }).next() {
        Some(Token::Word { text, .. }) => text,
        Some(Token::Broken) => value.trim_ascii_start().trim_start_matches('"').to_owned(),
        _ => return false,
    };
    let server = server.trim_end_matches('.');
    let Some((start, rest)) = first.split_at_checked(server.len()) else { return false };
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let rest = rest.trim_end_matches('.');
    !server.is_empty() && start.eq_ignore_ascii_case(server) && !rest.starts_with(goes_on)
}

/// Whether a part that cannot be read is a result of DMARC.
fn is_about_dmarc(part: &[Token]) -> bool {
    const METHOD: &str = "dmarc";
    let Some(Token::Word { text, .. }) = part.first() else { return false };
    text.get(..METHOD.len()).is_some_and(|start| start.eq_ignore_ascii_case(METHOD))
}

/// A piece of a value. Comments and blanks are none, but they part words.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Adjoining characters and quoted strings, without their quotes.
    Word {
        text: String,
        has_quotes: bool,
    },
    Equals,
    Semicolon,
    /// A comment or a quoted string that does not end.
    Broken,
}

/// The name of the server, which a version may follow.
fn server(part: &[Token]) -> Option<String> {
    let (name, version) = match part {
        [Token::Word { text: name, .. }] => (name, "1"),
        [Token::Word { text: name, .. }, Token::Word { text: version, .. }] => (name, &**version),
        _ => return None,
    };
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    is_version.then(|| name.clone())
}

/// `method=result`, and the properties behind it.
fn method_result(part: &[Token]) -> Option<MethodResult> {
    let mut rest = part;
    let (method, result, has_quotes) = pair(&mut rest)?;
    let method = method.split('/').next().unwrap_or_default().to_owned();
    let mut properties = Vec::new();
    while !rest.is_empty() {
        let (key, value, _) = pair(&mut rest)?;
        properties.push((key, value));
    }
    (!has_quotes).then(|| MethodResult { method, result: result.to_ascii_lowercase(), properties })
}

/// The next key and its value, and whether that had quotes. Blanks and comments may stand around
/// the dot and the slash of a key. A base64 value may end with `=`.
fn pair(rest: &mut &[Token]) -> Option<(String, String, bool)> {
    let equals = rest.iter().position(|token| *token == Token::Equals)?;
    let key = key(&rest[..equals])?;
    *rest = &rest[equals + 1..];
    let [Token::Word { text, has_quotes }, after @ ..] = *rest else { return None };
    let signs = after.iter().take_while(|token| **token == Token::Equals).count();
    *rest = &after[signs..];
    Some((key, text.clone(), *has_quotes))
}

fn key(tokens: &[Token]) -> Option<String> {
    let joins = |text: &str| text.starts_with(['.', '/']) || text.ends_with(['.', '/']);
    let mut key = String::new();
    for token in tokens {
        let Token::Word { text, has_quotes: false } = token else { return None };
        if !key.is_empty() && !joins(text) && !joins(&key) {
            return None;
        }
        key.push_str(text);
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let starts = key.starts_with(|first: char| first.is_ascii_alphabetic());
    (starts && key.bytes().all(is_name)).then(|| key.to_ascii_lowercase())
}

/// The tokens of a value.
struct Tokens<'a> {
    rest: &'a str,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            match self.rest.bytes().next()? {
                b'(' if !self.comment() => return Some(Token::Broken),
                b'(' => {}
                b';' => return Some(self.sign(Token::Semicolon)),
                b'=' => return Some(self.sign(Token::Equals)),
                _ => return Some(self.word()),
            }
        }
    }
}

impl Tokens<'_> {
    fn sign(&mut self, token: Token) -> Token {
        self.rest = &self.rest[1..];
        token
    }

    /// Passes over a comment, in which others may stand; false if it does not end.
    fn comment(&mut self) -> bool {
        let mut depth = 0_usize;
        let mut is_escaped = false;
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.rest = &self.rest[at + 1..];
                return true;
            }
        }
        self.rest = "";
        false
    }

    fn word(&mut self) -> Token {
        const ENDS: &str = " \t\r\n;=(\"";
        let (mut text, mut has_quotes) = (String::new(), false);
        loop {
            let end = self.rest.find(|c| ENDS.contains(c)).unwrap_or(self.rest.len());
            text.push_str(&self.rest[..end]);
            self.rest = &self.rest[end..];
            if !self.rest.starts_with('"') {
                return Token::Word { text, has_quotes };
            }
            has_quotes = true;
            if !self.quoted(&mut text) {
                return Token::Broken;
            }
        }
    }

    /// Reads a quoted string; false if it does not end.
    fn quoted(&mut self, text: &mut String) -> bool {
        let mut is_escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if is_escaped => {
                    text.push(c);
                    is_escaped = false;
                }
                '\\' => is_escaped = true,
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return true;
                }
                _ => text.push(c),
            }
        }
        self.rest = "";
        false
    }
}

#[cfg(test)]
mod tests;
