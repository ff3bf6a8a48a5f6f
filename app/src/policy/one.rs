use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portal::{Policy, Version, policy::InForce};

use super::{PolicyPage, list::engine, show_policy, source::module};
use crate::{
    live,
    page::loaded,
    release::version_page,
    ui::{
        Badge, Badges, Card, CardBody, Column, DataTable, Fact, Facts, PageHead, SeverityBadge,
        VersionNumber, When,
    },
};

/// One policy: its Rego, its tests, how far they reach, its versions, where it is in force.
#[component]
pub fn OnePolicy() -> impl IntoView {
    let package = use_params_map();
    let data = live::load(
        &[live::Kind::Changeset, live::Kind::Release],
        move || package.read().get("package").unwrap_or_default(),
        show_policy,
    );
    loaded(data, |shown, _| view! { <One shown/> })
}

#[component]
fn One(shown: PolicyPage) -> impl IntoView {
    let PolicyPage { policy, modules, approximate, tests, health, in_force, versions } = shown;
    let files: Vec<_> = modules.into_iter().map(|file| module(file, approximate)).collect();
    let holds = versions.into_iter().filter(|version| version.packages.contains(&policy.package)).collect();
    let over = view! {
        <SeverityBadge severity=policy.severity/>
        <Badge>{engine(policy.engine)}</Badge>
        {policy.library.then(|| view! { <Badge>"Library"</Badge> })}
    };
    let meta = view! { <span>{policy.title.clone()}</span> };
    view! {
        <PageHead title=policy.package.clone() over=over.into_any() meta=meta.into_any()/>
        <div class="columns">
            <div class="stack">
                <About policy=policy.clone()/>
                {files}
                {tests.show()}
                <Versions versions=holds/>
            </div>
            <div class="stack stick">
                <WhereInForce in_force/>
                {health.show()}
            </div>
        </div>
    }
}

/// What it is for, and from which of its rules leave can be asked for.
#[component]
fn About(policy: Policy) -> impl IntoView {
    let Policy { package, excepts, .. } = policy.clone();
    let rule = move |rule: String| {
        let ask = format!("/exceptions/new?policy={package}&rule={rule}");
        view! {
            <li class="split">
                <code>{rule}</code>
                {excepts.then(|| view! { <a href=ask>"Request an exception"</a> })}
            </li>
        }
    };
    let rules = policy.rules.into_iter().map(rule).collect_view();
    view! {
        <Card title="What it is for">
            <CardBody>
                <p>{policy.description}</p>
                <Facts>
                    <Fact label="Owner">{policy.owner.unwrap_or_else(|| "nobody named".to_owned())}</Fact>
                    <Fact label="Controls"><Badges words=policy.controls/></Fact>
                    <Fact label="Rules"><ul class="stack tight">{rules}</ul></Fact>
                </Facts>
                {(!policy.excepts && !policy.library).then(plain_denies)}
            </CardBody>
        </Card>
    }
}

fn plain_denies() -> impl IntoView {
    view! { <p class="muted">"It has plain denies and no findings, so exceptions cannot act on it."</p> }
}

const VERSIONS: [Column; 4] = [("Version", ""), ("In force in", ""), ("By", "p1"), ("Built", "end")];

#[component]
fn Versions(versions: Vec<Version>) -> impl IntoView {
    let row = |version: Version| {
        let number = version.number.to_string();
        let href = Some(version_page(version.bundle, &number));
        view! {
            <tr>
                <th scope="row"><VersionNumber number href/></th>
                <td><Badges words=version.in_force.iter().map(ToString::to_string).collect()/></td>
                <td class="p1">{version.by.map_or(portal::policy::PORTAL.to_owned(), |by| by.name)}</td>
                <td class="end"><When at=version.at/></td>
            </tr>
        }
    };
    view! {
        <Card title="Versions that hold it" id="versions">
            <DataTable caption="Versions" columns=VERSIONS.to_vec()>
                {versions.into_iter().map(row).collect_view()}
            </DataTable>
        </Card>
    }
}

#[component]
fn WhereInForce(in_force: Vec<InForce>) -> impl IntoView {
    let line = |place: InForce| {
        view! {
            <dt>{place.environment.to_string()}</dt>
            <dd><VersionNumber number=place.version.to_string() href=None/> " " <When at=place.since stop=true/></dd>
        }
    };
    let places = match in_force.is_empty() {
        true => view! { <p class="muted">"Nowhere yet."</p> }.into_any(),
        false => view! { <Facts>{in_force.into_iter().map(line).collect_view()}</Facts> }.into_any(),
    };
    view! { <Card title="In force"><CardBody>{places}</CardBody></Card> }
}
