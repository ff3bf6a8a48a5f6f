use leptos::prelude::*;

/// The head of a page: its only `h1`, how it stands above it, facts below it, actions beside it.
#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(optional)] over: Option<AnyView>,
    #[prop(optional)] meta: Option<AnyView>,
    #[prop(optional)] actions: Option<AnyView>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                {over.map(|over| view! { <div class="over">{over}</div> })}
                <h1>{title}</h1>
                {meta.map(|meta| view! { <p class="meta">{meta}</p> })}
            </div>
            {actions.map(|actions| view! { <div class="button-row">{actions}</div> })}
        </div>
    }
}
