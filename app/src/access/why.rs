//! The page that answers why somebody may do something, or may not.

use leptos::prelude::*;
use portal::{
    Actor, Environment, Id, Permission, Person, Scope,
    identity::{Source, Why},
};
use strum::VariantArray;

use super::{granted, placed, places, tabs, written};
use crate::{
    ui::{Callout, Card, CardBody, PageHead, Select},
    written::Written,
};

/// What is asked, as far as it was.
#[derive(Default)]
pub struct Asked {
    pub person: Option<Id<Person>>,
    pub permission: Option<Permission>,
    pub scope: Option<Scope>,
}

/// What the page shows.
pub struct WhyPage {
    pub asked: Asked,
    /// Whom one may ask about, by id and name.
    pub people: Vec<(String, String)>,
    pub environments: Vec<Environment>,
    pub owners: Vec<String>,
    /// The policies, by id and package.
    pub policies: Vec<(String, String)>,
    pub answer: Option<Why>,
}

pub fn why_page(actor: &Actor, shown: WhyPage) -> Written {
    let looks = actor.clone();
    Written::of(move || {
        let WhyPage { asked, people, environments, owners, policies, answer } = shown;
        let permissions = Permission::VARIANTS.iter().map(|one| (one.to_string(), one.to_string())).collect();
        let of_policies =
            policies.iter().map(|(id, package)| (format!("policy:{id}"), format!("for {package}")));
        let places: Vec<_> = places(&environments, &owners).into_iter().chain(of_policies).collect();
        let chosen = asked.person.map(|id| id.to_string()).unwrap_or_default();
        let permission = asked.permission.map(|one| one.to_string()).unwrap_or_default();
        let scope = asked.scope.as_ref().map(written).unwrap_or_default();
        view! {
            <PageHead title="Why can they?"/>
            {tabs(&looks, "/access/why")}
            <div class="stack">
                <Card title="Ask">
                    <CardBody>
                        <form method="get" action="/access/why" class="stack readable">
                            <Select name="person" label="Who" options=people chosen=chosen/>
                            <Select name="permission" label="May do what" options=permissions chosen=permission/>
                            <Select name="scope" label="Where" options=places chosen=scope/>
                            <div class="button-row"><button type="submit" class="button primary">"Ask"</button></div>
                        </form>
                    </CardBody>
                </Card>
                {answer.map(|why| told(why, &policies))}
            </div>
        }
        .into_any()
    })
}

fn told(why: Why, policies: &[(String, String)]) -> impl IntoView + use<> {
    let Why { who, disabled, permission, scope, may, by, elsewhere, roles } = why;
    let place = match &scope {
        Scope::Policy(id) => {
            let package = policies.iter().find(|(known, _)| *known == id.to_string());
            package.map_or_else(|| placed(&scope), |(_, package)| format!("for {package}"))
        }
        scope => placed(scope),
    };
    let (tone, icon, word) = if may { ("good", "approved", "may") } else { ("bad", "denied", "may not") };
    let by_none = by.is_empty();
    let because = by.into_iter().map(|source| view! { <li>{sourced(&source)}</li> }).collect_view();
    let elsewhere: Vec<_> = elsewhere.iter().map(sourced).collect();
    let roles: Vec<_> = roles.iter().map(ToString::to_string).collect();
    let roles = if roles.is_empty() { "no role: it is a job’s".to_owned() } else { roles.join(", ") };
    view! {
        <Card title="Answer">
            <CardBody>
                <Callout tone icon>
                    <p><strong><bdi>{who.name}</bdi>" "{word}</strong>" do "<code>{permission.to_string()}</code>" "{place}"."</p>
                </Callout>
                {disabled.then(|| view! { <p>"An admin has disabled them: they may nothing at all."</p> })}
                {if by_none {
                    view! { <p>"Nothing that they were granted allows it there."</p> }.into_any()
                } else {
                    view! { <p>"It is allowed by:"</p><ul>{because}</ul> }.into_any()
                }}
                {(!elsewhere.is_empty()).then(|| view! { <p>{format!("It is allowed to them elsewhere: {}.", elsewhere.join("; "))}</p> })}
                <p class="muted">{format!("Allowed to: {roles}.")}</p>
            </CardBody>
        </Card>
    }
}

fn sourced(source: &Source) -> String {
    match &source.group {
        Some(group) => format!("{}, by the group {group}", granted(&source.grant)),
        None => format!("{}, granted by hand", granted(&source.grant)),
    }
}

#[cfg(test)]
mod tests {
    use portal::{
        Actor, Environment, Id, Permission, Scope,
        access::{Grant, Role},
        identity::{Source, Who, Why},
    };

    use super::{Asked, WhyPage, why_page};

    fn page(may: bool) -> String {
        let scope = Scope::Environment(Environment::staging());
        let source =
            Source { grant: Grant { role: Role::Operator, scope: scope.clone() }, group: Some("ops".into()) };
        let why = Why {
            who: Who { id: Id::from(uuid::Uuid::from_u128(7)), name: "Otto <O>".into() },
            disabled: false,
            permission: Permission::RollBackRelease,
            scope,
            may,
            by: if may { vec![source] } else { vec![] },
            elsewhere: vec![],
            roles: vec![Role::Author, Role::Operator],
        };
        let shown = WhyPage {
            asked: Asked::default(),
            people: vec![],
            environments: vec![],
            owners: vec![],
            policies: vec![],
            answer: Some(why),
        };
        why_page(&Actor::Anonymous, shown).html
    }

    #[test]
    fn it_says_by_which_grant_and_by_which_group() {
        let may = page(true);
        for part in
            ["Otto &lt;O", "release.roll_back", "operator in staging, by the group ops", "author, operator"]
        {
            assert!(may.contains(part), "{part} is missing in {may}");
        }
        assert!(page(false).contains("Nothing that they were granted allows it there."));
    }
}
