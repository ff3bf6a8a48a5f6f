//! A page that is laid out anew keeps its elements, and with them what somebody typed or ticked there. Where an
//! element then stands for another thing, that no longer holds.

use leptos::web_sys::Element;

/// The attribute in which an element keeps what it stands for.
const FOR: &str = "data-for";

/// Whether an element stood for another thing until now. One that the server wrote stood for none: what was typed
/// before scripts ran is of what is there.
pub(crate) fn stands_for_another(element: &Element, now: &str) -> bool {
    let before = element.get_attribute(FOR);
    // Refused only for what cannot be the name of an attribute.
    let _ = element.set_attribute(FOR, now);
    before.is_some_and(|before| before != now)
}
