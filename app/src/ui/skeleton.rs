use leptos::prelude::*;

/// Stands in for a part that is still under way, in about its shape.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <div class="card" role="status" aria-busy="true" aria-label="Loading">
            <div class="body">
                <span class="skeleton short"></span>
                <span class="skeleton"></span>
                <span class="skeleton mid"></span>
            </div>
        </div>
    }
}
