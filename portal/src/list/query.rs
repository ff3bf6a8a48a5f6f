use std::{fmt, str::FromStr};

use super::Day;

/// Characters of a text that is looked for.
const LONGEST: usize = 200;
/// Pairs of a query; nobody narrows a list by more.
const MOST: usize = 40;
/// What stands in the addresses of lists and is no filter: the question that is open in front of the page, and why
/// no file came.
const NOT_OURS: [&str; 2] = ["ask", NOT_EXPORTED];
/// Says why a list was not exported, by the status that it was answered with.
pub const NOT_EXPORTED: &str = "not-exported";

/// The query of an address, taken apart name by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(String, String)>,
    unread: Vec<Unread>,
}

/// A part of an address that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub name: String,
    pub value: String,
    /// What is wrong with it, where its value alone does not say it.
    why: &'static str,
}

impl Query {
    pub fn of(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes()).take(MOST);
        Self::of_pairs(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub(super) fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        // A form sends the fields, too, that were left empty.
        let pairs = pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        Self { pairs, unread: vec![] }
    }

    /// What stands under a name, where it can be read as a `T`.
    pub fn take<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.raw(name)?;
        match value.trim().parse() {
            Ok(read) => Some(read),
            Err(_) => self.could_not_read(name, value),
        }
    }

    /// Leaves under a name only what is known; the rest could not be read.
    pub fn only(&mut self, name: &str, known: impl Fn(&str) -> bool) {
        while let Some(at) = self.pairs.iter().position(|(one, value)| one == name && !known(value.trim())) {
            let (name, value) = self.pairs.remove(at);
            self.unread.push(Unread { name, value, why: "" });
        }
    }

    /// The days since and until which, the first by what `F` says of it. Where none lies between them, neither narrows.
    pub fn span<F: FromStr + fmt::Display>(&mut self, day: impl Fn(&F) -> Day) -> (Option<F>, Option<Day>) {
        let (since, until) = (self.take::<F>("since"), self.take::<Day>("until"));
        match (since, until) {
            (Some(since), Some(until)) if until < day(&since) => {
                let value = format!("{since}&until={until}");
                self.unread.push(Unread { name: "since".into(), value, why: "it ends before it begins" });
                (None, None)
            }
            span => span,
        }
    }

    /// The text under a name.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.raw(name)?;
        if value.chars().count() > LONGEST || value.contains('\0') {
            return self.could_not_read(name, value);
        }
        Some(value.trim().to_owned())
    }

    /// Whether a box of this name was checked.
    pub fn is_set(&mut self, name: &str) -> bool {
        match self.raw(name) {
            Some(value) if value == "yes" => true,
            Some(value) => self.could_not_read::<()>(name, value).is_some(),
            None => false,
        }
    }

    /// What could not be read, with whatever nobody asked for.
    pub fn left(self) -> Vec<Unread> {
        let Self { pairs, mut unread } = self;
        let others = pairs.into_iter().filter(|(name, _)| !NOT_OURS.contains(&name.as_str()));
        unread.extend(others.map(|(name, value)| Unread { name, value, why: "" }));
        unread
    }

    fn raw(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(one, _)| one == name)?;
        Some(self.pairs.remove(at).1)
    }

    fn could_not_read<T>(&mut self, name: &str, value: String) -> Option<T> {
        self.unread.push(Unread { name: name.to_owned(), value, why: "" });
        None
    }
}

impl fmt::Display for Unread {
    /// The beginning of it, for an address can be long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = format!("{}={}", self.name, self.value).replace('\0', "\u{fffd}");
        match pair.char_indices().nth(80) {
            Some((end, _)) => write!(f, "{}…", &pair[..end])?,
            None => f.write_str(&pair)?,
        }
        if self.why.is_empty() { Ok(()) } else { write!(f, ": {}", self.why) }
    }
}
