use leptos::prelude::*;
use portal::report::Severity;

use super::Icon;

/// A plain fact in a word: a category, an environment, a severity.
#[component]
pub fn Badge(
    #[prop(optional_no_strip, into)] tone: Option<&'static str>,
    #[prop(optional_no_strip, into)] icon: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <span class="badge" data-tone=tone>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </span>
    }
}

/// Several words in one line.
#[component]
pub fn Badges(words: Vec<String>) -> impl IntoView {
    let badge = |word| view! { <Badge>{word}</Badge> };
    view! { <span class="badge-row">{words.into_iter().map(badge).collect_view()}</span> }
}

/// A severity, with as many bars as it is bad.
#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    let (icon, tone, word) = match severity {
        Severity::Critical => ("severity-4", Some("bad"), "Critical"),
        Severity::High => ("severity-3", None, "High"),
        Severity::Medium => ("severity-2", None, "Medium"),
        Severity::Low => ("severity-1", None, "Low"),
    };
    view! { <Badge tone icon>{word}</Badge> }
}
