//! Lists, as keys move in them: whatever has rows on the page.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement, NodeList};

const ROWS: &str = "main :is(.data-table tbody > tr, .queue > li)";
/// Above each stretch that changed.
const CHANGES: &str = "main tr.hunk[id]";
/// What a row is opened by.
const OPENS: &str = "th[scope=row] a[href], .what a[href]";
const FILTER: &str = "main form[role=search] :is(input:not([type=hidden], [type=checkbox]), select)";
/// What approves: a link leads to a question, a button is gone to and not pressed.
const APPROVES: &str = "main :is(#approve, #confirm):not([aria-disabled=true])";
const TYPED_INTO: &str = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

/// Whether a key was meant for a field that is typed in, or for a question in front of the page.
pub(super) fn is_elsewhere(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let typed = target.is_some_and(|target| target.closest(TYPED_INTO).is_ok_and(|found| found.is_some()));
    typed || one("dialog:modal, :popover-open").is_some()
}

/// Goes to the first field of the page's filter; false where there is none.
pub(super) fn to_filter() -> bool {
    let filter = one(FILTER);
    if let Some(filter) = &filter {
        focus(filter);
    }
    filter.is_some()
}

/// Moves by so many rows, and from outside of the list to its first.
pub(super) fn to_row(by: i32) {
    let rows = all(ROWS);
    let here = current().and_then(|row| rows.iter().position(|one| *one == row));
    let next = match here {
        None => rows.first(),
        Some(here) => here.checked_add_signed(by as isize).and_then(|next| rows.get(next)),
    };
    let Some(row) = next else { return };
    match inside(row, OPENS).or_else(|| inside(row, "a[href], button:not([aria-disabled=true])")) {
        Some(link) => focus(&link),
        None => {
            // Fails only for names that are no attribute's.
            let _ = row.set_attribute("tabindex", "-1");
            focus(row);
        }
    }
}

/// Moves by so many changes, from the one that has the focus or else to the first.
pub(super) fn to_change(by: i32) {
    let changes = all(CHANGES);
    let focused = document().active_element().and_then(|focused| focused.closest("tr.hunk").ok().flatten());
    let here = focused.and_then(|row| changes.iter().position(|one| *one == row));
    let to = match here {
        None => 0,
        Some(here) => here.saturating_add_signed(by as isize).min(changes.len() - 1),
    };
    if let Some(change) = changes.get(to) {
        if let Some(file) = change.closest("details").ok().flatten() {
            // What is folded takes no focus. An element always takes an attribute of this name.
            let _ = file.set_attribute("open", "");
        }
        focus(change);
    }
}

pub(super) fn open() {
    if let Some(link) = current().and_then(|row| inside(&row, OPENS)) {
        click(&link);
    }
}

pub(super) fn select() {
    if let Some(pick) = current().and_then(|row| inside(&row, "input[type=checkbox]:not(:disabled)")) {
        click(&pick);
    }
}

pub(super) fn to_approving() {
    let Some(approves) = one(APPROVES) else { return };
    match approves.tag_name().as_str() {
        "A" => click(&approves),
        _ => focus(&approves),
    }
}

/// The row in which the focus is.
fn current() -> Option<Element> {
    document().active_element()?.closest(ROWS).ok().flatten()
}

fn all(selector: &str) -> Vec<Element> {
    let all = document().query_selector_all(selector);
    all.map(|all| elements(&all)).unwrap_or_default()
}

fn elements(all: &NodeList) -> Vec<Element> {
    (0..all.length()).filter_map(|at| all.item(at)?.dyn_into().ok()).collect()
}

fn one(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

fn inside(row: &Element, selector: &str) -> Option<Element> {
    row.query_selector(selector).ok().flatten()
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // Refused only by what cannot have it.
        let _ = element.focus();
    }
}

fn click(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.click();
    }
}
