use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// An entry as it is shown. The server tells it: to tell it in the browser, the client would have to know how to
/// read every kind of event, which takes more than all else that it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub by: String,
    pub permission: String,
    /// A sentence without its subject.
    pub sentence: String,
    /// The page of what it is about.
    pub page: Option<String>,
}

impl Told {
    /// The sentence, which leads to what it is about.
    pub(crate) fn linked(self) -> AnyView {
        match self.page {
            Some(page) => view! { <a class="name" href=page>{self.sentence}</a> }.into_any(),
            None => view! { <span class="name">{self.sentence}</span> }.into_any(),
        }
    }
}

#[cfg(feature = "ssr")]
impl From<portal::audit::Entry> for Told {
    fn from(entry: portal::audit::Entry) -> Self {
        let (sentence, page) = super::sentence::of(&entry.event, &entry.permission);
        Self { seq: entry.seq, at: entry.at, by: entry.by, permission: entry.permission, sentence, page }
    }
}
