use leptos::{html, prelude::*};

use crate::focus;

/// The head of a page: its only `h1`, how it stands above it, facts below it, actions beside it.
///
/// The heading takes the focus when somebody comes to the page, so that it is read out.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(optional)] over: Option<AnyView>,
    #[prop(optional)] meta: Option<AnyView>,
    #[prop(optional)] actions: Option<AnyView>,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    focus::arrived(move || heading.get().map(Into::into));
    view! {
        <div class="page-head">
            <div>
                {over.map(|over| view! { <div class="over">{over}</div> })}
                <h1 tabindex="-1" node_ref=heading><bdi>{title}</bdi></h1>
                {meta.map(|meta| view! { <p class="meta">{meta}</p> })}
            </div>
            {actions.map(|actions| view! { <div class="button-row">{actions}</div> })}
        </div>
    }
}
