use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// How many rows a page of a list has.
pub const SIZE: usize = 50;
/// Beyond so many hits a list is not counted on: nobody reads so far, and counting a million costs more than all
/// the rest of the page.
pub const COUNTED: i64 = 1000;
/// Rows that a list is exported with at most: what is longer is narrowed first, so that a file is never a part of
/// what it says it is.
pub const EXPORTED: i64 = 50_000;
/// Characters of the id in a mark.
const LONGEST_ID: usize = 200;

/// Where a page of a list begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    #[default]
    Head,
    /// With the row that comes after this place.
    After(Mark),
    /// It ends with the row that comes before this place.
    Before(Mark),
}

/// A row's place in the order of its list: what it is sorted by, and what tells rows apart that are equal in that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mark {
    pub key: i64,
    pub id: String,
}

/// A page of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// The mark before which the page above it ends, where there is one.
    pub before: Option<Mark>,
    /// The mark after which the page below it begins, where there is one.
    pub after: Option<Mark>,
}

/// How many rows there are over all pages, as far as they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits(pub u32);

impl Start {
    pub fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }

    pub fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Head => None,
            Self::After(mark) | Self::Before(mark) => Some(mark),
        }
    }
}

impl Mark {
    /// Of a list whose rows are numbered.
    pub fn number(key: i64) -> Self {
        Self { key, id: String::new() }
    }

    pub fn moment(at: DateTime<Utc>, id: impl Into<String>) -> Self {
        Self { key: at.timestamp_micros(), id: id.into() }
    }

    /// The moment that it stands at; one that somebody made up stands at some moment or other.
    pub fn at(&self) -> DateTime<Utc> {
        // Postgres and chrono begin and end their time in different years.
        let at = DateTime::from_timestamp_micros(self.key).filter(|at| (1..=9999).contains(&at.year()));
        at.unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id.as_str() {
            "" => write!(f, "{}", self.key),
            id => write!(f, "{}.{id}", self.key),
        }
    }
}

impl FromStr for Mark {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (key, id) = text.split_once('.').unwrap_or((text, ""));
        let key = key.parse().ok().filter(|_| id.len() <= LONGEST_ID && !id.contains('\0'));
        let mark = key.map(|key| Self { key, id: id.to_owned() });
        mark.ok_or_else(|| Invalid::new("mark", "is not one that a list was given out with"))
    }
}

impl TryFrom<String> for Mark {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> Self {
        mark.to_string()
    }
}

impl<T> Page<T> {
    /// Out of the rows that were found from `start` on, in the direction in which that goes: `size` of them, and
    /// one more where there are more.
    pub fn of(mut found: Vec<T>, start: &Start, size: usize, mark: impl Fn(&T) -> Mark) -> Self {
        let more = found.len() > size;
        found.truncate(size);
        let (above, below) = match start {
            Start::Head => (false, more),
            Start::After(_) => (true, more),
            Start::Before(_) => (more, true),
        };
        if start.is_backwards() {
            found.reverse();
        }
        let before = found.first().filter(|_| above).map(&mark);
        let after = found.last().filter(|_| below).map(&mark);
        Self { rows: found, before, after }
    }

    /// The same page, each row told otherwise.
    pub fn map<U>(self, told: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(told).collect(), before: self.before, after: self.after }
    }

    /// A list that is short enough to be told whole.
    pub fn whole(rows: Vec<T>) -> Self {
        Self { rows, before: None, after: None }
    }
}

impl Hits {
    /// Out of a count that went no further than one beyond [`COUNTED`].
    pub fn counted(count: i64) -> Self {
        Self(u32::try_from(count).unwrap_or_default())
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if i64::from(self.0) > COUNTED { f.write_str("more than 1,000") } else { write!(f, "{}", self.0) }
    }
}
