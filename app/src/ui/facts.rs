use leptos::prelude::*;

/// Labels and their values, one pair a line.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One pair of [`Facts`].
#[component]
pub fn Fact(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <dt>{label}</dt>
        <dd>{children()}</dd>
    }
}
