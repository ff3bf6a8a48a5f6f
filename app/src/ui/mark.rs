use leptos::prelude::*;

/// The product's shield.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
            <path class="body" d="M10 .8 17.8 3.7v5.5c0 4.8-3.1 8.2-7.8 10-4.7-1.8-7.8-5.2-7.8-10V3.7z"/>
            <path class="peak" d="M6.3 13 10 5.7 13.7 13"/>
        </svg>
    }
}
