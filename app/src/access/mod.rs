//! Who may do what, and by which right: people and groups, tokens, the answer to *why*, and the review. Pages of plain
//! forms, whose main part the server alone writes.

use leptos::prelude::*;
use portal::{Actor, Environment, Permission, Scope, access::Grant};

use crate::{
    Kept,
    act::to_field,
    ui::{Callout, Tab, Tabs, welcome_back},
};

mod people;
mod review;
mod tokens;
mod why;

pub use people::{PeoplePage, people_page};
pub use review::{CONFIRM, REMOVE, ReviewPage, SHOWN, review_page};
pub use tokens::{EVERYWHERE, FRESH, NOBODY, TokensPage, tokens_page};
pub use why::{Asked, WhyPage, why_page};

/// The pages of access, as far as whoever looks may see them.
fn tabs(actor: &Actor, here: &'static str) -> impl IntoView + use<> {
    let sees_people = actor.may(Permission::SeePerson, &Scope::Portal);
    let all = [
        ("People and groups", "/access", sees_people),
        ("Tokens", "/access/tokens", true),
        ("Why can they?", "/access/why", sees_people),
        ("Review", "/access/review", sees_people),
    ];
    let seen: Vec<Tab> = all
        .into_iter()
        .filter(|&(_, _, seen)| seen)
        .map(|(title, path, _)| Tab {
            title: title.into(),
            href: path.into(),
            count: None,
            current: path == here,
        })
        .collect();
    (seen.len() > 1).then(|| view! { <Tabs label="Access" tabs=seen/> })
}

/// A grant in words.
fn granted(Grant { role, scope }: &Grant) -> String {
    format!("{role}{}", within(scope))
}

/// Where something holds, after its name; nothing where it holds everywhere.
pub(crate) fn within(scope: &Scope) -> String {
    match scope {
        Scope::Portal => String::new(),
        Scope::Policy(policy) => format!(" for the policy {policy}"),
        Scope::Owner(owner) => format!(" for policies of {owner}"),
        Scope::Environment(environment) => format!(" in {environment}"),
    }
}

/// A scope as a form sends it.
fn written(scope: &Scope) -> String {
    match scope {
        Scope::Portal => "portal".into(),
        Scope::Policy(policy) => format!("policy:{policy}"),
        Scope::Owner(owner) => format!("owner:{owner}"),
        Scope::Environment(environment) => format!("environment:{environment}"),
    }
}

/// The same read again; none where it is none.
pub fn scope_written(text: &str) -> Option<Scope> {
    match text.split_once(':') {
        None if text == "portal" => Some(Scope::Portal),
        Some(("policy", policy)) => Some(Scope::Policy(policy.parse().ok()?)),
        Some(("owner", owner)) if !owner.trim().is_empty() => Some(Scope::Owner(owner.trim().to_owned())),
        Some(("environment", environment)) => Some(Scope::Environment(environment.parse().ok()?)),
        _ => None,
    }
}

/// Where a grant may hold, by name: everywhere, in an environment, or for the policies of an owner.
fn places(environments: &[Environment], owners: &[String]) -> Vec<(String, String)> {
    let environments = environments.iter().cloned().map(Scope::Environment);
    let owners = owners.iter().cloned().map(Scope::Owner);
    let all = [Scope::Portal].into_iter().chain(environments).chain(owners);
    all.map(|scope| (written(&scope), placed(&scope))).collect()
}

fn placed(scope: &Scope) -> String {
    match scope {
        Scope::Portal => "everywhere".into(),
        scope => within(scope).trim_start().to_owned(),
    }
}

/// What is wrong with a field of a form that came back.
fn fault(kept: Option<&Kept>, field: &'static str) -> Signal<Option<String>> {
    Signal::stored(kept.and_then(|kept| kept.not_done()).and_then(|problem| problem.of_field(field)))
}

/// Says why a form came back: nothing of it was done. Leads to the field at fault if it is one of these; `stands` where
/// what was typed stands on this page again.
fn came_back(kept: Option<&Kept>, stands: bool, fields: &[&str]) -> impl IntoView + use<> {
    let waits = kept
        .is_some_and(Kept::waits)
        .then(|| if stands { welcome_back().into_any() } else { press_again().into_any() });
    let told = kept.and_then(Kept::not_done).map(|problem| {
        let way_on = problem.field().filter(|field| fields.contains(field)).and_then(|_| to_field(problem));
        (problem.to_string(), way_on)
    });
    let told = told.map(|(text, way_on)| {
        view! {
            <Callout tone="bad" icon="denied" live=true>
                <p><strong>"Not done: "</strong>{text}"."</p>
                {way_on}
            </Callout>
        }
    });
    view! { {waits}{told} }
}

fn press_again() -> impl IntoView {
    view! {
        <Callout tone="caution" icon="warning" live=true>
            <p>
                <strong>"Not done: "</strong>
                "you had to sign in first. Ask for it again, if it is yours to ask."
            </p>
        </Callout>
    }
}

#[cfg(test)]
mod tests {
    use portal::{Environment, Id, Scope};

    use super::{places, scope_written, written};

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let policy = Scope::Policy(Id::from(uuid::Uuid::from_u128(7)));
        let owner = Scope::Owner("team: payments".into());
        for scope in [Scope::Portal, policy, owner, Scope::Environment(Environment::staging())] {
            assert_eq!(scope_written(&written(&scope)), Some(scope));
        }
        for none in ["", "portal:", "policy", "policy:x", "owner: ", "environment:no/such name"] {
            assert_eq!(scope_written(none), None, "{none}");
        }
    }

    #[test]
    fn a_grant_may_hold_everywhere_in_an_environment_or_for_an_owner() {
        let words: Vec<_> = places(&[Environment::staging()], &["payments".to_owned()]);
        let words: Vec<_> = words.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["everywhere", "in staging", "for policies of payments"]);
    }
}
