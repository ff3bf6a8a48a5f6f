use leptos::prelude::*;

/// A part of a page with a heading of its own.
#[component]
pub fn Card(
    #[prop(into)] title: String,
    /// Where links into the page lead.
    #[prop(optional_no_strip, into)]
    id: Option<&'static str>,
    /// For the one card in which something is decided.
    #[prop(optional)]
    emphasis: bool,
    /// What stands at the other end of the heading.
    #[prop(optional)]
    aside: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" class:emphasis=emphasis id=id>
            <header>
                <h2>{title}</h2>
                {aside.map(|aside| view! { <div class="end">{aside}</div> })}
            </header>
            {children()}
        </section>
    }
}

/// The padded part of a card.
#[component]
pub fn CardBody(children: Children) -> impl IntoView {
    view! { <div class="body">{children()}</div> }
}

/// The last line of a card.
#[component]
pub fn CardFoot(children: Children) -> impl IntoView {
    view! { <footer>{children()}</footer> }
}
