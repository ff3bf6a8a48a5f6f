use leptos::prelude::*;
use leptos_router::{hooks::use_params_map, params::ParamsMap};
use portal::{
    Permission, Scope,
    decision::{Detail, Finding, JsonLine, Outcome},
};

use super::{OutcomeState, list::exception_link, show_decision, subject, took};
use crate::{
    page::{load, loaded},
    ui::{
        Badge, ButtonLink, Callout, Card, CardBody, Column, DataTable, EmptyState, Fact, Facts, JsonBlock,
        Kind, PageHead, absolute,
    },
    viewer::Viewer,
};

/// One decision: what it came to, what it was made of, and what can be done about it.
#[component]
pub fn OneDecision() -> impl IntoView {
    let id = use_params_map();
    let data = load(move || id.read().get("id").unwrap_or_default(), show_decision);
    loaded(data, |detail: Detail, viewer| view! { <One detail viewer/> })
}

#[component]
fn One(detail: Detail, viewer: Viewer) -> impl IntoView {
    let judged = detail.judged.clone();
    let word = super::stands(judged.line.outcome).1.to_lowercase();
    let environment = judged.line.environment.to_string();
    let over = view! {
        <OutcomeState outcome=judged.line.outcome filled=true/>
        <Badge>{environment}</Badge>
    };
    let refused = viewer.lacks(Permission::RequestException, &Scope::Portal);
    let denied = judged.findings.iter().find(|one| one.outcome == Outcome::Denied && one.rule.is_some());
    view! {
        <PageHead title=format!("{}: {word}", subject(&judged)) over=over.into_any()/>
        <div class="columns">
            <div class="stack">
                {detail.error.clone().map(|error| view! { <Failed error/> })}
                <Findings findings=judged.findings.clone() outcome=judged.line.outcome/>
                <Document title="Input" lines=detail.input.clone() none="It was asked without an input, or the input was taken out before it was sent."/>
                <Document title="Result" lines=detail.result.clone() none="It came to nothing: the path is undefined in this revision."/>
            </div>
            <div class="stack stick">
                {denied.map(|finding| view! { <Ask finding=finding.clone() environment=judged.line.environment.to_string() refused/> })}
                <About detail/>
            </div>
        </div>
    }
}

#[component]
fn Failed(error: String) -> impl IntoView {
    view! {
        <Callout tone="fault" icon="error">
            <p><strong>"The engine could not answer: "</strong><code>{error}</code></p>
        </Callout>
    }
}

const COLUMNS: [Column; 4] = [("Resource", ""), ("Result", ""), ("Rule", ""), ("Exception", "p2")];

/// What the policies found, in their words.
#[component]
fn Findings(findings: Vec<Finding>, outcome: Outcome) -> impl IntoView {
    if findings.is_empty() {
        let none = match outcome {
            // Asked for `…/deny` or `…/allow` alone, a policy answers that and tells no finding.
            Outcome::Denied | Outcome::Error => view! {
                <EmptyState icon="denied" title="No finding was told">
                    <p>"The answer is below as it came. Only who asks a whole package is told what was found, and by which rule."</p>
                </EmptyState>
            }
            .into_any(),
            _ => view! {
                <EmptyState icon="allowed" title="Nothing was found">
                    <p>"No policy that was asked found anything wrong."</p>
                </EmptyState>
            }
            .into_any(),
        };
        return view! { <Card title="What was found">{none}</Card> }.into_any();
    }
    let row = |finding: Finding| {
        view! {
            <tr>
                <th scope="row">
                    <span class="cell-2">
                        <span class="name">{finding.resource.unwrap_or_else(|| finding.package.clone())}</span>
                        <small class="name">{finding.message}</small>
                    </span>
                </th>
                <td><OutcomeState outcome=finding.outcome/></td>
                <td>
                    <span class="cell-2"><code>{finding.rule}</code><small>{finding.package}</small></span>
                </td>
                <td class="p2">{finding.exception.map(exception_link)}</td>
            </tr>
        }
    };
    view! {
        <Card title="What was found">
            <DataTable caption="Findings" columns=COLUMNS.to_vec()>{findings.into_iter().map(row).collect_view()}</DataTable>
        </Card>
    }
    .into_any()
}

#[component]
fn Document(title: &'static str, lines: Vec<JsonLine>, none: &'static str) -> impl IntoView {
    let shown = match lines.is_empty() {
        true => view! { <CardBody><p class="muted">{none}</p></CardBody> }.into_any(),
        false => {
            let lines = lines.into_iter().map(|line| (line.text, line.masked.then_some("masked on arrival")));
            view! { <JsonBlock label=format!("{title} of this decision") lines=lines.collect()/> }.into_any()
        }
    };
    view! { <Card title>{shown}</Card> }
}

/// Leads from a deny to the request for leave, with all that is known filled in.
#[component]
fn Ask(finding: Finding, environment: String, refused: Option<String>) -> impl IntoView {
    let mut known = ParamsMap::new();
    known.insert("policy", finding.package.clone());
    known.insert("environments", environment);
    for (name, value) in [("rule", &finding.rule), ("resource", &finding.resource)] {
        if let Some(value) = value {
            known.insert(name, value.clone());
        }
    }
    let href = format!("/exceptions/new{}", known.to_query_string());
    view! {
        <Card title="What you can do" emphasis=true>
            <CardBody>
                <p>"Mend what was found, or ask for leave from the rule, with an end."</p>
                <div class="button-row">
                    <ButtonLink id="request" href kind=Kind::Primary icon="plus" refused>"Request exception"</ButtonLink>
                    <a class="button" href=crate::policy::page(&finding.package)>"Policy"</a>
                </div>
            </CardBody>
        </Card>
    }
}

#[component]
fn About(detail: Detail) -> impl IntoView {
    let judged = detail.judged;
    let revision = |(bundle, revision): (String, String)| {
        view! { <li><code>{bundle}</code>" "<span class="version">{revision}</span></li> }
    };
    let revisions = judged.revisions.into_iter().map(revision).collect_view();
    let paths = |label: &'static str, all: Vec<String>| {
        let one = |path: String| view! { <li><code>{path}</code></li> };
        (!all.is_empty()).then(|| {
            view! { <Fact label><ul class="stack tight">{all.into_iter().map(one).collect_view()}</ul></Fact> }
        })
    };
    view! {
        <Card title="Facts">
            <CardBody>
                <Facts>
                    <Fact label="Decision"><code>{judged.line.decision_id}</code></Fact>
                    <Fact label="When">{absolute(judged.line.at)}</Fact>
                    <Fact label="Received">{absolute(detail.received_at)}</Fact>
                    <Fact label="Path"><code>{judged.line.path}</code></Fact>
                    {judged.nanoseconds.map(|all| view! { <Fact label="Took">{took(all)}</Fact> })}
                    <Fact label="Instance"><code>{judged.line.instance}</code></Fact>
                    <Fact label="Revisions"><ul class="stack tight">{revisions}</ul></Fact>
                    {detail.requested_by.map(|by| view! { <Fact label="Asked by"><code>{by}</code></Fact> })}
                    {paths("Masked", detail.masked)}
                    {paths("Taken out", detail.erased)}
                </Facts>
            </CardBody>
        </Card>
    }
}
