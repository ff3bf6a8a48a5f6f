use leptos::prelude::*;

use super::Icon;

/// Nothing there yet, nothing that matches, an error or no permission: what it is, and the next step.
#[component]
pub fn EmptyState(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional_no_strip, into)] tone: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty-state" data-tone=tone>
            <Icon name=icon/>
            <h3>{title}</h3>
            {children()}
        </div>
    }
}
