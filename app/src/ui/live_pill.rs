use leptos::prelude::*;

use super::Icon;

/// Says that something is ready to be shown, and shows it when it is pressed. It floats: nothing moves for it.
#[component]
pub fn LivePill(
    /// As in `3 new`; nothing while nothing is ready.
    #[prop(into)]
    text: Signal<Option<String>>,
    show: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let button = move || {
        text.get().map(|text| {
            view! {
                <button type="button" class="button small" on:click=move |_| show()>
                    <Icon name="arrow"/>
                    {text}
                </button>
            }
        })
    };
    view! { <div class="live-pill" role="status">{button}</div> }
}
