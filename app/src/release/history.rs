use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::{
    Environment, Release,
    environment::Place,
    policy::{Bundle, PORTAL},
    release::How,
};
use strum::VariantArray;

use super::{PastReleases, release_history, version_page};
use crate::{
    environment::options,
    live,
    page::loaded,
    ui::{
        Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, PageHead, State, VersionNumber, When,
    },
};

/// What the address narrows the history to.
type Filter = (Option<Environment>, Option<Bundle>);

/// Every release so far, newest first.
#[component]
pub fn History() -> impl IntoView {
    let query = use_query_map();
    let filter = move || -> Filter {
        let query = query.read();
        let environment = query.get_str("environment").and_then(|name| name.parse().ok());
        (environment, query.get_str("bundle").and_then(|name| name.parse().ok()))
    };
    let data = live::load_list(
        &[live::Kind::Release],
        filter,
        |(environment, bundle)| release_history(environment, bundle),
        |history: &PastReleases| history.past.iter().map(|release| release.id).collect(),
    );
    loaded(data, |PastReleases { environment, bundle, past, places }, _| {
        let filter = (environment, bundle);
        let table = if past.is_empty() {
            view! { <EmptyState icon="release" title="No release yet"><p>"Nothing was put in force here so far."</p></EmptyState> }
                .into_any()
        } else {
            view! { <Table past/> }.into_any()
        };
        view! {
            <PageHead title="Release history"/>
            <Card title="Every move of a pointer">
                <Filters filter places/>
                {table}
            </Card>
        }
    })
}

#[component]
fn Filters(filter: Filter, places: Vec<Place>) -> impl IntoView {
    let (environment, bundle) = filter;
    let narrowed = environment.is_some() || bundle.is_some();
    let word = |one: &Bundle| (one.to_string(), one.to_string());
    let bundles = Bundle::VARIANTS.iter().map(word).collect();
    view! {
        <FilterBar label="Filter releases" action="/releases/history" narrowed>
            <FilterChoice
                name="environment"
                label="Environment"
                options=options(&places)
                chosen=environment.map(|one| one.to_string()).unwrap_or_default()
            />
            <FilterChoice
                name="bundle"
                label="Bundle"
                options=bundles
                chosen=bundle.map(|one| one.to_string()).unwrap_or_default()
            />
        </FilterBar>
    }
}

const COLUMNS: [Column; 7] = [
    ("Bundle", ""),
    ("Revision", ""),
    ("Environment", ""),
    ("How", "p1"),
    ("By", "p1"),
    ("Reason", "p2"),
    ("When", "end"),
];

#[component]
fn Table(past: Vec<Release>) -> impl IntoView {
    let row = |release: Release| {
        let (state, word) = how(release.how);
        let href = release.version.map(|_| version_page(release.bundle, &release.revision));
        let replaced =
            release.replaced.map(|replaced| view! { <small>{format!("after {replaced}")}</small> });
        view! {
            <tr>
                <th scope="row"><code>{release.bundle.to_string()}</code></th>
                <td><span class="cell-2"><VersionNumber number=release.revision.clone() href/>{replaced}</span></td>
                <td>{release.environment.to_string()}</td>
                <td class="p1"><State state>{word}</State></td>
                <td class="p1">{release.by.map_or(PORTAL.to_owned(), |by| by.name)}</td>
                <td class="p2">{release.reason}</td>
                <td class="end"><When at=release.at/></td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Releases" columns=COLUMNS.to_vec()>{past.into_iter().map(row).collect_view()}</DataTable>
    }
}

fn how(how: How) -> (&'static str, &'static str) {
    match how {
        How::Begun => ("active", "First release"),
        How::Promoted => ("approved", "Promoted"),
        How::RolledBack => ("revoked", "Rolled back"),
        How::Excepted => ("exempted", "Exceptions changed"),
    }
}
