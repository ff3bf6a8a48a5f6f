use leptos::prelude::*;

/// How many there are, beside the name of a place or of a tab.
#[component]
pub fn Count(number: usize) -> impl IntoView {
    view! { <span class="count">{number}</span> }
}

/// A number with its noun: `1 OPA`, `2 OPAs`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
