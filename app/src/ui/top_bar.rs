use leptos::{ev, prelude::*, wasm_bindgen::JsCast};

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
        <div class="menu" id=id popover="auto" on:click=close_menu>{children()}</div>
    }
}

/// A menu goes once something in it was chosen; beside it and at Escape the browser closes it.
pub(crate) fn close_menu(click: ev::MouseEvent) {
    let on = click.target().and_then(|on| on.dyn_into::<web_sys::Element>().ok());
    let on = on.and_then(|on| on.closest("a, button").ok().flatten());
    let menu = on.and_then(|on| on.closest("[popover]").ok().flatten());
    if let Some(menu) = menu.and_then(|menu| menu.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused where it is not open.
        let _ = menu.hide_popover();
    }
}
