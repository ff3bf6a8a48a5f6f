use leptos::prelude::*;

/// A version's number, as people quote it.
#[component]
pub fn VersionNumber(
    #[prop(into)] number: String,
    #[prop(optional_no_strip, into)] href: Option<String>,
) -> impl IntoView {
    match href {
        Some(href) => view! { <a class="version" href=href>{number}</a> }.into_any(),
        None => view! { <span class="version">{number}</span> }.into_any(),
    }
}
