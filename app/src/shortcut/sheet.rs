use leptos::{html, prelude::*};

use super::shortcuts;
use crate::{
    preference::{Keys, choosing, preferred},
    ui::{Card, CardBody, Icon, PageHead, PlainForm, raise},
};

/// All keys on a page of their own, for whoever has no scripts or wants to keep it open.
#[component]
pub fn ShortcutPage() -> impl IntoView {
    view! {
        <PageHead title="Shortcuts" meta=view! { "They never act while you type." }.into_any()/>
        <Card title="All keys"><CardBody><Sheet/></CardBody></Card>
    }
}

/// All keys in front of the page that somebody is on.
#[component]
pub fn ShortcutDialog(open: RwSignal<bool>) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    raise(node, Memo::new(move |_| open.get()));
    view! {
        <dialog class="dialog" node_ref=node aria-labelledby="shortcuts-title" on:close=move |_| open.set(false)>
            <Show when=move || open.get()>
                <div class="head">
                    <h2 id="shortcuts-title">"Shortcuts"</h2>
                    <button
                        type="button"
                        class="button quiet small only-icon"
                        aria-label="Close"
                        on:click=move |_| open.set(false)
                    >
                        <Icon name="x"/>
                    </button>
                </div>
                <div class="body"><Sheet/></div>
            </Show>
        </dialog>
    }
}

/// The list that binds the keys, and the switch that turns those off which act alone.
#[component]
fn Sheet() -> impl IntoView {
    let (choose, preferred) = (choosing(), preferred());
    let off = move || preferred.get().keys == Keys::Off;
    let other = move || if off() { Keys::On } else { Keys::Off }.to_string();
    let key = |key: String| view! { <kbd>{key}</kbd> " " };
    let line = move |(keys, words, _): (Vec<String>, String, _)| {
        view! { <div><dt>{keys.into_iter().map(key).collect_view()}</dt><dd>{words}</dd></div> }
    };
    view! {
        <dl class="shortcut-sheet">
            <div>
                <dt><kbd>"Ctrl"</kbd> " " <kbd>"K"</kbd></dt>
                <dd>"Find anything; with Cmd on a Mac"</dd>
            </div>
            {shortcuts().map(line).collect_view()}
        </dl>
        <PlainForm action=choose class="row">
            <button class="button small" name="keys" value=other>
                {move || if off() { "Turn single keys on" } else { "Turn single keys off" }}
            </button>
            <span class="muted">{move || if off() { "They are off: only Ctrl K acts." } else { "" }}</span>
        </PlainForm>
    }
}
