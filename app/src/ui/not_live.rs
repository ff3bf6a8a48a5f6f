use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// Says that the page is told of no changes, and since when: what is shown may be old.
#[component]
pub fn NotLive(seen: Option<DateTime<Utc>>) -> impl IntoView {
    let since = seen.map(|seen| {
        view! {
            <span class="only-wide">
                " since " <time datetime=seen.to_rfc3339()>{seen.format("%H:%M:%S UTC").to_string()}</time>
            </span>
        }
    });
    view! { <span class="state filled" data-state="stale">"Not live"{since}</span> }
}
