use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::{
    Permission, Policy, Scope,
    exception::{Category, USUAL, longest},
    report::Severity,
};

use super::{Offer, RequestException, offer_exception, words::category};
use crate::{
    environment::options,
    moment::to_field,
    page::{NotDone, act, field_error, load, loaded, problem_of},
    ui::{Button, Card, CardBody, CheckGroup, Choices, EmptyState, Input, Kind, PageHead, TextArea},
    viewer::Viewer,
};

/// What is filled in already: a link from a deny brings it along, so that nothing is typed twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    policy: String,
    rule: String,
    resource: String,
}

/// Asks for leave from a rule.
#[component]
pub fn RequestForm() -> impl IntoView {
    let query = use_query_map();
    let known = move |name| query.read_untracked().get(name).unwrap_or_default();
    let known = Known { policy: known("policy"), rule: known("rule"), resource: known("resource") };
    let (offer, request) = (load(|| (), |()| offer_exception()), act());
    loaded(offer, move |offer, viewer| {
        let known = known.clone();
        view! {
            <PageHead title="Request an exception"/>
            {if offer.policies.is_empty() {
                nothing_to_ask_for().into_any()
            } else {
                view! { <Form offer viewer known request/> }.into_any()
            }}
        }
    })
}

#[component]
fn Form(
    offer: Offer,
    viewer: Viewer,
    known: Known,
    request: ServerAction<RequestException>,
) -> impl IntoView {
    let problem = problem_of(request);
    let error = move |field| field_error(problem, field);
    let refused = viewer.lacks(Permission::RequestException, &Scope::Portal);
    let (now, hint) = (viewer.now, limits());
    view! {
        <div class="readable">
        <Card title="What is asked">
            <CardBody>
                <ActionForm action=request attr:class="stack loose">
                    <Target policies=offer.policies known=known.clone()/>
                    <TextArea
                        name="resources"
                        label="Resources"
                        value=known.resource
                        hint="Names or addresses, one a line, each exactly one resource: patterns are not taken."
                        error=error("resources")
                    />
                    <CheckGroup legend="Environments" name="environments[]" options=options(&offer.environments) hint="At least one." error=error("environments")/>
                    <TextArea name="justification" label="Why, and what ends it" longest=4000 error=error("justification")/>
                    <Choices legend="Category" name="category" options=categories() chosen=Category::Waiver.to_string()/>
                    <div class="field-grid">
                        <Input name="ticket" label="Ticket" hint="Where the work is tracked, such as SEC-1234." longest=200 error=error("ticket")/>
                        <Input
                            name="until"
                            label="Ends (UTC)"
                            kind="datetime-local"
                            value=to_field(now + USUAL)
                            max=to_field(now + longest(Severity::Low))
                            hint
                            error=error("until")
                        />
                    </div>
                    <NotDone problem/>
                    <div class="button-row">
                        <Button id="send" kind=Kind::Primary icon="approved" refused busy=request.pending()>
                            "Request"
                        </Button>
                        <a class="button quiet" href="/exceptions">"Cancel"</a>
                    </div>
                </ActionForm>
            </CardBody>
        </Card>
        </div>
    }
}

/// A rule, chosen under its policy. One field, so that it works without scripts.
#[component]
fn Target(policies: Vec<Policy>, known: Known) -> impl IntoView {
    let group = move |policy: Policy| {
        let known = known.clone();
        let rule = |rule: String| {
            let selected = policy.package == known.policy && rule == known.rule;
            let value = format!("{}/{rule}", policy.package);
            view! { <option value=value selected=selected>{format!("{rule} of {}", policy.package)}</option> }
        };
        let rules = policy.rules.clone().into_iter().map(rule).collect_view();
        view! { <optgroup label=policy.package.clone()>{rules}</optgroup> }
    };
    view! {
        <div class="field">
            <label for="target">"Rule"</label>
            <select class="input" id="target" name="target" required>
                <option value="">"choose a rule"</option>
                {policies.into_iter().map(group).collect_view()}
            </select>
        </div>
    }
}

fn categories() -> Vec<(String, String, String)> {
    let choice = |one: Category, explanation: &str| {
        (one.to_string(), category(one).to_owned(), explanation.to_owned())
    };
    vec![
        choice(Category::Waiver, "The risk is accepted."),
        choice(Category::Mitigated, "Something else holds the risk down; say what."),
    ]
}

fn limits() -> String {
    let days = |severity| longest(severity).num_days();
    format!(
        "At most {} days from a critical policy, {} from a high one, {} from any other.",
        days(Severity::Critical),
        days(Severity::High),
        days(Severity::Low),
    )
}

fn nothing_to_ask_for() -> impl IntoView {
    view! {
        <EmptyState icon="policy" title="No policy takes exceptions yet">
            <p>"Exceptions act on policies with a finding rule. Import some first."</p>
            <div class="button-row"><a class="button small" href="/changesets">"Import policies"</a></div>
        </EmptyState>
    }
}
