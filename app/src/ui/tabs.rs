use leptos::prelude::*;

use super::Count;
use crate::place::rel;

/// One tab: a link, so that it works without scripts and has an address.
pub struct Tab {
    pub title: String,
    pub href: String,
    pub count: Option<usize>,
    pub current: bool,
}

/// Views of one thing beside each other.
#[component]
pub fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let tab = |tab: Tab| {
        view! {
            <a rel=rel(&tab.href) href=tab.href aria-current=tab.current.then_some("page")>
                {tab.title}
                {tab.count.map(|number| view! { <Count number/> })}
            </a>
        }
    };
    view! { <nav class="tabs" aria-label=label>{tabs.into_iter().map(tab).collect_view()}</nav> }
}
