use leptos::prelude::*;

/// Under which the server's log tells of what went wrong. One click marks the whole of it, so that it can be copied.
#[component]
pub fn Reference(reference: crate::Reference) -> impl IntoView {
    view! {
        <p class="reference">
            "Reference "
            <code>{reference.0}</code>
        </p>
    }
}
