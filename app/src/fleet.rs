//! The fleet on the screen: every OPA, what it should run and what it says that it runs.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::{
    Environment, Permission, Scope,
    environment::Place,
    fleet::{BundleStatus, Drift, Instance, Presence},
};

#[cfg(feature = "ssr")]
use crate::problem::{answer, caller, lead_to};
use crate::{
    Problem,
    environment::{list_environments, options},
    page::{LookAgain, NotDone, act, load, loaded, problem_of},
    ui::{
        Badge, Button, Callout, Card, CardBody, Column, Convergence, DataTable, EmptyState, FilterBar,
        FilterChoice, PageHead, State, When,
    },
    viewer::Viewer,
};

#[server(endpoint = "fleet/list")]
pub async fn list_fleet() -> Result<Vec<Instance>, Problem> {
    let (portal, actor) = caller();
    answer(portal::fleet::list(&portal, &actor).await)
}

/// Answers every held poll of an environment at once.
#[server(endpoint = "fleet/reload")]
pub async fn reload_fleet(environment: Environment) -> Result<(), Problem> {
    let (portal, actor) = caller();
    lead_to(portal::fleet::reload(&portal, &actor, environment).await.map(drop), |()| "/fleet".to_owned())
}

/// Every OPA that ever reported and is not gone for good.
#[component]
pub fn Fleet() -> impl IntoView {
    let query = use_query_map();
    let chosen = Memo::new(move |_| {
        query.read().get_str("environment").and_then(|name| name.parse::<Environment>().ok())
    });
    let data = load(|| (), |()| async { Ok((list_fleet().await?, list_environments().await?)) });
    let reload = act();
    loaded(data, move |(fleet, places): (Vec<Instance>, Vec<Place>), viewer| {
        let moving = fleet.iter().any(|instance| instance.drift() == Drift::Behind);
        let actions = moving.then(|| view! { <LookAgain/> });
        let summaries: Vec<_> =
            places.iter().map(|place| summary(place.environment.clone(), &fleet, &viewer, reload)).collect();
        view! {
            <PageHead title="Fleet" actions=actions.into_any()/>
            <NotDone problem=problem_of(reload)/>
            {move || reloaded(reload).then(|| view! {
                <Callout tone="good" icon="approved" live=true>
                    <p>"The OPAs of this environment were told to load anew what is released. Each reports when it has."</p>
                </Callout>
            })}
            <div class="stack">
                <div class="halves">{summaries}</div>
                <Card title="Instances">
                    <FilterBar label="Filter instances" action="/fleet" narrowed=chosen.get_untracked().is_some()>
                        <FilterChoice
                            name="environment"
                            label="Environment"
                            options=options(&places)
                            chosen=chosen.get_untracked().map(String::from).unwrap_or_default()
                        />
                    </FilterBar>
                    {move || {
                        let kept = fleet.iter().filter(|one| chosen.get().is_none_or(|chosen| chosen == one.environment));
                        table(kept.cloned().collect())
                    }}
                </Card>
            </div>
        }
    })
}

fn reloaded(reload: ServerAction<ReloadFleet>) -> bool {
    reload.value().try_with(|done| matches!(done, Some(Ok(())))) == Some(true)
}

/// One environment's instances in a row of bars, and the button that wakes them.
fn summary(
    environment: Environment,
    fleet: &[Instance],
    viewer: &Viewer,
    reload: ServerAction<ReloadFleet>,
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
                <ActionForm action=reload>
                    <input type="hidden" name="environment" value=name.clone()/>
                    <Button id=format!("reload-{name}") small=true icon="refresh" refused busy=reload.pending()>
                        "Trigger reload"
                    </Button>
                </ActionForm>
            </CardBody>
        </Card>
    }
}

/// The state's name and its word.
fn drift(drift: Drift) -> (&'static str, &'static str) {
    match drift {
        Drift::Converged => ("converged", "Up to date"),
        Drift::Behind => ("converging", "Behind"),
        Drift::Error => ("error", "In error"),
        Drift::Silent => ("silent", "Silent"),
    }
}

const COLUMNS: [Column; 6] = [
    ("Instance", ""),
    ("Environment", "p1"),
    ("State", ""),
    ("Runs", ""),
    ("OPA", "p3"),
    ("Last heard of", "end p1"),
];

fn table(instances: Vec<Instance>) -> AnyView {
    if instances.is_empty() {
        return view! {
            <EmptyState icon="fleet" title="No OPA reports here">
                <p>"An OPA needs a few lines of configuration and a token; then it appears by itself."</p>
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <DataTable caption="Instances" columns=COLUMNS.to_vec()>
            {instances.into_iter().map(row).collect_view()}
        </DataTable>
    }
    .into_any()
}

fn row(instance: Instance) -> impl IntoView {
    let (state, word) = drift(instance.drift());
    let gone =
        (instance.presence == Presence::Gone).then(|| view! { <small>"gone for more than 7 days"</small> });
    let title = instance.title();
    let shared =
        instance.shares_name.then(|| view! { <Badge tone="caution">"Two OPAs use this name"</Badge> });
    let lost = (instance.dropped > 0).then(|| {
        view! { <Badge tone="caution">{format!("{} decisions lost", instance.dropped)}</Badge> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="cell-2"><span>{title}</span><small>{instance.process}</small>{shared}</span>
            </th>
            <td class="p1">{instance.environment.to_string()}</td>
            <td><span class="cell-2"><State state>{word}</State>{gone}{lost}</span></td>
            <td><ul>{instance.bundles.into_iter().map(bundle).collect_view()}</ul></td>
            <td class="p3">{instance.opa_version}</td>
            <td class="end p1"><When at=instance.last_seen/></td>
        </tr>
    }
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
                {match bundle.active_revision.is_empty() {
                    true => view! { <span class="muted">"not loaded"</span> }.into_any(),
                    false => view! { <span class="version">{bundle.active_revision}</span> }.into_any(),
                }}
                {expected.map(|expected| view! { <span class="muted">{format!(", released: {expected}")}</span> })}
            </span>
            {(!bundle.error.is_empty()).then(|| view! { <code>{bundle.error}</code> })}
        </li>
    }
}
