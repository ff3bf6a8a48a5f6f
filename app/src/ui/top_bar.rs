use leptos::prelude::*;

use super::Icon;

/// The bar above every page: where you are, and you.
#[component]
pub fn TopBar(
    /// Usually a [`super::Breadcrumb`].
    start: AnyView,
    end: AnyView,
) -> impl IntoView {
    view! {
        <header class="top-bar">
            <button
                type="button"
                class="button quiet only-icon only-narrow"
                popovertarget="nav"
                aria-label="Menu"
            >
                <Icon name="menu"/>
            </button>
            {start}
            <div class="end">{end}</div>
        </header>
    }
}

/// A menu that opens without a script.
#[component]
pub fn Menu(
    id: &'static str,
    /// What the button says to those who do not see it.
    #[prop(into)]
    label: String,
    /// What the button shows.
    face: AnyView,
    children: Children,
) -> impl IntoView {
    view! {
        <button type="button" class="button quiet only-icon" popovertarget=id aria-label=label>
            {face}
        </button>
        <div class="menu" id=id popover="auto">{children()}</div>
    }
}
