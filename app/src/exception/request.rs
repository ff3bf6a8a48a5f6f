use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use portal::{
    Permission, Policy, Scope,
    exception::{Category, LONGEST_JUSTIFICATION, LONGEST_TICKET, USUAL},
};

use super::{
    Offer, RequestException,
    end::end_fields,
    offer_exception,
    outlook::{About, ahead, follow},
    words::category,
};
use crate::{
    act::{Act, NotDone, act, field_error},
    environment::options,
    kept::{KeptForms, Typed, sent},
    page::{load, loaded},
    ui::{
        Button, Callout, Card, CardBody, CheckGroup, Choices, EmptyState, Form, GroupedSelect, Input, Kind,
        PageHead, TextArea,
    },
    viewer::Viewer,
};

/// What is filled in already: a link from a deny brings it along, so that nothing is typed twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    policy: String,
    rule: String,
    /// One a line.
    resource: String,
    /// Joined by commas in the link.
    environments: Vec<String>,
    ticket: String,
}

impl Known {
    fn read(query: &ParamsMap) -> Self {
        let known = |name| query.get(name).unwrap_or_default();
        let environments = known("environments");
        Self {
            policy: known("policy"),
            rule: known("rule"),
            resource: query.get_all("resource").unwrap_or_default().join("\n"),
            environments: environments
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            ticket: known("ticket"),
        }
    }

    fn about(&self) -> About {
        About {
            target: format!("{}/{}", self.policy, self.rule),
            resources: self.resource.clone(),
            environments: self.environments.clone(),
        }
    }

    /// The same, where something else was typed by now.
    fn so_far(&self, typed: &Typed) -> About {
        let known = self.about();
        About {
            target: typed.or("target", known.target),
            resources: typed.or("resources", known.resources),
            environments: typed.all("environments[]").unwrap_or(known.environments),
        }
    }

    fn is_filled_in(&self) -> bool {
        *self != Self::default()
    }
}

/// Asks for leave from a rule.
#[component]
pub fn RequestForm() -> impl IntoView {
    let known = use_query_map().with_untracked(Known::read);
    let (request, kept) = (act::<RequestException>(), KeptForms::of_page());
    let about = {
        let known = known.clone();
        move || known.so_far(&kept.typed(request.path))
    };
    let fetch = |about: About| offer_exception(about.target, about.resources, about.environments);
    let offer = load(about.clone(), fetch);
    loaded(offer, move |offer, viewer| {
        let (known, about) = (known.clone(), about());
        let meta = view! { <span>"Leave from one rule, for named resources, with an end."</span> };
        view! {
            <PageHead title="Request an exception" meta=meta.into_any()/>
            {if offer.policies.is_empty() {
                nothing_to_ask_for().into_any()
            } else {
                view! { <Asking offer viewer known about request/> }.into_any()
            }}
        }
    })
}

#[component]
fn Asking(offer: Offer, viewer: Viewer, known: Known, about: About, request: Act) -> impl IntoView {
    let problem = request.problem();
    let error = move |field| field_error(problem, field);
    let refused = viewer.lacks(Permission::RequestException, &Scope::Portal);
    let now = viewer.now;
    let about = RwSignal::new(about);
    let look = follow(about);
    let told = known.is_filled_in().then(filled_in);
    let Known { resource, environments, ticket, .. } = known.clone();
    view! {
        <div class="columns" on:input=move |typed| look(typed_so_far(&typed))>
            <Form action=request class="stack">
                {told}
                <Card title="Scope">
                    <CardBody>
                        <div class="stack">
                            <Target policies=offer.policies chosen=known.about().target error=error("target")/>
                            <TextArea
                                name="resources"
                                label="Resources"
                                value=resource
                                hint="Names or addresses, one a line, each exactly one resource: patterns are not taken."
                                error=error("resources")
                            />
                            <CheckGroup
                                legend="Environments"
                                name="environments[]"
                                options=options(&offer.environments)
                                chosen=environments
                                hint="At least one."
                                error=error("environments")
                            />
                        </div>
                    </CardBody>
                </Card>
                <Card title="Reason">
                    <CardBody>
                        <div class="stack">
                            <Choices legend="Category" name="category" options=categories() chosen=Category::Waiver.to_string()/>
                            <TextArea
                                name="justification"
                                label="Why, and what ends it"
                                longest=LONGEST_JUSTIFICATION
                                error=error("justification")
                            />
                            <Input
                                name="ticket"
                                label="Ticket"
                                value=ticket
                                hint="Where the work is tracked, such as SEC-1234."
                                longest=LONGEST_TICKET
                                error=error("ticket")
                            />
                        </div>
                    </CardBody>
                </Card>
                <Card title="Time">
                    <CardBody>
                        <div class="stack">
                            {end_fields(now, now + USUAL, None, error("ends_at"))}
                        </div>
                    </CardBody>
                </Card>
                <NotDone problem/>
                <div class="button-row">
                    <Button id="send" kind=Kind::Primary icon="approved" refused busy=request.pending()>
                        "Request"
                    </Button>
                    <a class="button quiet" href="/exceptions">"Cancel"</a>
                </div>
            </Form>
            <div class="stack stick">{ahead(about, offer.first)}</div>
        </div>
    }
}

/// What the form is about as it stands.
fn typed_so_far(event: &ev::Event) -> About {
    let field = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let form = field.and_then(|field| field.closest("form").ok().flatten());
    let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) else {
        return About::default();
    };
    let fields = sent(&form);
    let all = |name: &str| {
        fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    About {
        target: all("target").concat(),
        resources: all("resources").concat(),
        environments: all("environments[]"),
    }
}

fn filled_in() -> impl IntoView {
    view! {
        <Callout tone="advice" icon="gate">
            <p><strong>"Filled in from the link you followed. "</strong>"Change only what is wrong."</p>
        </Callout>
    }
}

/// A rule, chosen under its policy. One field, so that it works without scripts.
#[component]
fn Target(policies: Vec<Policy>, chosen: String, error: Signal<Option<String>>) -> impl IntoView {
    let rules = |policy: Policy| {
        let rule =
            |rule: &String| (format!("{}/{rule}", policy.package), format!("{rule} of {}", policy.package));
        (policy.package.clone(), policy.rules.iter().map(rule).collect())
    };
    let groups = policies.into_iter().map(rules).collect();
    view! { <GroupedSelect name="target" label="Rule" none="choose a rule" groups chosen error/> }
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

fn nothing_to_ask_for() -> impl IntoView {
    view! {
        <EmptyState icon="policy" title="No policy takes exceptions yet">
            <p>"Exceptions act on policies with a finding rule. Import some first."</p>
            <div class="button-row"><a class="button small" href="/changesets">"Import policies"</a></div>
        </EmptyState>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;

    use super::Known;

    #[test]
    fn a_link_fills_in_what_it_knows() {
        let pairs = [
            ("policy", "aegis.ai.pii"),
            ("rule", "deny"),
            ("resource", "a"),
            ("resource", "b"),
            ("environments", "staging,production"),
        ];
        let query: ParamsMap =
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let known = Known::read(&query);
        assert_eq!((known.policy.as_str(), known.resource.as_str()), ("aegis.ai.pii", "a\nb"));
        assert_eq!(known.environments, ["staging", "production"]);
        assert!(known.is_filled_in() && !Known::read(&ParamsMap::new()).is_filled_in());
    }
}
