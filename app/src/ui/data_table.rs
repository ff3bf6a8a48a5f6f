use leptos::{
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlInputElement},
};
use serde::{Deserialize, Serialize};

use super::Icon;
use crate::anew::stands_for_another;

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
    /// Where rows are picked, each begins with a [`Pick`]: what these send, in a line. None where they are not.
    #[prop(optional_no_strip, into)]
    picks: Option<String>,
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
                        {picks.map(|rows| view! { <PickAll rows/> })}
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
///
/// A table that is laid out anew for other rows keeps its boxes, which then stand beside rows that nobody picked: so
/// they are emptied.
#[component]
fn PickAll(rows: String) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let pick = move |_| {
        let Some((own, table)) = node.get_untracked().and_then(in_table) else { return };
        let others = if own.checked() { "tbody .pick input:not(:checked)" } else { PICKED };
        // Each that is clicked no longer matches.
        while let Some(one) = first(&table, others) {
            one.click();
        }
    };
    Effect::new(move || {
        let Some((own, table)) = node.get().and_then(in_table) else { return };
        if !stands_for_another(&own, &rows) {
            return;
        }
        own.set_checked(false);
        while let Some(one) = first(&table, PICKED).and_then(|one| one.dyn_into::<HtmlInputElement>().ok()) {
            one.set_checked(false);
        }
    });
    view! {
        <th scope="col" class="pick">
            <input
                node_ref=node
                type="checkbox"
                aria-label="Pick all on this page"
                autocomplete="off"
                on:change=pick
            />
        </th>
    }
}

const PICKED: &str = "tbody .pick input:checked";

fn in_table(own: HtmlInputElement) -> Option<(HtmlInputElement, Element)> {
    let table = own.closest("table").ok().flatten()?;
    Some((own, table))
}

fn first(within: &Element, selector: &str) -> Option<HtmlElement> {
    within.query_selector(selector).ok().flatten()?.dyn_into().ok()
}
