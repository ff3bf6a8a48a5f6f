use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, Event, HtmlElement},
};
use serde::{Deserialize, Serialize};

use super::Icon;

/// A column: its heading, and when it goes where there is no room (`p3` first, `p1` last, `""` never).
pub type Column = (&'static str, &'static str);

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Direction {
    /// As `aria-sort` takes it.
    fn word(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// A column that the list can be sorted by: its heading is a link, and the order stands in the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnSort {
    /// The heading of the column.
    pub column: String,
    /// The address of the list sorted by it, or sorted the other way round.
    pub href: String,
    /// How it is sorted by it now.
    pub now: Option<Direction>,
}

/// Rows of one kind of thing. Each row's first cell is a `th scope="row"` that names it; where rows are picked, a
/// [`Pick`] stands before it.
///
/// The head stays in sight.
#[component]
pub fn DataTable(
    /// What the table holds, for those who do not see it.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    /// The columns that it can be sorted by.
    #[prop(optional)]
    sorts: Vec<ColumnSort>,
    /// Whether rows are picked: each then begins with a [`Pick`].
    #[prop(optional)]
    picks: bool,
    children: Children,
) -> impl IntoView {
    let heading = move |(title, class): Column| {
        let sort = sorts.iter().find(|sort| sort.column == title);
        let aria_sort = sort.and_then(|sort| sort.now).map(Direction::word);
        let face = match sort {
            Some(sort) => view! {
                <a href=sort.href.clone()>{title}<Icon name="sort"/></a>
            }
            .into_any(),
            None => title.into_any(),
        };
        view! { <th scope="col" class=class aria-sort=aria_sort>{face}</th> }
    };
    let label = caption.clone();
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            <table class="data-table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        {picks.then(|| view! { <PickAll/> })}
                        {columns.into_iter().map(heading).collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The cell by which a row is picked. It sends the row's `value` under `name` with the form around the table.
#[component]
pub fn Pick(
    name: &'static str,
    #[prop(into)] value: String,
    /// As in `Pick EXC-001`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! { <td class="pick"><input type="checkbox" name=name value=value aria-label=label autocomplete="off"/></td> }
}

/// Picks every row of the page, or none. Only scripts can: without them it is not there.
#[component]
fn PickAll() -> impl IntoView {
    let pick = |change: Event| {
        let Some(own) = change.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let Some(table) = own.closest("table").ok().flatten() else { return };
        let others = match own.matches(":checked") {
            Ok(true) => "tbody .pick input:not(:checked)",
            _ => "tbody .pick input:checked",
        };
        // Each that is clicked no longer matches.
        while let Some(one) = first(&table, others) {
            one.click();
        }
    };
    view! {
        <th scope="col" class="pick">
            <input type="checkbox" aria-label="Pick all on this page" autocomplete="off" on:change=pick/>
        </th>
    }
}

fn first(within: &Element, selector: &str) -> Option<HtmlElement> {
    within.query_selector(selector).ok().flatten()?.dyn_into().ok()
}
