use leptos::{context::Provider, ev, html, prelude::*, server_fn::ServerFn};
use portal::Invalid;
use serde::de::DeserializeOwned;

use super::Callout;
use crate::{Problem, kept::KeptForms};

/// The field that tells the page, to which a form is sent without scripts, whom the form asks.
pub const ACT: &str = "act";

/// Asks a server function. What is typed into it stays, through a refusal, a new sign-in and a page laid out anew.
///
/// Without scripts it is sent to the page on which it stands, so that the answer can be that page again.
#[component]
pub fn Form<S>(
    action: ServerAction<S>,
    #[prop(optional_no_strip, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = Problem> + DeserializeOwned + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let (kept, pending, node) = (KeptForms::of_page(), action.pending(), NodeRef::<html::Form>::new());
    let keep = move |_| {
        if let Some(form) = node.get_untracked() {
            kept.keep(S::PATH, &form);
        }
    };
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        // What is sent twice would be done twice.
        if pending.get_untracked() {
            return;
        }
        match S::from_event(&event) {
            Ok(asked) => {
                action.dispatch(asked);
            }
            Err(unreadable) => {
                let invalid = Invalid::new("the form", unreadable.to_string());
                action.value().set(Some(Err(Problem::Refused(invalid.into()))));
            }
        }
    };
    let welcome = kept.came_from_sign_in(S::PATH).then(welcome_back);
    view! {
        <form class=class method="post" node_ref=node aria-busy=move || pending.get().then_some("true") on:input=keep on:submit=send>
            <input type="hidden" name=ACT value=S::PATH/>
            {welcome}
            <Provider value=kept.typed(S::PATH)>{children()}</Provider>
        </form>
    }
}

fn welcome_back() -> impl IntoView {
    view! {
        <Callout tone="caution" icon="warning" live=true>
            <p>
                <strong>"Not sent yet: "</strong>
                "your session had ended. You are signed in again, and what you typed is still here."
            </p>
        </Callout>
    }
}
