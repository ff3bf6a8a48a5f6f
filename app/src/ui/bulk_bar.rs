use leptos::prelude::*;

/// What can be done to the rows that are picked in the table above it, in the same form. It is there once one is
/// picked, and counts them; both are the style's work, so that it needs no script.
#[component]
pub fn BulkBar(
    /// As in `Picked exceptions`.
    label: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="bulk-bar" role="group" aria-label=label>
            <strong class="picked"></strong>
            {children()}
        </div>
    }
}
