use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use portal::{
    Version,
    policy::{Bundle, PORTAL},
};

use super::{VersionList, list_versions};
use crate::{
    live,
    page::loaded,
    release::version_page,
    ui::{
        Badges, Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, PageHead, VersionNumber, When,
    },
};

/// Every version of every bundle of policies, newest first.
#[component]
pub fn Versions() -> impl IntoView {
    let query = use_query_map();
    let bundle = move || query.read().get_str("bundle").and_then(|bundle| bundle.parse::<Bundle>().ok());
    let data = live::load_list(
        &[live::Kind::Changeset, live::Kind::Release],
        bundle,
        list_versions,
        |list: &VersionList| list.versions.iter().map(|version| version.id).collect(),
    );
    loaded(data, |VersionList { bundle, versions }, _| {
        let table = if versions.is_empty() {
            view! { <EmptyState icon="release" title="No version yet"><p>"What passes the checks of an import becomes one."</p></EmptyState> }
                .into_any()
        } else {
            view! { <Table versions/> }.into_any()
        };
        let options = Bundle::OF_POLICIES.map(|one| (one.to_string(), one.to_string())).to_vec();
        let chosen = bundle.map(|bundle| bundle.to_string()).unwrap_or_default();
        view! {
            <PageHead title="Versions"/>
            <Card title="Immutable, numbered, signed">
                <FilterBar label="Filter versions" action="/versions" narrowed=bundle.is_some()>
                    <FilterChoice name="bundle" label="Bundle" options chosen/>
                </FilterBar>
                {table}
            </Card>
        }
    })
}

const COLUMNS: [Column; 5] =
    [("Version", ""), ("Bundle", ""), ("In force in", "p1"), ("By", "p2"), ("Built", "end")];

#[component]
fn Table(versions: Vec<Version>) -> impl IntoView {
    let row = |version: Version| {
        let number = version.number.to_string();
        let href = Some(version_page(version.bundle, &number));
        view! {
            <tr>
                <th scope="row"><VersionNumber number href/></th>
                <td><code>{version.bundle.to_string()}</code></td>
                <td class="p1"><Badges words=version.in_force.iter().map(ToString::to_string).collect()/></td>
                <td class="p2">{version.by.map_or(PORTAL.to_owned(), |by| by.name)}</td>
                <td class="end"><When at=version.at/></td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Versions" columns=COLUMNS.to_vec()>{versions.into_iter().map(row).collect_view()}</DataTable>
    }
}
