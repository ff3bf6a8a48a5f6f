use leptos::prelude::*;

/// One of a few ways to look at the same thing: a link, so that it works without scripts and has an address.
pub struct Segment {
    pub title: &'static str,
    pub href: String,
    pub current: bool,
}

/// A few ways to look at the same thing, beside each other.
#[component]
pub fn Segmented(label: &'static str, segments: Vec<Segment>) -> impl IntoView {
    let segment = |segment: Segment| {
        view! { <a href=segment.href aria-current=segment.current.then_some("true")>{segment.title}</a> }
    };
    view! {
        <nav class="segmented" aria-label=label>{segments.into_iter().map(segment).collect_view()}</nav>
    }
}
