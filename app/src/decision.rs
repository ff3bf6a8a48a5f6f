//! Decisions on the screen: the list behind each of their numbers.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use portal::{
    decision::{Filter, Line, Outcome},
    environment::Place,
};
use serde::{Deserialize, Serialize};
use strum::VariantArray;

#[cfg(feature = "ssr")]
use crate::problem::{answer, answer_page, caller};
use crate::{
    Problem,
    environment::options,
    page::{load, loaded},
    sent::Sent,
    ui::{
        Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, FilterText, Older, PageHead, State,
        When, absolute,
    },
};

/// As many as one question gets; a list that long may go on.
const PAGE: usize = 100;

/// The decisions that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionList {
    pub filter: Filter,
    pub found: Vec<Line>,
    pub places: Vec<Place>,
}

#[server(endpoint = "decision/list")]
pub async fn list_decisions(#[server(default)] filter: Filter) -> Result<Sent<DecisionList>, Problem> {
    let (portal, actor) = caller();
    let found = answer(portal::decision::recent(&portal, &actor, filter.clone()).await)?;
    let places = portal::environment::list(&portal, &actor).await;
    answer_page(places.map(|places| DecisionList { filter, found, places }))
}

/// The decisions of either engine, newest first, narrowed by what the address says.
#[component]
pub fn Decisions() -> impl IntoView {
    let query = use_query_map();
    let data = load(move || asked(&query.read()), list_decisions);
    loaded(data, |DecisionList { filter, found, places }, _| {
        let next = (found.len() == PAGE)
            .then(|| {
                found
                    .last()
                    .map(|last| address(&Filter { before: Some(last.decision_id.clone()), ..filter.clone() }))
            })
            .flatten();
        let table = if found.is_empty() {
            view! {
                <EmptyState icon="decision" title="No decision matches">
                    <p>"An OPA sends what it decided within seconds; the embedded engine's come here too."</p>
                </EmptyState>
            }
            .into_any()
        } else {
            view! { <Table found/> }.into_any()
        };
        let since = filter.since.map(|since| {
            view! { <p class="meta">"From " {absolute(since)} " on"</p> }
        });
        view! {
            <PageHead title="Decisions"/>
            <Card title="Decisions, newest first" aside=since.into_any()>
                <Filters filter places/>
                {table}
                <Older href=next/>
            </Card>
        }
    })
}

/// What an address asks for. What it does not know it leaves out.
fn asked(query: &ParamsMap) -> Filter {
    let filled = |name| query.get(name).filter(|value| !value.is_empty());
    Filter {
        environment: filled("environment").and_then(|name| name.parse().ok()),
        path: filled("path"),
        outcome: filled("outcome").and_then(|outcome| outcome.parse().ok()),
        since: filled("since").and_then(|since| since.parse::<DateTime<Utc>>().ok()),
        before: filled("before"),
    }
}

/// The address of the list narrowed like this.
pub(crate) fn address(filter: &Filter) -> String {
    let mut query = ParamsMap::new();
    let mut put = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            query.insert(name, value);
        }
    };
    put("environment", filter.environment.as_ref().map(ToString::to_string));
    put("path", filter.path.clone());
    put("outcome", filter.outcome.map(|outcome| outcome.to_string()));
    put("since", filter.since.map(moment));
    put("before", filter.before.clone());
    format!("/decisions{}", query.to_query_string())
}

/// As an address carries it.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[component]
fn Filters(filter: Filter, places: Vec<Place>) -> impl IntoView {
    let narrowed = filter != Filter::default();
    let outcomes =
        Outcome::VARIANTS.iter().map(|one| (one.to_string(), outcome(*one).1.to_owned())).collect();
    let since = filter.since.map(|since| view! { <input type="hidden" name="since" value=moment(since)/> });
    view! {
        <FilterBar label="Filter decisions" action="/decisions" narrowed>
            {since}
            <FilterText name="path" label="Path, such as aegis/ai" value=filter.path.unwrap_or_default()/>
            <FilterChoice
                name="outcome"
                label="Outcome"
                options=outcomes
                chosen=filter.outcome.map(|outcome| outcome.to_string()).unwrap_or_default()
            />
            <FilterChoice
                name="environment"
                label="Environment"
                options=options(&places)
                chosen=filter.environment.map(String::from).unwrap_or_default()
            />
        </FilterBar>
    }
}

const COLUMNS: [Column; 6] = [
    ("Path", ""),
    ("Outcome", ""),
    ("Environment", "p1"),
    ("Instance", "p2"),
    ("Decision", "p3"),
    ("When", "end"),
];

#[component]
fn Table(found: Vec<Line>) -> impl IntoView {
    let row = |line: Line| {
        let (state, word) = outcome(line.outcome);
        view! {
            <tr>
                <th scope="row"><code>{line.path}</code></th>
                <td><State state>{word}</State></td>
                <td class="p1">{line.environment.to_string()}</td>
                <td class="p2">{line.instance}</td>
                <td class="p3"><code>{line.decision_id}</code></td>
                <td class="end"><When at=line.at/></td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Decisions" columns=COLUMNS.to_vec()>{found.into_iter().map(row).collect_view()}</DataTable>
    }
}

/// The state's name, as `data-state` takes it, and its word.
pub(crate) fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Allowed => ("allowed", "Allowed"),
        Outcome::Denied => ("denied", "Denied"),
        Outcome::Exempted => ("exempted", "Exempted"),
        Outcome::Advice => ("advice", "Advice"),
        Outcome::Undefined => ("undefined", "Undefined"),
        Outcome::Error => ("error", "Error"),
        Outcome::Other => ("skipped", "No verdict"),
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;
    use portal::decision::{Filter, Outcome};

    use super::{address, asked};

    #[test]
    fn the_filter_stands_in_the_address_and_nonsense_in_it_is_left_out() {
        let query: ParamsMap =
            [("outcome", "denied"), ("since", "2026-05-20T14:32:00Z"), ("environment", "No Such")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .into_iter()
                .collect();
        let filter = asked(&query);
        assert_eq!((filter.outcome, filter.environment.clone()), (Some(Outcome::Denied), None));
        let again = address(&filter);
        assert_eq!(again, "/decisions?outcome=denied&since=2026%2D05%2D20T14%3A32%3A00Z");
        assert_eq!(address(&Filter::default()), "/decisions");
    }
}
