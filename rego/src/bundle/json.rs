//! JSON as OPA hashes it: keys in byte order, no white space, every number as it was written.
//!
//! `serde_json` would make `1.0` of `1.00` and a float of a long integer, so numbers are kept as text here.
//! The rules were read from OPA's `v1/bundle/hash.go`, which encodes with Go's `encoding/json`, HTML escaping off.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Write};

/// Deeper documents are refused: neither engine reads them, and reading them would take stack.
const DEEPEST: usize = 120;

/// A JSON value whose numbers are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`, `true`, `false`, or a number as it was written.
    Plain(String),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// What is wrong with a document, and on which line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotJson {
    pub(crate) line: u32,
    pub(crate) reason: String,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.reason, self.line)
    }
}

impl Json {
    /// Reads a document. A name that stands twice in one object is refused: readers disagree on which one counts.
    ///
    /// # Errors
    /// What is wrong, and on which line.
    pub(crate) fn parse(text: &str) -> Result<Self, NotJson> {
        let mut reader = Reader { text, at: 0 };
        let parsed = reader.value(0).and_then(|value| {
            if reader.peek().is_some() { Err("something follows the document".to_owned()) } else { Ok(value) }
        });
        parsed.map_err(|reason| NotJson { line: line_of(text, reader.at), reason })
    }

    /// An empty object.
    pub(crate) fn empty() -> Self {
        Self::Object(BTreeMap::new())
    }

    /// What OPA would hash.
    pub(crate) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// The value under a path of names, if there is one.
    pub(crate) fn under(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |at, name| match at {
            Self::Object(members) => members.get(name),
            _ => None,
        })
    }

    /// The value put below a path of names.
    pub(crate) fn nested(self, path: &[String]) -> Self {
        path.iter().rev().fold(self, |inner, name| Self::Object(BTreeMap::from([(name.clone(), inner)])))
    }

    /// Lays another document over this one, as OPA does with the data files of a bundle.
    ///
    /// # Errors
    /// The path, dotted, where both have a value and not both have an object.
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), String> {
        let (Self::Object(mine), Self::Object(theirs)) = (self, other) else { return Err(String::new()) };
        for (name, value) in theirs {
            match mine.entry(name) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(mut place) => {
                    let merged = place.get_mut().merge(value);
                    merged.map_err(|rest| join(place.key(), &rest))?;
                }
            }
        }
        Ok(())
    }

    /// The paths, dotted, of all values that lie under none of the roots.
    pub(crate) fn outside(&self, roots: &[Vec<&str>]) -> Vec<String> {
        let mut found = Vec::new();
        self.outside_from(&mut Vec::new(), roots, &mut found);
        found
    }

    fn outside_from<'a>(&'a self, path: &mut Vec<&'a str>, roots: &[Vec<&str>], found: &mut Vec<String>) {
        if roots.iter().any(|root| path.starts_with(root)) {
            return;
        }
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    path.push(name);
                    value.outside_from(path, roots, found);
                    path.pop();
                }
            }
            _ => found.push(path.join(".")),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (n, (name, value)) in members.iter().enumerate() {
                    out.push_str(if n == 0 { "" } else { "," });
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn join(name: &str, rest: &str) -> String {
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") }
}

/// As Go writes a string: the two line separators that JavaScript minds are escaped, all else above ASCII is not.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' || matches!(c, '\u{2028}' | '\u{2029}') => {
                write!(out, "\\u{:04x}", u32::from(c)).expect("writing to a string does not fail");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn line_of(text: &str, at: usize) -> u32 {
    let lines = text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(lines + 1).unwrap_or(u32::MAX)
}

/// Splits the text into tokens; `serde_json` judges each string and number.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn expect(&mut self, wanted: u8) -> Result<(), String> {
        if self.peek() != Some(wanted) {
            return Err(format!("`{}` was expected", char::from(wanted)));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEEPEST {
            return Err(format!("nested more than {DEEPEST} deep"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(_) => self.plain(),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        let mut members = BTreeMap::new();
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.peek();
            let name = self.string()?;
            self.expect(b':')?;
            let value = self.value(depth + 1)?;
            match members.entry(name) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(place) => return Err(format!("the name \"{}\" stands twice", place.key())),
            }
            if self.peek() != Some(b',') {
                self.expect(b'}')?;
                return Ok(Json::Object(members));
            }
            self.at += 1;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        let mut items = Vec::new();
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.peek() != Some(b',') {
                self.expect(b']')?;
                return Ok(Json::List(items));
            }
            self.at += 1;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        let rest = &self.text[self.at..];
        if !rest.starts_with('"') {
            return Err("a string was expected".to_owned());
        }
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let token = &rest[..end.ok_or("a string without an end")? + 2];
        let text = serde_json::from_str(token).map_err(|_| format!("{token} is no JSON string"))?;
        self.at += token.len();
        Ok(text)
    }

    fn plain(&mut self) -> Result<Json, String> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')));
        let token = &rest[..end.unwrap_or(rest.len())];
        serde_json::from_str::<&serde_json::value::RawValue>(token)
            .map_err(|_| "a JSON value was expected")?;
        self.at += token.len();
        Ok(Json::Plain(token.to_owned()))
    }
}

#[cfg(test)]
mod tests;
