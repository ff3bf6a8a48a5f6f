use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{code_block::stretch, rego};

/// A line of a diff, with its number on the sides on which it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiffLine {
    /// What the next lines are about: a file, and which of its lines.
    Hunk(String),
    Same {
        before: usize,
        after: usize,
        text: String,
    },
    Removed {
        before: usize,
        text: String,
    },
    Added {
        after: usize,
        text: String,
    },
}

/// What changed between two texts, one table for all files.
#[component]
pub fn Diff(#[prop(into)] label: String, lines: Vec<DiffLine>) -> impl IntoView {
    let caption = label.clone();
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0">
            <table class="diff">
                <caption class="visually-hidden">{caption}</caption>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(line: DiffLine) -> impl IntoView {
    match line {
        DiffLine::Hunk(title) => view! { <tr class="hunk"><td colspan="4">{title}</td></tr> }.into_any(),
        DiffLine::Same { before, after, text } => {
            cells("", "", "", Some(before), Some(after), &text).into_any()
        }
        DiffLine::Removed { before, text } => {
            cells("del", "-", "removed", Some(before), None, &text).into_any()
        }
        DiffLine::Added { after, text } => cells("add", "+", "added", None, Some(after), &text).into_any(),
    }
}

fn cells(
    class: &'static str,
    sign: &'static str,
    spoken: &'static str,
    before: Option<usize>,
    after: Option<usize>,
    text: &str,
) -> impl IntoView + use<> {
    let coloured: Vec<_> = rego::lines(text).into_iter().flatten().map(stretch).collect();
    view! {
        <tr class=class>
            <td class="at">{before}</td>
            <td class="at">{after}</td>
            <td class="sign"><span class="visually-hidden">{spoken}</span>{sign}</td>
            <td>{coloured}</td>
        </tr>
    }
}
