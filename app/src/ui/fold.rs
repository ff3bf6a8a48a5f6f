use leptos::prelude::*;

/// A part of a card that is there for whoever unfolds it: with scripts and without, found by the browser's own search,
/// and printed unfolded.
#[component]
pub fn Fold(
    /// What is in it, in a few words.
    #[prop(into)]
    summary: String,
    #[prop(default = false)] open: bool,
    children: Children,
) -> impl IntoView {
    view! { <details class="fold" open=open><summary>{summary}</summary>{children()}</details> }
}
