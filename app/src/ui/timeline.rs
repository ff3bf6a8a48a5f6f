use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::{Icon, When};

/// What happened to one thing, newest first.
#[component]
pub fn Timeline(children: Children) -> impl IntoView {
    view! { <ol class="timeline">{children()}</ol> }
}

/// One thing that happened.
#[component]
pub fn TimelineEvent(
    tone: &'static str,
    icon: &'static str,
    #[prop(optional)] at: Option<DateTime<Utc>>,
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <span class="dot" data-tone=tone><Icon name=icon/></span>
            <div class="event">{children()}</div>
            {at.map(|at| view! { <When at stop=true/> })}
        </li>
    }
}
