use leptos::{context::Provider, ev, html, prelude::*, wasm_bindgen::JsCast};
use leptos_router::hooks::use_location;

use super::Callout;
use crate::{act::Act, anew::stands_for_another, kept::KeptForms};

/// The field that tells the page, to which a form is sent without scripts, whom the form asks.
pub const ACT: &str = "act";

/// Asks a server function. What is typed into it stays, through a refusal, a new sign-in and a page laid out anew.
///
/// Without scripts it is sent to the page on which it stands, so that the answer can be that page again.
#[component]
pub fn Form(
    action: Act,
    #[prop(optional_no_strip, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let (kept, pending, node) = (KeptForms::of_page(), action.pending(), NodeRef::<html::Form>::new());
    let keep = move |typed: ev::Event| {
        if let Some(form) = node.get_untracked() {
            kept.keep(action.path, &form);
        }
        let field = typed.target().and_then(|field| field.dyn_into::<web_sys::Element>().ok());
        if let Some(name) = field.and_then(|field| field.get_attribute("name")) {
            action.typed_into(&name);
        }
    };
    begin_anew(node);
    let welcome = kept.came_from_sign_in(action.path).then(welcome_back);
    view! {
        <form
            class=class
            method="post"
            node_ref=node
            aria-busy=move || (pending.try_get() == Some(true)).then_some("true")
            on:input=keep
            on:submit=move |event| action.send(&event)
        >
            <input type="hidden" name=ACT value=action.path/>
            {welcome}
            <Provider value=kept.typed(action.path)>{children()}</Provider>
        </form>
    }
}

/// Asks a server function for what a button chooses. Without scripts it is sent to the server function itself, which
/// leads on, and what it refuses comes back to the page. Little is typed into it, so it keeps nothing while one types.
#[component]
pub fn PlainForm(
    action: Act,
    #[prop(optional_no_strip, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class method="post" action=action.path on:submit=move |event| action.send(&event)>
            {children()}
        </form>
    }
}

/// Empties a form that was typed into for one thing when the same page shows another: the page is laid out anew in the
/// same fields. What the page itself fills in, and what it kept of what was typed, is in them again.
fn begin_anew(node: NodeRef<html::Form>) {
    let path = use_location().pathname;
    Effect::new(move || {
        let (Some(form), path) = (node.get(), path.get()) else { return };
        if stands_for_another(&form, &path) {
            form.reset();
        }
    });
}

/// What is said of a form that came back through the sign-in.
pub(crate) fn welcome_back() -> impl IntoView {
    view! {
        <Callout tone="caution" icon="warning" live=true>
            <p>
                <strong>"Not sent yet: "</strong>
                "you had to sign in first. What you typed is still here: look it over, and send it."
            </p>
        </Callout>
    }
}
