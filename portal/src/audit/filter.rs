//! What a list of entries is narrowed to.

use serde::{Deserialize, Serialize};

use super::{EventKind, Network};
use crate::list::{Day, Query};

/// By whose hands something was done.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Source {
    /// Somebody who was signed in.
    Person,
    /// A program, with somebody's token or an OPA's.
    Token,
    /// The portal itself.
    Job,
}

/// What a list is narrowed to; all of it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// A part of the actor's name.
    pub by: Option<String>,
    /// An event's kind, such as `exception_approved`.
    pub kind: Option<String>,
    pub source: Option<Source>,
    /// The address from which it was asked for, or the network.
    pub from: Option<Network>,
    /// Words of the event, such as `EXC-001` or `production`.
    pub about: Option<String>,
    /// From this day on.
    pub since: Option<Day>,
    /// To this day, with it.
    pub until: Option<Day>,
}

impl crate::list::Filter for Filter {
    fn read(query: &mut Query) -> Self {
        let (since, until) = query.span(|since: &Day| *since);
        Self {
            by: query.text("by"),
            kind: query.take::<EventKind>("kind").map(|kind| <&str>::from(kind).to_owned()),
            source: query.take("source"),
            from: query.take("from"),
            about: query.text("about"),
            since,
            until,
        }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("by", self.by.clone()),
            ("kind", self.kind.clone()),
            ("source", self.source.map(|source| source.to_string())),
            ("from", self.from.map(|network| network.to_string())),
            ("about", self.about.clone()),
            ("since", self.since.map(|day| day.to_string())),
            ("until", self.until.map(|day| day.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
