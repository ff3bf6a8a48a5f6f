use leptos::prelude::*;

/// A few numbers beside each other.
#[component]
pub fn StatStrip(children: Children) -> impl IntoView {
    view! { <dl class="stat-strip">{children()}</dl> }
}

/// One number, and what it counts.
#[component]
pub fn Stat(
    label: &'static str,
    #[prop(into)] value: String,
    #[prop(optional_no_strip, into)] note: Option<String>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <dt>{label}</dt>
            <dd>
                {value}
                {note.map(|note| view! { <span class="note">{note}</span> })}
            </dd>
        </div>
    }
}
