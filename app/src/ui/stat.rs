use leptos::prelude::*;

/// A few numbers beside each other.
#[component]
pub fn StatStrip(
    /// Within a card, which has a line of its own.
    #[prop(optional)]
    flat: bool,
    children: Children,
) -> impl IntoView {
    view! { <dl class="stat-strip" class:flat=flat>{children()}</dl> }
}

/// One number, and what it counts.
#[component]
pub fn Stat(
    label: &'static str,
    #[prop(into)] value: String,
    /// The list that the number counts.
    #[prop(optional_no_strip, into)]
    href: Option<String>,
    #[prop(optional_no_strip, into)] note: Option<String>,
) -> impl IntoView {
    let value = match href {
        Some(href) => view! { <a class="counted" href=href>{value}</a> }.into_any(),
        None => value.into_any(),
    };
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
