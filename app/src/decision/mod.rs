//! Decisions on the screen: what either engine answered, and one answer with what it was made of.

#[cfg(feature = "ssr")]
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use portal::decision::{Detail, Judged, Outcome};
#[cfg(feature = "ssr")]
use portal::list::Since;

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{Problem, list::Listed, sent::Sent, ui::State};

mod list;
mod one;
#[cfg(feature = "ssr")]
mod told;

pub use list::*;
pub use one::*;

/// `query` is the query of the list's address.
#[server(endpoint = "decision/list")]
pub async fn list_decisions(#[server(default)] query: String) -> Result<Sent<Listed<Judged>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::list(&portal, &actor, &query).await)
}

#[server(endpoint = "decision/show")]
pub async fn show_decision(id: String) -> Result<Sent<Detail>, Problem> {
    let (portal, actor) = caller();
    answer_page(portal::decision::show(&portal, &actor, &id).await)
}

/// The address of the list of what came to this from then on; of all of it where no outcome is named.
#[cfg(feature = "ssr")]
pub(crate) fn address(outcome: Option<Outcome>, since: DateTime<Utc>) -> String {
    let outcome = outcome.map(|outcome| format!("outcome={outcome}&")).unwrap_or_default();
    format!("/decisions?{outcome}since={}", Since::Moment(since))
}

/// The address of a decision's own page. Its id is whatever OPA calls it.
pub(crate) fn page(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let escaped = id
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect::<String>();
    format!("/decisions/{escaped}")
}

/// An outcome as a state: its name and its word.
fn stands(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Error => ("error", "Error"),
        Outcome::Denied => ("denied", "Denied"),
        Outcome::Exempted => ("exempted", "Exempted"),
        Outcome::Advice => ("advice", "Advice"),
        Outcome::Allowed => ("allowed", "Allowed"),
        Outcome::Undefined => ("undefined", "Undefined"),
        Outcome::Other => ("skipped", "No verdict"),
    }
}

#[component]
fn OutcomeState(outcome: Outcome, #[prop(optional)] filled: bool) -> impl IntoView {
    let (state, word) = stands(outcome);
    view! { <State state filled>{word}</State> }
}

/// How long it took, as in `0.9 ms`.
fn took(nanoseconds: u64) -> String {
    let tenths = nanoseconds.saturating_add(50_000) / 100_000;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// What a decision is about, or else where it was asked.
fn subject(judged: &Judged) -> String {
    judged.subject.clone().unwrap_or_else(|| judged.line.path.clone())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use portal::{
        decision::{Filter, Outcome},
        list::{ByTime, Question, Since},
    };

    use super::{address, page, took};

    #[test]
    fn an_address_asks_for_what_it_was_made_of() {
        let since = DateTime::UNIX_EPOCH + TimeDelta::seconds(90);
        let to = address(Some(Outcome::Denied), since);
        assert_eq!(to, "/decisions?outcome=denied&since=1970-01-01T00:01:30Z");
        let (_, query) = to.split_once('?').expect("it has a query");
        let (asked, unread) = Question::<Filter, ByTime>::read(query);
        let filter =
            Filter { outcome: Some(Outcome::Denied), since: Some(Since::Moment(since)), ..Filter::default() };
        assert_eq!((asked.filter, unread.len()), (filter, 0));
    }

    #[test]
    fn an_id_of_any_kind_has_an_address() {
        assert_eq!(page("5f0c7c1e-6a0b"), "/decisions/5f0c7c1e-6a0b");
        assert_eq!(page("a/b?c é"), "/decisions/a%2Fb%3Fc%20%C3%A9");
    }

    #[test]
    fn a_time_is_told_in_milliseconds() {
        assert_eq!((took(912_345), took(12_000_000)), ("0.9 ms".to_owned(), "12.0 ms".to_owned()));
    }
}
