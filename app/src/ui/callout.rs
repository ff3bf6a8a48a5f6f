use leptos::{html, prelude::*};

use super::Icon;

/// A word to the reader between the parts of a page. `live` ones are read out when they appear.
#[component]
pub fn Callout(
    tone: &'static str,
    icon: &'static str,
    #[prop(optional)] live: bool,
    /// Takes the focus when it appears: what somebody just tried was not done.
    #[prop(optional)]
    focused: bool,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    if focused {
        Effect::new(move || {
            // Refused only where it is no longer part of the page.
            let _ = node.get().map(|callout| callout.focus());
        });
    }
    // Without scripts a page comes back from its top: this brings the reader to what went wrong.
    let found = (live && cfg!(feature = "ssr")).then_some(true);
    view! {
        <div
            class="callout"
            node_ref=node
            data-tone=tone
            role=live.then_some("alert")
            tabindex=live.then_some("-1")
            autofocus=found
        >
            <Icon name=icon/>
            <div>{children()}</div>
        </div>
    }
}
