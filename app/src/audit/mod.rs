//! The audit log on the screen: who changed what, and when.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use strum::VariantArray;

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem,
    list::{Listed, ViewActs, list_page},
    live,
    page::loaded,
    sent::Sent,
    ui::{Column, ColumnSort, DataTable, EmptyState, PageHead, When},
};

#[cfg(feature = "ssr")]
mod away;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod log;
#[cfg(feature = "ssr")]
pub(crate) mod pack;
#[cfg(feature = "ssr")]
mod sentence;
mod told;

pub use told::Told;

/// `query` is the query of the list's address.
#[server(endpoint = "audit/list")]
pub async fn list_audit(#[server(default)] query: String) -> Result<Sent<Listed<Told>>, Problem> {
    let (portal, actor) = caller();
    answer_page(list::list(&portal, &actor, &query).await)
}

/// The entries, narrowed by what the address says.
#[component]
pub fn Audit() -> impl IntoView {
    let (query, acts) = (use_location().search, ViewActs::new());
    let data = live::load_list(
        live::Kind::VARIANTS,
        move || query.get(),
        list_audit,
        |list: &Listed<Told>| list.rows.iter().map(|entry| entry.seq).collect(),
    );
    loaded(data, move |Listed { around, rows }: Listed<Told>, _| {
        let sorts = around.sorts.clone();
        let table = (!rows.is_empty()).then(|| view! { <Table found=rows sorts/> }.into_any());
        view! {
            <PageHead title="Audit log"/>
            {list_page(around, acts, table, none_yet)}
        }
    })
}

const COLUMNS: [Column; 6] =
    [("Entry", ""), ("Who", ""), ("What", ""), ("From", "p3"), ("Permission", "p2"), ("When", "end")];

#[component]
fn Table(found: Vec<Told>, sorts: Vec<ColumnSort>) -> impl IntoView {
    let row = |entry: Told| {
        view! {
            <tr>
                <th scope="row" class="num">{entry.seq}</th>
                <td><span class="name">{entry.by.clone()}</span></td>
                <td>{entry.clone().linked()}</td>
                <td class="p3">{entry.from.clone()}</td>
                <td class="p2"><code>{entry.permission.clone()}</code></td>
                <td class="end"><When at=entry.at/></td>
            </tr>
        }
    };
    let rows = found.into_iter().map(row).collect_view();
    view! { <DataTable caption="Audit entries" columns=COLUMNS.to_vec() sorts>{rows}</DataTable> }
}

fn none_yet() -> AnyView {
    view! {
        <EmptyState icon="audit" title="No entry yet">
            <p>"Every change has exactly one entry. Once it is signed for, nobody can alter it unseen."</p>
        </EmptyState>
    }
    .into_any()
}
