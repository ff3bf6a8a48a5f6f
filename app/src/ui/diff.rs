use leptos::{ev, prelude::*};
use serde::{Deserialize, Serialize};

use super::{CardFoot, Column, DataTable, Segment, Segmented, State, counted};

/// The name of the query parameter that says how a change is looked at: `?view=split`.
pub const VIEW: &str = "view";

/// How a change is looked at.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum DiffView {
    #[default]
    Unified,
    /// Side by side, where there is room.
    Split,
    /// By key.
    Data,
}

/// The files of a diff as the server writes them: the browser takes them as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLines(pub(crate) String);

/// What changed between two folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    pub view: DiffView,
    pub files: usize,
    pub added: usize,
    pub removed: usize,
    /// Stretches that changed, each with a title that can be walked to.
    pub places: usize,
    pub lines: DiffLines,
    /// Whether some file can be looked at by its keys.
    pub has_data: bool,
    pub data: Vec<DataFile>,
}

/// A file of data, by the paths that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    pub path: String,
    pub changes: Vec<DataChange>,
    /// Changes beyond those that a page shows.
    pub more: usize,
}

/// One path, and what stood and stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataChange {
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The ways to look at a change. `at` is the address of one.
#[component]
pub fn DiffViews(view: DiffView, has_data: bool, at: impl Fn(DiffView) -> String) -> impl IntoView {
    let segment = |title, one| Segment { title, href: at(one), current: one == view };
    let mut segments = vec![segment("Unified", DiffView::Unified), segment("Side by side", DiffView::Split)];
    if has_data {
        segments.push(segment("Data", DiffView::Data));
    }
    view! { <Segmented label="How to look at it" segments/> }
}

/// What changed between two folders. `n` and `p` lead from change to change (`shortcut`).
#[component]
pub fn Diff(#[prop(into)] label: String, changes: Changes) -> impl IntoView {
    if changes.view == DiffView::Data {
        return changes.data.into_iter().map(data_file).collect_view().into_any();
    }
    let places = changes.places;
    let sums = format!("{}, +{} −{}", counted(changes.files, "file"), changes.added, changes.removed);
    view! {
        <div class="table-scroll" role="region" aria-label=label tabindex="0" on:click=stay>
            <div inner_html=changes.lines.0></div>
        </div>
        <CardFoot>
            <span>{sums}</span>
            <span class="end" id=format!("change-{}", places + 1)>
                <kbd>"n"</kbd>" next change, "<kbd>"p"</kbd>" previous"
            </span>
        </CardFoot>
    }
    .into_any()
}

/// The address of a change is the browser's to follow.
fn stay(click: ev::MouseEvent) {
    click.stop_propagation();
}

const COLUMNS: [Column; 4] = [("Path", ""), ("Change", ""), ("Was", ""), ("Is", "")];

fn data_file(file: DataFile) -> impl IntoView {
    let row = |change: DataChange| {
        let (state, word) = match (&change.before, &change.after) {
            (None, _) => ("approved", "Added"),
            (_, None) => ("denied", "Removed"),
            _ => ("converging", "Changed"),
        };
        let value = |value: Option<String>| value.map(|value| view! { <code>{value}</code> });
        view! {
            <tr>
                <th scope="row"><code>{change.path}</code></th>
                <td><State state>{word}</State></td>
                <td>{value(change.before)}</td>
                <td>{value(change.after)}</td>
            </tr>
        }
    };
    let more =
        (file.more > 0).then(|| view! { <CardFoot>{format!("{} more paths changed", file.more)}</CardFoot> });
    view! {
        <DataTable caption=file.path columns=COLUMNS.to_vec()>{file.changes.into_iter().map(row).collect_view()}</DataTable>
        {more}
    }
}
