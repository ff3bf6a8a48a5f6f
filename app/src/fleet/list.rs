use std::sync::Arc;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{
    Environment, Permission, Scope,
    environment::Place,
    fleet::{BundleStatus, Drift, Instance, Presence, is_old},
    list::Query,
};
use strum::VariantArray;

use super::{FleetPage, act_reload, drift, list_fleet, page};
use crate::{
    act::{Act, NotDone},
    environment::{is_there, options},
    live,
    page::loaded,
    ui::{
        Badge, Button, Card, CardBody, Chip, Column, Convergence, DataTable, EmptyState, FilterBar,
        FilterChoice, Form, PageHead, State, When, apart, counted,
    },
    viewer::Viewer,
};

/// What the address narrows the list to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Chosen {
    environment: Option<Environment>,
    state: Option<Drift>,
    /// Parts of it that could not be read.
    unread: Vec<String>,
}

impl Chosen {
    fn read(query: &str, places: &[Place]) -> Self {
        let mut query = Query::of(query);
        query.only("environment", |name| is_there(places, name));
        let (environment, state) = (query.take("environment"), query.take("state"));
        Self { environment, state, unread: query.left().iter().map(ToString::to_string).collect() }
    }

    fn narrows(&self) -> bool {
        self.environment.is_some() || self.state.is_some()
    }

    fn keeps(&self, instance: &Instance) -> bool {
        self.environment.as_ref().is_none_or(|name| *name == instance.environment)
            && self.state.is_none_or(|state| state == instance.drift())
    }

    /// Each thing that it narrows to, with the address of the list without that.
    fn chips(&self) -> Vec<Chip> {
        let environment = self.environment.as_ref().map(|name| ("environment", name.to_string()));
        let state = self.state.map(|state| ("state", state.to_string()));
        let without = |left: &Option<(&str, String)>| match left {
            Some((name, value)) => format!("/fleet?{name}={value}"),
            None => "/fleet".to_owned(),
        };
        let chip =
            |label: &str, word: String, left| Chip { label: label.to_owned(), word, without: without(left) };
        let mut chips = vec![];
        if let Some((_, name)) = &environment {
            chips.push(chip("Environment", name.clone(), &state));
        }
        if let Some(state) = self.state {
            chips.push(chip("State", drift(state).1.to_owned(), &environment));
        }
        chips
    }
}

/// Every OPA that ever reported and is not gone for good.
#[component]
pub fn Fleet() -> impl IntoView {
    let query = use_location().search;
    let data = live::load_list(
        &[live::Kind::Instance, live::Kind::Release],
        || (),
        |()| list_fleet(),
        |page: &FleetPage| page.fleet.iter().map(|instance| instance.id).collect(),
    );
    let reload = act_reload();
    loaded(data, move |FleetPage { fleet, places }, viewer| {
        let known = places.clone();
        let chosen = Memo::new(move |_| Chosen::read(&query.read(), &known));
        let summaries: Vec<_> =
            places.iter().map(|place| summary(place.environment.clone(), &fleet, &viewer, reload)).collect();
        let (now, fleet) = (viewer.now, Arc::new(fleet));
        let all = Arc::clone(&fleet);
        let meta = view! { <span>{move || counts(&all, &chosen.read())}</span> };
        view! {
            <PageHead title="Fleet" meta=meta.into_any()/>
            <NotDone problem=reload.problem()/>
            <div class="stack">
                <div class="halves">{summaries}</div>
                <Card title="Instances">
                    {move || {
                        let (chosen, places) = (chosen.get(), places.clone());
                        let kept: Vec<_> = fleet.iter().filter(|one| chosen.keeps(one)).cloned().collect();
                        let (hits, narrows) = (hits(kept.len(), &fleet, &chosen), chosen.narrows());
                        view! {
                            <Filters chosen places hits/>
                            {table(kept, narrows, now)}
                        }
                    }}
                </Card>
            </div>
        }
    })
}

/// As in `3 instances: 2 converged, 1 silent`.
pub(crate) fn told(fleet: &[Instance]) -> String {
    counts(fleet, &Chosen::default())
}

/// The same of those that the list shows: `2 of 3 instances: 2 converged`.
fn counts(fleet: &[Instance], chosen: &Chosen) -> String {
    let kept: Vec<_> = fleet.iter().filter(|one| chosen.keeps(one)).collect();
    let of = |state: &Drift| {
        let number = kept.iter().filter(|instance| instance.drift() == *state).count();
        (number > 0).then(|| format!("{number} {}", drift(*state).1.to_lowercase()))
    };
    let states: Vec<String> = Drift::VARIANTS.iter().filter_map(of).collect();
    match states.as_slice() {
        [] if fleet.is_empty() => "No OPA reports".to_owned(),
        [] => hits(0, fleet, chosen),
        states => format!("{}: {}", hits(kept.len(), fleet, chosen), states.join(", ")),
    }
}

fn hits(kept: usize, fleet: &[Instance], chosen: &Chosen) -> String {
    let all = counted(fleet.len(), "instance");
    if chosen.narrows() { format!("{kept} of {all}") } else { all }
}

#[component]
fn Filters(chosen: Chosen, places: Vec<Place>, hits: String) -> impl IntoView {
    let (narrowed, chips) = (chosen.narrows(), chosen.chips());
    let Chosen { environment, state, unread } = chosen;
    let states = Drift::VARIANTS.iter().map(|one| (one.to_string(), drift(*one).1.to_owned())).collect();
    view! {
        <FilterBar label="Filter instances" action="/fleet" narrowed chips hits unread>
            <FilterChoice
                name="environment"
                label="Environment"
                options=options(&places)
                chosen=environment.map(String::from).unwrap_or_default()
            />
            <FilterChoice
                name="state"
                label="State"
                options=states
                chosen=state.map(|state| state.to_string()).unwrap_or_default()
            />
        </FilterBar>
    }
}

/// One environment's instances in a row of bars, and the button that wakes them.
fn summary(
    environment: Environment,
    fleet: &[Instance],
    viewer: &Viewer,
    reload: Act,
) -> impl IntoView + use<> {
    let mine: Vec<_> = fleet.iter().filter(|instance| instance.environment == environment).collect();
    let states: Vec<_> = mine.iter().map(|instance| drift(instance.drift()).0).collect();
    let up_to_date = mine.iter().filter(|instance| instance.drift() == Drift::Converged).count();
    let label = match mine.len() {
        0 => "No OPA reports here".to_owned(),
        all => format!("{up_to_date} of {all} OPAs run what is released"),
    };
    let refused = viewer.lacks(Permission::ReloadFleet, &Scope::Environment(environment.clone()));
    let name = environment.to_string();
    view! {
        <Card title=name.clone()>
            <CardBody>
                <p>{label.clone()}</p>
                <Convergence label states/>
                <Form action=reload>
                    <input type="hidden" name="environment" value=name.clone()/>
                    <Button id=format!("reload-{name}") small=true icon="refresh" refused busy=reload.pending()>
                        "Trigger reload"
                    </Button>
                </Form>
            </CardBody>
        </Card>
    }
}

const COLUMNS: [Column; 7] = [
    ("Instance", ""),
    ("State", ""),
    ("Environment", "p1"),
    ("Runs", "p1"),
    ("Lag", "end p2"),
    ("OPA", "p3"),
    ("Last heard of", "end"),
];

fn table(instances: Vec<Instance>, narrowed: bool, now: DateTime<Utc>) -> AnyView {
    if instances.is_empty() && narrowed {
        return view! {
            <EmptyState icon="search" title="No instance is like this">
                <p>"Clear the filter to see all of them."</p>
            </EmptyState>
        }
        .into_any();
    }
    if instances.is_empty() {
        return view! {
            <EmptyState icon="fleet" title="No OPA reports here">
                <p>"An OPA needs a few lines of configuration and a token; then it appears by itself."</p>
            </EmptyState>
        }
        .into_any();
    }
    let row = move |instance| row(instance, now);
    view! {
        <DataTable caption="Instances" columns=COLUMNS.to_vec()>
            {instances.into_iter().map(row).collect_view()}
        </DataTable>
    }
    .into_any()
}

fn row(instance: Instance, now: DateTime<Utc>) -> impl IntoView {
    let (state, word) = drift(instance.drift());
    let gone =
        (instance.presence == Presence::Gone).then(|| view! { <small>"gone for more than 7 days"</small> });
    let (title, href) = (instance.title(), page(instance.id));
    let process = (instance.process != title).then(|| view! { <small>{instance.process.clone()}</small> });
    let shared =
        instance.shares_name.then(|| view! { <Badge tone="caution">"Two OPAs use this name"</Badge> });
    let lost = (instance.dropped > 0).then(|| {
        view! { <Badge tone="caution">{format!("{} decisions lost", instance.dropped)}</Badge> }
    });
    let lag = lag(&instance, now);
    view! {
        <tr>
            <th scope="row">
                <span class="cell-2"><a href=href>{title}</a>{process}{shared}</span>
            </th>
            <td><span class="cell-2"><State state>{word}</State>{gone}{lost}</span></td>
            <td class="p1">{instance.environment.to_string()}</td>
            <td class="p1"><ul>{instance.bundles.into_iter().map(bundle).collect_view()}</ul></td>
            <td class="end p2">{lag}</td>
            <td class="p3">{version(instance.opa_version)}</td>
            <td class="end"><When at=instance.last_seen/></td>
        </tr>
    }
}

/// For how long it has not run what it should; of a silent one that is not known.
pub(super) fn lag(instance: &Instance, now: DateTime<Utc>) -> String {
    match (instance.presence, instance.behind_since()) {
        (Presence::Live, Some(since)) => apart(since, now),
        (Presence::Live, None) if instance.drift() == Drift::Converged => "none".to_owned(),
        _ => "not known".to_owned(),
    }
}

/// OPA's version, flagged where a newer one should take its place.
pub(super) fn version(opa_version: String) -> AnyView {
    if is_old(&opa_version) {
        return view! { <Badge tone="caution" icon="warning">{format!("{opa_version}, old")}</Badge> }
            .into_any();
    }
    opa_version.into_any()
}

/// What it runs, and beside it what it should, with OPA's own words where something is wrong.
fn bundle(bundle: BundleStatus) -> impl IntoView {
    let behind = bundle.is_behind();
    let expected = bundle.expected.filter(|_| behind);
    view! {
        <li class="cell-2">
            <span>
                <span class="muted">{bundle.name}</span>
                " "
                {runs(bundle.active_revision)}
                {expected.map(|expected| view! { <span class="muted">{format!(", released: {expected}")}</span> })}
            </span>
            {(!bundle.error.is_empty()).then(|| view! { <code>{bundle.error}</code> })}
        </li>
    }
}

pub(super) fn runs(revision: String) -> AnyView {
    if revision.is_empty() {
        return view! { <span class="muted">"not loaded"</span> }.into_any();
    }
    view! { <span class="version">{revision}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use portal::{Environment, environment::Place};

    use super::Chosen;

    #[test]
    fn an_address_narrows_to_what_is_there_and_each_of_it_can_be_taken_away() {
        let place = |environment| Place { environment, position: 1, guarded: false };
        let places = [place(Environment::staging()), place(Environment::production())];
        let chosen = Chosen::read("environment=staging&state=silent", &places);
        let chips: Vec<_> = chosen.chips().into_iter().map(|chip| (chip.word, chip.without)).collect();
        let expected = [("staging", "/fleet?state=silent"), ("Silent", "/fleet?environment=staging")];
        assert_eq!(chips, expected.map(|(word, without)| (word.to_owned(), without.to_owned())));
        let mars = Chosen::read("environment=mars", &places);
        assert_eq!((mars.narrows(), mars.unread), (false, vec!["environment=mars".to_owned()]));
    }
}
