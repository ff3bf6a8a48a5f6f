use leptos::{
    html,
    prelude::*,
    tachys::html::attribute::{self, any_attribute::IntoAnyAttribute},
    wasm_bindgen::JsCast,
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
    params::ParamsMap,
};

use super::Icon;
use crate::focus::{FRAMES, once_there};

/// The name of the query parameter that says which dialog is open: `?ask=revoke`.
pub const ASK: &str = "ask";

/// The address that opens the dialog `name` of the page it is on, which stays as it is behind it.
pub fn ask(name: &str) -> String {
    let mut query = unasked();
    query.insert(ASK, name.to_owned());
    query.to_query_string()
}

/// The address of the page at `path`, on which a dialog may be open, without that.
pub fn leave(path: &str) -> String {
    format!("{path}{}", unasked().to_query_string())
}

fn unasked() -> ParamsMap {
    let mut query = use_query_map().get_untracked();
    query.remove(ASK);
    query
}

/// A question in front of the page, with a form in it.
///
/// Its address says that it is open. Without scripts the server writes it into the page, open; with
/// them it stands in front of it, holds the focus, and Escape or the back button close it.
#[component]
pub fn Dialog(
    #[prop(into)] name: String,
    #[prop(into)] title: String,
    /// Where closing leads: the page without the question.
    #[prop(into)]
    back: String,
    children: ChildrenFn,
) -> impl IntoView {
    let asked = use_query_map();
    let own = name.clone();
    let open = Memo::new(move |_| asked.read().get_str(ASK) == Some(own.as_str()));
    let node = NodeRef::<html::Dialog>::new();
    raise(node, open);
    let (title_id, children) = (StoredValue::new(format!("{name}-title")), StoredValue::new(children));
    let (back, leave) = (StoredValue::new(back), use_navigate());
    // The browser tells of it late, when the page may have been laid out anew and the question be gone.
    let closed = move |_| {
        if open.try_get_untracked() == Some(true) {
            // Not a step: the way back would open it again.
            leave(&back.read_value(), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
        give_back(&name);
    };
    // In the browser only `raise` opens and closes it: with an attribute of ours it would close, and leave the
    // page inert, whenever the page around it is written anew.
    let opened =
        (cfg!(feature = "ssr") && open.get_untracked()).then(|| attribute::open(true).into_any_attr());
    view! {
        <dialog
            class="dialog"
            node_ref=node
            aria-labelledby=title_id.get_value()
            {..opened.into_iter().collect::<Vec<_>>()}
            on:close=closed
        >
            <Show when=move || open.get()>
                <div class="head">
                    <h2 id=title_id.get_value()>{title.clone()}</h2>
                    <a class="button quiet small only-icon" href=back.get_value() aria-label="Close">
                        <Icon name="x"/>
                    </a>
                </div>
                {children.read_value()()}
            </Show>
        </dialog>
    }
}

/// Gives the focus to what opened the dialog, which has its name for an id. The browser does so itself, unless the
/// page was laid out anew meanwhile or came with the dialog open.
fn give_back(name: &str) {
    let lost = document().active_element().is_none_or(|focused| focused.tag_name() == "BODY");
    let opener = document().get_element_by_id(name).filter(|_| lost);
    if let Some(opener) = opener.and_then(|opener| opener.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused only where it cannot be focused: then the focus stays where it is.
        let _ = opener.focus();
    }
}

/// Keeps the dialog in front of the page exactly while it is asked for.
pub(crate) fn raise(node: NodeRef<html::Dialog>, open: Memo<bool>) {
    Effect::new(move || {
        let Some(dialog) = node.get() else { return };
        let in_front = dialog.matches(":modal").unwrap_or(false);
        if !open.get() {
            dialog.close();
        } else if !in_front {
            once_there(dialog, FRAMES, move |dialog| show(dialog, open));
        }
    });
}

/// Where whoever is asked begins: at the first field, else at the way back, for it changes nothing.
const FIRST: &str = ".body :is(input:not([type=hidden]), select, textarea), .foot > a";

fn show(dialog: &web_sys::HtmlDialogElement, open: Memo<bool>) {
    if open.try_get_untracked() == Some(true) {
        // The server wrote it into the page, open; to stand in front it must be opened anew.
        dialog.set_open(false);
        // Refused only where it stands in front by now.
        let _ = dialog.show_modal();
        // By itself the browser gives the focus to the first of all, which is the way out.
        let first = dialog.query_selector(FIRST).ok().flatten();
        if let Some(first) = first.and_then(|first| first.dyn_into::<web_sys::HtmlElement>().ok()) {
            // A field or link of an open dialog takes it.
            let _ = first.focus();
        }
    }
}

/// The fields of a [`Dialog`]'s form.
#[component]
pub fn DialogBody(children: Children) -> impl IntoView {
    view! { <div class="body">{children()}</div> }
}

/// The buttons of a [`Dialog`]'s form, after the way back.
#[component]
pub fn DialogFoot(#[prop(into)] back: String, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="foot">
            <a class="button" href=back>"Cancel"</a>
            {children.map(|children| children())}
        </div>
    }
}
