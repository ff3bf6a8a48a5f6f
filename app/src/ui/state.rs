use leptos::prelude::*;

/// How something stands, always with icon and word. Tone and icon come with the name of the state
/// (`style/component/tone.css` and `style/icon.css`), the word is the content.
#[component]
pub fn State(
    #[prop(into)] state: &'static str,
    #[prop(optional)] filled: bool,
    children: Children,
) -> impl IntoView {
    view! { <span class="state" class:filled=filled data-state=state>{children()}</span> }
}
