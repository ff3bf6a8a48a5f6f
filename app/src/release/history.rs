use leptos::prelude::*;
use leptos_router::hooks::use_location;
use portal::{Release, policy::PORTAL, release::How};

use super::{release_history, version_page};
use crate::{
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    ui::{Column, ColumnSort, DataTable, EmptyState, PageHead, State, VersionNumber, When},
};

/// Every release so far, newest first.
#[component]
pub fn History() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        &[live::Kind::Release],
        move || query.get(),
        release_history,
        |list: &Listed<Release>| list.rows.iter().map(|release| release.id).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Release>, _| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Release history"/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="release" title="No release yet">
            <p>"Nothing was put in force here so far."</p>
            <div class="button-row"><a class="button small" href="/versions">"Versions"</a></div>
        </EmptyState>
    }
    .into_any()
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
fn Table(found: Vec<Release>, sorts: Vec<ColumnSort>) -> impl IntoView {
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
                <td class="p2"><span class="name">{release.reason}</span></td>
                <td class="end"><When at=release.at/></td>
            </tr>
        }
    };
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Releases" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}

pub(super) fn how(how: How) -> (&'static str, &'static str) {
    match how {
        How::Begun => ("active", "First release"),
        How::Promoted => ("approved", "Promoted"),
        How::RolledBack => ("revoked", "Rolled back"),
        How::Excepted => ("exempted", "Exceptions changed"),
    }
}
