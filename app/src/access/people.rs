//! The page on which admins see who is here and by which right, grant, and keep somebody out.

use leptos::{context::Provider, prelude::*};
use portal::{
    Actor, Environment,
    access::{Grant, Role},
    identity::{Enrolled, GroupRole, Mapped},
};
use strum::VariantArray;

use super::{came_back, fault, granted, places, tabs, within, written};
use crate::{
    Kept,
    ui::{
        Badge, Card, CardBody, DataTable, EmptyState, Input, PageHead, Select, absolute, counted, not_read,
    },
    written::Written,
};

/// What the page shows.
pub struct PeoplePage {
    pub people: Vec<Enrolled>,
    pub groups: Vec<Mapped>,
    pub environments: Vec<Environment>,
    /// Owners that policies name in their METADATA.
    pub owners: Vec<String>,
    /// Whether there are more people after these.
    pub more: bool,
    /// What of the address could not be read.
    pub unread: Vec<String>,
    /// Whether whoever looks may change any of it.
    pub manages: bool,
    /// A form that was not done.
    pub kept: Option<Kept>,
}

pub fn people_page(actor: &Actor, shown: PeoplePage) -> Written {
    let tabs_of = actor.clone();
    Written::of(move || {
        let PeoplePage { people, groups, environments, owners, more, unread, manages, kept } = shown;
        let next = people.last().filter(|_| more).map(|last| format!("/access?after={}", last.id));
        let next =
            next.map(|href| view! { <CardBody><a href=href rel="external">"More people"</a></CardBody> });
        let places = places(&environments, &owners);
        // Nobody is chosen by themselves: a form that came back may speak of somebody who stands on another page.
        let nobody = (String::new(), "Choose somebody".to_owned());
        let all = people.iter().map(|one| (one.id.to_string(), one.name.clone()));
        let named: Vec<_> = [nobody].into_iter().chain(all).collect();
        // Each form has what was typed into it; what came of a button has none.
        let of_group = kept.clone().filter(|kept| kept.asks("map"));
        let of_person = kept.clone().filter(|kept| kept.asks("grant"));
        let in_a_form = manages && (of_group.is_some() || of_person.is_some());
        let told = came_back(
            kept.as_ref(),
            in_a_form,
            &["group", "role", "scope", "person", "their_role", "their_scope"],
        );
        let everywhere = places.clone();
        let forms = manages.then(|| {
            let typed = |kept: &Option<Kept>| kept.as_ref().map(Kept::typed_again).unwrap_or_default();
            view! {
                <Provider value=typed(&of_group)>
                    <Card title="Grant a role to a group" id="grant-group">{map_form(places, of_group.as_ref())}</Card>
                </Provider>
                <Provider value=typed(&of_person)>
                    <Card title="Grant a role to a person" id="grant-person">
                        {grant_form(named, everywhere, of_person.as_ref())}
                    </Card>
                </Provider>
            }
        });
        view! {
            <PageHead title="Access"/>
            {tabs(&tabs_of, "/access")}
            {not_read(unread)}
            <div class="stack">
                {told}
                <Card title="People">
                    <DataTable
                        caption="People"
                        columns=vec![("Person", ""), ("Roles", ""), ("Groups", "p1"), ("Sessions", "end p1"), ("Action", "")]
                        picks=None
                    >
                        {people.into_iter().map(|person| person_row(person, manages)).collect_view()}
                    </DataTable>
                    {next}
                </Card>
                <Card title="What groups are granted">{granted_to(groups, manages)}</Card>
                {forms}
            </div>
        }
        .into_any()
    })
}

fn granted_to(groups: Vec<Mapped>, manages: bool) -> AnyView {
    if groups.is_empty() {
        return view! {
            <EmptyState icon="user" title="No group is granted anything">
                <p>"Whoever comes in by an identity provider holds what their groups are granted here."</p>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <DataTable
            caption="What groups are granted"
            columns=vec![("Group", ""), ("Role", ""), ("People who have it by that", "p1"), ("Action", "end")]
            picks=None
        >
            {groups.into_iter().map(|mapped| group_row(mapped, manages)).collect_view()}
        </DataTable>
    }
    .into_any()
}

fn person_row(person: Enrolled, manages: bool) -> impl IntoView {
    let Enrolled { id, name, email, groups, grants, by_hand, disabled_at, sessions, .. } = person;
    let disabled = disabled_at.map(|at| format!("Disabled since {}", absolute(at)));
    let (act, word) = if disabled.is_some() { ("enable", "Enable") } else { ("disable", "Disable") };
    let label = format!("{word} {name}");
    let end_label = format!("End sessions of {name}");
    let why = format!("/access/why?person={id}");
    let end = (sessions > 0).then(|| button("end", "End sessions", end_label));
    let called = name.clone();
    let held = grants.into_iter().map(|grant| match manages && by_hand.contains(&grant) {
        true => take_form(id.to_string(), name.clone(), &grant).into_any(),
        false => view! { <p>{granted(&grant)}</p> }.into_any(),
    });
    let held = held.collect_view();
    let acts = manages.then(|| {
        view! {
            <form method="post" action="/access">
                <input type="hidden" name="person" value=id.to_string()/>
                <input type="hidden" name="called" value=called/>
                <div class="button-row">{end}{button(act, word, label)}</div>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a href=why><bdi class="name">{name}</bdi></a>
                {email.map(|email| view! { <br/><small class="muted"><bdi class="name">{email}</bdi></small> })}
                {disabled.map(|disabled| view! { <br/><Badge tone="caution">{disabled}</Badge> })}
            </th>
            <td>{held}</td>
            <td class="p1"><span class="name">{groups.join(", ")}</span></td>
            <td class="end p1">{sessions}</td>
            <td>{acts}</td>
        </tr>
    }
}

/// Takes what was given by hand.
fn take_form(person: String, called: String, grant: &Grant) -> impl IntoView + use<> {
    let word = granted(grant);
    let label = format!("Remove {word} from {called}");
    let fields = [
        ("person", person),
        ("called", called),
        ("their_role", grant.role.to_string()),
        ("their_scope", written(&grant.scope)),
    ];
    let hidden = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form method="post" action="/access" class="button-row">
            {hidden.into_iter().collect_view()}
            <span class="name">{word}</span>
            {button("take", "Remove", label)}
        </form>
    }
}

fn button(act: &'static str, word: &'static str, label: String) -> impl IntoView {
    view! { <button type="submit" class="button small" name="act" value=act aria-label=label>{word}</button> }
}

fn group_row(mapped: Mapped, manages: bool) -> impl IntoView {
    let Mapped { grant: GroupRole { group, role, scope }, people } = mapped;
    let label = format!("Remove {role} from {group}");
    let fields = [("group", group.clone()), ("role", role.to_string()), ("scope", written(&scope))];
    let hidden = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let acts = manages.then(|| {
        view! {
            <form method="post" action="/access">
                {hidden.into_iter().collect_view()}
                {button("unmap", "Remove", label)}
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row"><bdi class="name">{group}</bdi></th>
            <td><span class="name">{format!("{role}{}", within(&scope))}</span></td>
            <td class="p1">{counted(usize::try_from(people).unwrap_or_default(), "person")}</td>
            <td class="end">{acts}</td>
        </tr>
    }
}

/// Only one of the two forms comes back; the other's fields have names of their own, as ids do.
fn map_form(places: Vec<(String, String)>, kept: Option<&Kept>) -> impl IntoView + use<> {
    let [group, role, scope] = ["group", "role", "scope"].map(|field| fault(kept, field));
    view! {
        <CardBody>
            <form method="post" action="/access" class="stack readable">
                <Input name="group" label="Group, as the provider writes it" error=group/>
                <Select name="role" label="Role" options=roles() error=role/>
                <Select name="scope" label="Where" options=places error=scope/>
                <div class="button-row">
                    <button type="submit" class="button primary" name="act" value="map">"Grant to the group"</button>
                </div>
            </form>
        </CardBody>
    }
}

fn grant_form(
    people: Vec<(String, String)>,
    places: Vec<(String, String)>,
    kept: Option<&Kept>,
) -> impl IntoView + use<> {
    let [person, role, scope] = ["person", "their_role", "their_scope"].map(|field| fault(kept, field));
    view! {
        <CardBody>
            <form method="post" action="/access" class="stack readable">
                <Select name="person" label="Person" options=people error=person/>
                <Select name="their_role" label="Role" options=roles() error=role/>
                <Select name="their_scope" label="Where" options=places error=scope/>
                <div class="button-row">
                    <button type="submit" class="button primary" name="act" value="grant">"Grant to the person"</button>
                </div>
            </form>
        </CardBody>
    }
}

fn roles() -> Vec<(String, String)> {
    Role::VARIANTS.iter().map(|role| (role.to_string(), role.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use portal::{
        Actor, Environment, Id, Scope,
        access::{Grant, Role},
        identity::{Enrolled, GroupRole, Mapped},
    };

    use super::{PeoplePage, people_page};

    fn page(manages: bool) -> String {
        let scope = Scope::Environment(Environment::staging());
        let ann = Enrolled {
            id: Id::from(uuid::Uuid::from_u128(7)),
            name: "Ann <Lee>".into(),
            email: Some("ann@example.com".into()),
            subject: None,
            groups: vec!["ops".into()],
            grants: vec![Grant { role: Role::Operator, scope: scope.clone() }],
            by_hand: vec![Grant { role: Role::Operator, scope: scope.clone() }],
            disabled_at: None,
            sessions: 2,
        };
        let grant = GroupRole { group: "ops \"1\"".into(), role: Role::Operator, scope };
        let shown = PeoplePage {
            people: vec![ann],
            groups: vec![Mapped { grant, people: 1 }],
            environments: vec![Environment::staging()],
            owners: vec!["payments".into()],
            more: false,
            unread: vec![],
            manages,
            kept: None,
        };
        people_page(&Actor::Anonymous, shown).html
    }

    #[test]
    fn it_shows_who_holds_what_by_which_group_and_only_admins_a_way_to_change_it() {
        let auditor = page(false);
        for part in ["Ann &lt;Lee", "ann@example.com", "operator in staging", "1 person"] {
            assert!(auditor.contains(part), "{part} is missing in {auditor}");
        }
        assert!(!auditor.contains("<form"), "{auditor}");
        let admin = page(true);
        for act in ["end", "disable", "unmap", "map", "grant", "take"] {
            assert!(admin.contains(&format!(r#"value="{act}""#)), "{act} is missing in {admin}");
        }
    }
}
