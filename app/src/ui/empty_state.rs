use leptos::prelude::*;

use super::Icon;

/// Nothing there yet, nothing that matches, an error or no permission: what it is, and the next step.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional_no_strip, into)] tone: Option<&'static str>,
    /// Where it is the whole page: its title is the page's first heading.
    #[prop(optional)]
    alone: bool,
    children: Children,
) -> impl IntoView {
    let title = match alone {
        true => view! { <h1>{title}</h1> }.into_any(),
        // A list that finds nothing has no other heading between this one and the page's.
        false => view! { <h2>{title}</h2> }.into_any(),
    };
    view! {
        <div class="empty-state" data-tone=tone>
            <Icon name=icon/>
            {title}
            {children()}
        </div>
    }
}
