use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{Version, policy::PORTAL};

use super::list_versions;
use crate::{
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    release::version_page,
    ui::{Badges, Column, ColumnSort, DataTable, EmptyState, PageHead, VersionNumber, When},
};

/// Every version of every bundle of policies, newest first.
#[component]
pub fn Versions() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Changeset, live::Kind::Release],
        move || query.get(),
        list_versions,
        |list: &Listed<Version>| list.rows.iter().map(|version| version.id).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Version>, _| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Versions"/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="release" title="No version yet">
            <p>"What passes the checks of an import becomes one: numbered, signed, and never changed again."</p>
            <div class="button-row"><a class="button small" href="/changesets">"Imports"</a></div>
        </EmptyState>
    }
    .into_any()
}

const COLUMNS: [Column; 5] =
    [("Version", ""), ("Bundle", ""), ("In force in", "p1"), ("By", "p2"), ("Built", "end")];

#[component]
fn Table(found: Vec<Version>, sorts: Vec<ColumnSort>) -> impl IntoView {
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
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Versions" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}
