use leptos::prelude::*;

/// The environments in the order in which a version moves through them.
#[component]
pub fn Pipeline(children: Children) -> impl IntoView {
    view! { <ol class="pipeline">{children()}</ol> }
}

/// One environment of the [`Pipeline`].
#[component]
pub fn Stop(
    #[prop(into)] name: String,
    /// Where the version in hand could go next.
    #[prop(optional)]
    next: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <li class:next=next>
            <strong>{name}</strong>
            {children()}
        </li>
    }
}
