//! Lists: what an address asks of one, and a page of the answer.
//!
//! The query of a list's address narrows it, sorts it, and says where the page begins. So a list can be sent to
//! somebody else, kept as a view, exported, and come back to.
//!
//! Invariant: what an address says wrongly narrows nothing, and is told.
//! Invariant: a page begins at a mark, which is a row's place in the order: rows that come meanwhile move none of
//! it and leave none out.

#[cfg(feature = "backend")]
use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

mod day;
mod page;
mod query;
#[cfg(test)]
mod tests;

pub use day::{Day, Since};
pub use page::{COUNTED, EXPORTED, Hits, Mark, Page, SIZE, Start};
pub use query::{NOT_EXPORTED, Query, Unread};

/// The lists that there are, as addresses, saved views and the audit name them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum List {
    Exceptions,
    Policies,
    Versions,
    Changesets,
    Releases,
    Audit,
    Decisions,
}

/// What a list is narrowed to.
pub trait Filter: Clone + Default + PartialEq {
    fn read(query: &mut Query) -> Self;
    /// What stands in the address for it: of what narrows nothing, nothing.
    fn pairs(&self) -> Vec<(&'static str, String)>;
}

/// The order of a list, by the name that it has in an address.
pub trait Sort: Copy + Default + PartialEq + std::str::FromStr + std::fmt::Display {}
impl<S: Copy + Default + PartialEq + std::str::FromStr + std::fmt::Display> Sort for S {}

/// The order of whatever is only told by when it came.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
pub enum ByTime {
    #[default]
    #[serde(rename = "-time")]
    #[strum(serialize = "-time")]
    Newest,
    #[serde(rename = "time")]
    #[strum(serialize = "time")]
    Oldest,
}

/// What is asked of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question<F, S> {
    pub filter: F,
    pub sort: S,
    pub start: Start,
}

impl<F: Filter, S: Sort> Question<F, S> {
    /// What the query of an address asks, and what of it could not be read.
    pub fn read(query: &str) -> (Self, Vec<Unread>) {
        Self::read_from(Query::of(query))
    }

    /// The same of a query that was looked at already.
    pub fn read_from(mut query: Query) -> (Self, Vec<Unread>) {
        let filter = F::read(&mut query);
        let sort = query.take("sort").unwrap_or_default();
        let start = match (query.take("after"), query.take("before")) {
            (Some(mark), _) => Start::After(mark),
            (None, Some(mark)) => Start::Before(mark),
            (None, None) => Start::Head,
        };
        (Self { filter, sort, start }, query.left())
    }

    /// The query of the address that asks this: what [`read`](Self::read) reads.
    pub fn query(&self) -> String {
        let mut pairs = self.filter.pairs();
        if self.sort != S::default() {
            pairs.push(("sort", self.sort.to_string()));
        }
        match &self.start {
            Start::Head => {}
            Start::After(mark) => pairs.push(("after", mark.to_string())),
            Start::Before(mark) => pairs.push(("before", mark.to_string())),
        }
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// The address of the list at `path` that asks this.
    pub fn address(&self, path: &str) -> String {
        let query = self.query();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    pub fn is_narrowed(&self) -> bool {
        self.filter != F::default()
    }

    /// The same list in another order, from its head.
    pub fn sorted(&self, sort: S) -> Self {
        Self { filter: self.filter.clone(), sort, start: Start::Head }
    }

    /// Another page of the same list.
    pub fn at(&self, start: Start) -> Self {
        Self { start, ..self.clone() }
    }

    /// The same list from its head, less one of the things that narrow it.
    pub fn without(&self, name: &str) -> Self {
        let left = self.filter.pairs().into_iter().filter(|(one, _)| *one != name);
        let mut query = Query::of_pairs(left.map(|(name, value)| (name.to_owned(), value)).collect());
        Self { filter: F::read(&mut query), sort: self.sort, start: Start::Head }
    }
}

#[cfg(feature = "backend")]
impl ByTime {
    /// Whether a page that begins like this is fetched from the newest to the oldest.
    pub(crate) fn falls(self, start: &Start) -> bool {
        (self == Self::Newest) != start.is_backwards()
    }
}

/// How many rows leave the portal, out of a count that went no further than one beyond [`EXPORTED`].
#[cfg(feature = "backend")]
pub(crate) fn exportable(count: i64) -> crate::Result<u32> {
    if count > EXPORTED {
        let told = format!("asks for more than {EXPORTED} rows; narrow the list first");
        return Err(crate::Invalid::new("query", told).into());
    }
    Ok(u32::try_from(count).unwrap_or_default())
}

/// The moments between which all lies from then on and to the end of that day, the second of them not included.
#[cfg(feature = "backend")]
pub(crate) fn between(
    since: Option<Since>,
    until: Option<Day>,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let after = until.and_then(|day| day.0.checked_add_days(Days::new(1)));
    (since.map(Since::begin), after.map(|day| Day(day).begin()))
}
