//! Exceptions on the screen: asked for, decided, and followed until every OPA knows.

#[cfg(feature = "ssr")]
use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use portal::{Actor, Invalid, Portal};
use portal::{
    Environment, Policy,
    environment::Place,
    exception::{Category, Detail, Exception, Number, Outlook},
};
use serde::{Deserialize, Serialize};

use crate::{Problem, list::Listed, sent::Sent};
#[cfg(feature = "ssr")]
use crate::{
    moment::from_field,
    problem::{answer, answer_page, caller, lead_to},
};

mod bulk;
mod decision;
mod end;
mod list;
mod one;
mod outlook;
mod request;
mod timeline;
#[cfg(feature = "ssr")]
mod told;
mod words;

pub use bulk::*;
pub use list::*;
pub use one::*;
pub use request::*;
pub(crate) use words::{resources, standing};

/// What the request form offers, and what the request would meet that an address speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The policies on which exceptions can act.
    pub policies: Vec<Policy>,
    pub environments: Vec<Place>,
    pub first: Option<Outlook>,
}

/// `query` is the query of the list's address.
#[server(endpoint = "exception/list")]
pub async fn list_exceptions(#[server(default)] query: String) -> Result<Sent<Listed<Exception>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::list(&portal, &actor, &query).await)
}

/// Those of these that whoever looks may see.
#[server(endpoint = "exception/chosen")]
pub async fn chosen_exceptions(
    #[server(default)] numbers: Vec<Number>,
) -> Result<Sent<Vec<Exception>>, Problem> {
    let (portal, actor) = caller();
    answer_page(portal::exception::chosen(&portal, &actor, &numbers).await)
}

/// Each for itself: what is refused of them holds up no other. `typed` is how many can be ended, typed by whoever
/// revokes.
#[server(endpoint = "exception/revoke-some")]
pub async fn revoke_exceptions(
    #[server(default)] numbers: Vec<Number>,
    #[server(default)] reason: String,
    #[server(default)] typed: String,
) -> Result<usize, Problem> {
    let (portal, actor) = caller();
    let chosen = answer(portal::exception::chosen(&portal, &actor, &numbers).await)?;
    let now = portal.now();
    let able = |one: &&Exception| {
        one.in_force(now)
            && actor.may(portal::Permission::DecideException, &portal::Scope::Policy(one.policy))
    };
    let able: Vec<Number> = chosen.iter().filter(able).map(|one| one.number).collect();
    if typed.trim() != able.len().to_string() {
        let told = format!("you can end {} of them; type that number", able.len());
        return answer(Err(Invalid::new("typed", told).into()));
    }
    let told = portal::exception::revoke_all(&portal, &actor, &able, &reason).await;
    let done = told.iter().filter(|(_, told)| told.is_ok()).count();
    // Where not even one was revoked, the first refusal is what there is to say.
    let done = match told.into_iter().find_map(|(_, told)| told.err()) {
        Some(refusal) if done == 0 => Err(refusal),
        _ => Ok(done),
    };
    lead_to(done, |_| bulk::address(&numbers, true))
}

#[server(endpoint = "exception/show")]
pub async fn show_exception(number: String) -> Result<Sent<Detail>, Problem> {
    let (portal, actor) = caller();
    answer_page(match number.parse() {
        Ok(number) => portal::exception::show(&portal, &actor, number).await,
        Err(_) => Err(portal::Error::NotFound("exception".into())),
    })
}

/// `target` and the rest as in [`look_ahead`]: what a link knows already.
#[server(endpoint = "exception/offer")]
pub async fn offer_exception(
    #[server(default)] target: String,
    #[server(default)] resources: String,
    #[server(default)] environments: Vec<String>,
) -> Result<Sent<Offer>, Problem> {
    let (portal, actor) = caller();
    let mut policies = answer(portal::policy::list(&portal, &actor).await)?;
    policies.retain(|policy| policy.excepts && !policy.rules.is_empty());
    // A link may name what is not there: then the form says so when it is sent.
    let first = match target.split_once('/') {
        Some((package, rule)) if !package.is_empty() && !rule.is_empty() => {
            outlook_on(&portal, &actor, &target, &resources, &environments).await.ok()
        }
        _ => None,
    };
    let environments = portal::environment::list(&portal, &actor).await;
    answer_page(environments.map(|environments| Offer { policies, environments, first }))
}

#[cfg(feature = "ssr")]
async fn outlook_on(
    portal: &Portal,
    actor: &Actor,
    target: &str,
    resources: &str,
    environments: &[String],
) -> portal::Result<Outlook> {
    let (package, rule) = target.split_once('/').unwrap_or((target, ""));
    let resources: Vec<String> = resources.lines().map(|name| name.trim().to_owned()).collect();
    let environments: Vec<Environment> = environments.iter().filter_map(|name| name.parse().ok()).collect();
    portal::exception::outlook(portal, actor, package, rule, &resources, &environments).await
}

/// What a request would meet, as far as it is typed: `target` and `resources` as [`request_exception`] takes them.
#[server(endpoint = "exception/look-ahead")]
pub async fn look_ahead(
    target: String,
    #[server(default)] resources: String,
    #[server(default)] environments: Vec<String>,
) -> Result<Outlook, Problem> {
    let (portal, actor) = caller();
    answer(outlook_on(&portal, &actor, &target, &resources, &environments).await)
}

/// When somebody wants it to end: so many days from now, else at a moment in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Empty where a moment is meant.
    #[serde(default)]
    days: String,
    at: String,
}

#[cfg(feature = "ssr")]
impl End {
    fn from(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Invalid> {
        if self.days.is_empty() {
            return from_field("ends_at", &self.at);
        }
        let days = self.days.parse().ok();
        let end = days.and_then(|days: u16| now.checked_add_signed(TimeDelta::days(days.into())));
        end.ok_or_else(|| Invalid::new("ends_at", "takes a number of days, or a date"))
    }
}

/// `target` is a package and a rule, joined by a slash; `resources` one a line.
#[server(endpoint = "exception/request")]
pub async fn request_exception(
    target: String,
    resources: String,
    #[server(default)] environments: Vec<Environment>,
    justification: String,
    ticket: String,
    category: Category,
    end: End,
) -> Result<Exception, Problem> {
    let (portal, actor) = caller();
    let wanted = || {
        let (policy, rule) = target.split_once('/').unwrap_or((&target, ""));
        Ok::<_, portal::Error>(portal::exception::Wanted {
            policy: policy.into(),
            rule: rule.into(),
            resources: resources.lines().map(str::to_owned).collect(),
            environments,
            justification,
            ticket,
            category,
            until: end.from(portal.now())?,
        })
    };
    let requested = match wanted() {
        Ok(wanted) => portal::exception::request(&portal, &actor, wanted).await,
        Err(error) => Err(error),
    };
    lead_to(requested, page_of)
}

/// `seen` is the hash of what the approver was shown.
#[server(endpoint = "exception/approve")]
pub async fn approve_exception(
    number: Number,
    seen: String,
    end: End,
    #[server(default)] comment: String,
) -> Result<Exception, Problem> {
    let (portal, actor) = caller();
    let approved = match end.from(portal.now()) {
        Ok(end) => portal::exception::approve(&portal, &actor, number, &seen, end, &comment).await,
        Err(invalid) => Err(invalid.into()),
    };
    lead_to(approved, page_of)
}

#[server(endpoint = "exception/deny")]
pub async fn deny_exception(number: Number, #[server(default)] reason: String) -> Result<Exception, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::exception::deny(&portal, &actor, number, &reason).await, page_of)
}

#[server(endpoint = "exception/withdraw")]
pub async fn withdraw_exception(number: Number) -> Result<Exception, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::exception::withdraw(&portal, &actor, number).await, page_of)
}

#[server(endpoint = "exception/revoke")]
pub async fn revoke_exception(
    number: Number,
    #[server(default)] reason: String,
) -> Result<Exception, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::exception::revoke(&portal, &actor, number, &reason).await, page_of)
}

/// The address of an exception's own page.
pub(crate) fn page(number: Number) -> String {
    format!("/exceptions/{number}")
}

#[cfg(feature = "ssr")]
fn page_of(exception: &Exception) -> String {
    page(exception.number)
}
