use leptos::prelude::*;

use super::State;

/// Checks with their outcome and the evidence for it.
#[component]
pub fn CheckList(children: Children) -> impl IntoView {
    view! { <ul class="check-list">{children()}</ul> }
}

/// One check. A check that was not run says so: it is never shown as passed.
#[component]
pub fn CheckLine(
    /// `passed`, `failed` or `skipped`.
    state: &'static str,
    word: &'static str,
    #[prop(into)] title: String,
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <State state>{word}</State>
            <div>
                <p class="title">{title}</p>
                <div class="evidence">{children()}</div>
            </div>
        </li>
    }
}
