use std::time::Duration;

use leptos::{leptos_dom::helpers::set_timeout, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::Icon;

/// How long it says that it has copied.
const SAID: Duration = Duration::from_secs(2);

/// Copies a text. Where no script runs, or the browser lets none at its clipboard, it is not there.
#[component]
pub fn CopyText(
    text: impl Fn() -> String + Copy + Send + Sync + 'static,
    /// What is copied, for those who do not see where the button stands.
    what: &'static str,
) -> impl IntoView {
    let (works, copied) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move || works.set(window().is_secure_context()));
    let copy = move |_| {
        spawn_local(async move {
            let done = JsFuture::from(window().navigator().clipboard().write_text(&text())).await;
            // It may be gone from the page by now.
            let say = move |so| {
                let _ = copied.try_set(so);
            };
            say(done.is_ok());
            set_timeout(move || say(false), SAID);
        });
    };
    view! {
        <span class="copy-text">
            <Show when=move || works.get()>
                <button type="button" class="button quiet small" on:click=copy>
                    <Icon name="copy"/>
                    <span aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
                    " "
                    <span class="visually-hidden">{what}</span>
                </button>
            </Show>
        </span>
    }
}
