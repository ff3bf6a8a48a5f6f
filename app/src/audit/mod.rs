//! The audit log on the screen: who changed what, and when.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
#[cfg(feature = "ssr")]
use portal::audit::Entry;
use portal::audit::{Event, Filter};
use serde::{Deserialize, Serialize};
use strum::{VariantArray, VariantNames};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem, live,
    page::loaded,
    sent::Sent,
    ui::{Card, Column, DataTable, EmptyState, FilterBar, FilterChoice, FilterText, Older, PageHead, When},
};

#[cfg(feature = "ssr")]
mod sentence;
mod told;

pub use told::Told;

/// As many as one question gets; a list that long may go on.
const PAGE: usize = 100;

/// The entries that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditList {
    pub filter: Filter,
    pub found: Vec<Told>,
}

#[server(endpoint = "audit/list")]
pub async fn list_audit(#[server(default)] filter: Filter) -> Result<Sent<AuditList>, Problem> {
    let (portal, actor) = caller();
    let found = portal::audit::list(&portal, &actor, filter.clone()).await;
    let told = |found: Vec<Entry>| found.into_iter().map(Told::from).collect();
    answer_page(found.map(|found| AuditList { filter, found: told(found) }))
}

/// The entries, newest first, narrowed by what the address says.
#[component]
pub fn Audit() -> impl IntoView {
    let query = use_query_map();
    let data = live::load_list(
        live::Kind::VARIANTS,
        move || asked(&query.read()),
        list_audit,
        |list: &AuditList| list.found.iter().map(|entry| entry.seq).collect(),
    );
    loaded(data, |AuditList { filter, found }, _| {
        let next = (found.len() == PAGE).then(|| found.last().map(|last| older(&filter, last.seq))).flatten();
        let table = if found.is_empty() {
            view! { <EmptyState icon="audit" title="No entry matches"><p>"Every change has exactly one entry."</p></EmptyState> }
                .into_any()
        } else {
            view! { <Table found/> }.into_any()
        };
        view! {
            <PageHead title="Audit log"/>
            <Card title="Entries, newest first">
                <Filters filter/>
                {table}
                <Older href=next/>
            </Card>
        }
    })
}

fn asked(query: &ParamsMap) -> Filter {
    let filled = |name| query.get(name).filter(|value| !value.is_empty());
    Filter {
        by: filled("by"),
        kind: filled("kind"),
        about: filled("about"),
        before: filled("before").and_then(|seq| seq.parse().ok()),
    }
}

/// The address of the same list from an older entry on.
fn older(filter: &Filter, before: i64) -> String {
    let mut query = ParamsMap::new();
    let texts = [("by", &filter.by), ("kind", &filter.kind), ("about", &filter.about)];
    for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))) {
        query.insert(name, value);
    }
    query.insert("before", before.to_string());
    format!("/audit{}", query.to_query_string())
}

#[component]
fn Filters(filter: Filter) -> impl IntoView {
    let narrowed = filter != Filter::default();
    view! {
        <FilterBar label="Filter entries" action="/audit" narrowed>
            <FilterText name="by" label="Who" value=filter.by.unwrap_or_default()/>
            <FilterChoice name="kind" label="What" options=kinds() chosen=filter.kind.unwrap_or_default()/>
            <FilterText name="about" label="About, such as EXC-001" value=filter.about.unwrap_or_default()/>
        </FilterBar>
    }
}

/// Every kind of event, as the filter takes it and in words.
fn kinds() -> Vec<(String, String)> {
    Event::VARIANTS.iter().map(|kind| ((*kind).to_owned(), kind.replace('_', " "))).collect()
}

const COLUMNS: [Column; 5] =
    [("Entry", ""), ("Who", ""), ("What", ""), ("Permission", "p2"), ("When", "end")];

#[component]
fn Table(found: Vec<Told>) -> impl IntoView {
    let row = |entry: Told| {
        view! {
            <tr>
                <th scope="row" class="num">{entry.seq}</th>
                <td>{entry.by.clone()}</td>
                <td>{entry.clone().linked()}</td>
                <td class="p2"><code>{entry.permission.clone()}</code></td>
                <td class="end"><When at=entry.at/></td>
            </tr>
        }
    };
    view! {
        <DataTable caption="Audit entries" columns=COLUMNS.to_vec()>{found.into_iter().map(row).collect_view()}</DataTable>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;

    use super::{asked, older};

    #[test]
    fn the_filter_stands_in_the_address() {
        let query: ParamsMap = [("by", "ann"), ("about", "EXC-001"), ("before", "12")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into_iter()
            .collect();
        let filter = asked(&query);
        assert_eq!(filter.before, Some(12));
        assert_eq!(older(&filter, 3), "/audit?by=ann&about=EXC%2D001&before=3");
    }
}
