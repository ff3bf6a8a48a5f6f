//! How one part is shown: its name, a word on its use, and the part itself.

use chrono::{DateTime, TimeZone, Utc};
use leptos::prelude::*;

/// The moment that the page pretends it is.
pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, 20, 14, 32, 0).single().expect("there is such a moment")
}

/// One file of `ui`.
#[component]
pub fn Specimen(
    /// As the file is called.
    file: &'static str,
    title: &'static str,
    /// When to use it, in a sentence.
    about: &'static str,
    /// None where the part is on this page already, around it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class="card" id=format!("ui-{file}")>
            <header>
                <h2>{title}</h2>
                <div class="end"><code class="muted">{file.replace('_', "-")}</code></div>
            </header>
            <div class="body stack">
                <p class="muted">{about}</p>
                {children.map(|children| children())}
            </div>
        </section>
    }
}

/// Several of a kind in one line.
#[component]
pub fn Specimens(children: Children) -> impl IntoView {
    view! { <div class="specimens">{children()}</div> }
}
