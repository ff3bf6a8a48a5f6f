use leptos::prelude::*;

use super::Icon;

/// What waits for somebody.
#[component]
pub fn Queue(children: Children) -> impl IntoView {
    view! { <ul class="queue">{children()}</ul> }
}

/// One thing that waits, with enough said in the row to know whether it is urgent.
#[component]
pub fn Waiting(
    icon: &'static str,
    #[prop(into)] what: String,
    #[prop(into)] href: String,
    /// As in `Review`.
    act: &'static str,
    children: Children,
) -> impl IntoView {
    let label = format!("{act}: {what}");
    view! {
        <li>
            <Icon name=icon/>
            <div>
                <p class="what"><a href=href.clone()>{what}</a></p>
                <p class="why">{children()}</p>
            </div>
            <a class="button small" href=href aria-label=label>{act}</a>
        </li>
    }
}
