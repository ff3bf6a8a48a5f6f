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
    /// From where, and how long after they had proved who they are, as far as it is known.
    pub from: Option<String>,
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
        let from = whence(&entry);
        Self {
            seq: entry.seq,
            at: entry.at,
            by: entry.by,
            from,
            permission: entry.permission,
            sentence,
            page,
        }
    }
}

#[cfg(feature = "ssr")]
fn whence(entry: &portal::audit::Entry) -> Option<String> {
    let minutes = entry.proven_at.map(|proven_at| (entry.at - proven_at).num_minutes());
    let proven = minutes.map(|minutes| match minutes {
        ..60 => format!("proved {} min before", minutes.max(0)),
        _ => format!("proved {} h before", minutes / 60),
    });
    let told: Vec<_> = entry.address.iter().cloned().chain(proven).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use portal::audit::{Entry, Event};

    #[test]
    fn an_entry_tells_from_where_and_how_well_they_were_known() {
        let at = DateTime::from_timestamp(1_780_272_000, 0).expect("it is in reach");
        let told = |address: Option<&str>, before: Option<TimeDelta>| {
            let (address, proven_at) = (address.map(str::to_owned), before.map(|before| at - before));
            let event = Event::Refused { on: "everything".into() };
            super::whence(&Entry {
                seq: 1,
                at,
                by: "ann".into(),
                permission: "x".into(),
                address,
                proven_at,
                event,
            })
        };
        assert_eq!(told(None, None), None);
        assert_eq!(told(Some("10.8.0.17"), None).as_deref(), Some("10.8.0.17"));
        let both = told(Some("10.8.0.17"), Some(TimeDelta::seconds(200)));
        assert_eq!(both.as_deref(), Some("10.8.0.17, proved 3 min before"));
        assert_eq!(told(None, Some(TimeDelta::minutes(150))).as_deref(), Some("proved 2 h before"));
    }
}
