//! The page on which admins see who is here and by which right, keep somebody out, and say what groups are granted.

use http::request::Parts;
use leptos::prelude::*;
use portal::{
    Actor, Environment, Scope,
    access::{Grant, Role},
    identity::{Enrolled, GroupRole, Mapped},
};
use strum::VariantArray;

use crate::{
    audit::within,
    document::framed,
    ui::{Badge, Card, CardBody, DataTable, EmptyState, Input, PageHead, Select, absolute, counted},
};

/// What the page shows.
pub struct PeoplePage {
    pub people: Vec<Enrolled>,
    pub groups: Vec<Mapped>,
    pub environments: Vec<Environment>,
    /// Whether there are more people after these.
    pub more: bool,
    /// Whether whoever looks may change any of it.
    pub manages: bool,
}

pub fn people_page(parts: Parts, actor: &Actor, shown: PeoplePage) -> String {
    framed(parts, Some(actor), "People and groups", move || {
        let PeoplePage { people, groups, environments, more, manages } = shown;
        let next = people.last().filter(|_| more).map(|last| format!("/people?after={}", last.id));
        let next = next.map(|href| view! { <p><a href=href>"More people"</a></p> });
        let form = manages.then(|| map_form(environments));
        view! {
            <PageHead title="People and groups"/>
            <div class="stack">
            <Card title="People">
                <DataTable
                    caption="People"
                    columns=vec![("Person", ""), ("Roles", ""), ("Groups", "p1"), ("Sessions", "end"), ("Action", "")]
                    picks=None
                >
                    {people.into_iter().map(|person| person_row(person, manages)).collect_view()}
                </DataTable>
                {next}
            </Card>
            <Card title="What groups are granted">
                {granted_to(groups, manages)}
                {form}
            </Card>
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
    let Enrolled { id, name, email, groups, grants, disabled_at, sessions, .. } = person;
    let disabled = disabled_at.map(|at| format!("Disabled since {}", absolute(at)));
    let (act, word) = if disabled.is_some() { ("enable", "Enable") } else { ("disable", "Disable") };
    let label = format!("{word} {name}");
    let end_label = format!("End sessions of {name}");
    let end = (sessions > 0).then(|| button("end", "End sessions", end_label));
    let acts = manages.then(|| {
        view! {
            <form method="post" action="/people">
                <input type="hidden" name="person" value=id.to_string()/>
                <div class="button-row">{end}{button(act, word, label)}</div>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <bdi>{name}</bdi>
                {email.map(|email| view! { <br/><small class="muted"><bdi>{email}</bdi></small> })}
                {disabled.map(|disabled| view! { <br/><Badge tone="caution">{disabled}</Badge> })}
            </th>
            <td>{grants.iter().map(granted).collect::<Vec<_>>().join(", ")}</td>
            <td class="p1">{groups.join(", ")}</td>
            <td class="end">{sessions}</td>
            <td>{acts}</td>
        </tr>
    }
}

fn button(act: &'static str, word: &'static str, label: String) -> impl IntoView {
    view! { <button type="submit" class="button small" name="act" value=act aria-label=label>{word}</button> }
}

fn granted(grant: &Grant) -> String {
    format!("{}{}", grant.role, within(&grant.scope))
}

fn group_row(mapped: Mapped, manages: bool) -> impl IntoView {
    let Mapped { grant: GroupRole { group, role, scope }, people } = mapped;
    let label = format!("Remove {role} from {group}");
    let fields = [("group", group.clone()), ("role", role.to_string()), ("scope", written(&scope))];
    let hidden = fields.map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let acts = manages.then(|| {
        view! {
            <form method="post" action="/people">
                {hidden.into_iter().collect_view()}
                {button("unmap", "Remove", label)}
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row"><bdi>{group}</bdi></th>
            <td>{format!("{role}{}", within(&scope))}</td>
            <td class="p1">{counted(usize::try_from(people).unwrap_or_default(), "person")}</td>
            <td class="end">{acts}</td>
        </tr>
    }
}

fn map_form(environments: Vec<Environment>) -> impl IntoView {
    let roles = Role::VARIANTS.iter().map(|role| (role.to_string(), role.to_string())).collect();
    let everywhere = (written(&Scope::Portal), "everywhere".to_owned());
    let within = environments.into_iter().map(|environment| {
        let word = format!("in {environment}");
        (written(&Scope::Environment(environment)), word)
    });
    let scopes = [everywhere].into_iter().chain(within).collect();
    view! {
        <CardBody>
            <form method="post" action="/people" class="stack readable">
                <Input name="group" label="Group, as the provider writes it"/>
                <Select name="role" label="Role" options=roles/>
                <Select name="scope" label="Where" options=scopes/>
                <div class="button-row">
                    <button type="submit" class="button primary" name="act" value="map">"Grant"</button>
                </div>
            </form>
        </CardBody>
    }
}

/// A scope as a form sends it.
fn written(scope: &Scope) -> String {
    match scope {
        Scope::Portal => "portal".into(),
        Scope::Policy(policy) => format!("policy:{policy}"),
        Scope::Environment(environment) => format!("environment:{environment}"),
    }
}

/// The same read again; none where it is none.
pub fn scope_written(text: &str) -> Option<Scope> {
    match text.split_once(':') {
        None if text == "portal" => Some(Scope::Portal),
        Some(("policy", policy)) => Some(Scope::Policy(policy.parse().ok()?)),
        Some(("environment", environment)) => Some(Scope::Environment(environment.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use portal::{
        Actor, Environment, Id, Scope,
        access::{Grant, Role},
        identity::{Enrolled, GroupRole, Mapped},
    };

    use super::{PeoplePage, people_page, scope_written, written};

    fn page(manages: bool) -> String {
        let (parts, ()) = http::Request::new(()).into_parts();
        let scope = Scope::Environment(Environment::staging());
        let ann = Enrolled {
            id: Id::from(uuid::Uuid::from_u128(7)),
            name: "Ann <Lee>".into(),
            email: Some("ann@example.com".into()),
            subject: None,
            groups: vec!["ops".into()],
            grants: vec![Grant { role: Role::Operator, scope: scope.clone() }],
            disabled_at: None,
            sessions: 2,
        };
        let grant = GroupRole { group: "ops \"1\"".into(), role: Role::Operator, scope };
        let groups = vec![Mapped { grant, people: 1 }];
        let environments = vec![Environment::staging()];
        people_page(
            parts,
            &Actor::Anonymous,
            PeoplePage { people: vec![ann], groups, environments, more: false, manages },
        )
    }

    #[test]
    fn it_shows_who_holds_what_by_which_group_and_only_admins_a_way_to_change_it() {
        let auditor = page(false);
        for part in ["Ann &lt;Lee", "ann@example.com", "operator in staging", "1 person"] {
            assert!(auditor.contains(part), "{part} is missing in {auditor}");
        }
        assert!(!auditor.contains("<form"), "{auditor}");
        let admin = page(true);
        for act in ["end", "disable", "unmap", "map"] {
            assert!(admin.contains(&format!(r#"value="{act}""#)), "{act} is missing in {admin}");
        }
    }

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let policy = Scope::Policy(Id::from(uuid::Uuid::from_u128(7)));
        for scope in [Scope::Portal, policy, Scope::Environment(Environment::staging())] {
            assert_eq!(scope_written(&written(&scope)), Some(scope));
        }
        for none in ["", "portal:", "policy", "policy:x", "environment:no/such name"] {
            assert_eq!(scope_written(none), None, "{none}");
        }
    }
}
