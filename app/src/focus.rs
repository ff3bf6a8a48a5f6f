//! Where the focus goes when a page takes another's place: it is never lost.
//!
//! On a new page it goes to the heading, which is read out. When the same page is laid out anew, because something
//! changed, it stays with what had it, as far as that is still there.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use leptos_router::hooks::use_location;
use web_sys::{Element, HtmlElement};

/// What had the focus last, and on which page.
#[derive(Debug, Clone, Copy)]
struct Last {
    path: StoredValue<String>,
    /// As selectors, the closest first.
    element: StoredValue<Vec<String>>,
}

/// Follows the focus for as long as the frame stands.
pub(crate) fn follow() {
    let path = StoredValue::new(use_location().pathname.get_untracked());
    let last = Last { path, element: StoredValue::new(vec![]) };
    provide_context(last);
    Effect::new(move || {
        let came = window_event_listener(ev::focusin, move |event| {
            let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            last.element.set_value(element.map(|element| called(&element)).unwrap_or_default());
        });
        let went = window_event_listener(ev::focusout, move |event| {
            let to_nothing = event.related_target().is_none();
            let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            // What is taken out of the page loses it too, but that is not what somebody wanted.
            request_animation_frame(move || {
                if to_nothing && element.is_some_and(|element| element.is_connected()) && is_nowhere() {
                    last.element.set_value(vec![]);
                }
            });
        });
        on_cleanup(move || {
            came.remove();
            went.remove();
        });
    });
}

/// Called by the heading of a page as it is laid out.
pub(crate) fn arrived(heading: impl Fn() -> Option<HtmlElement> + 'static) {
    let (last, path) = (use_context::<Last>(), use_location().pathname);
    Effect::new(move || {
        if let (Some(heading), Some(last)) = (heading(), last) {
            let path = path.get_untracked();
            once_there(heading, FRAMES, move |heading| last.lead_to(heading, path));
        }
    });
}

impl Last {
    fn lead_to(self, heading: &HtmlElement, path: String) {
        // The page may be gone by now.
        let Some(before) = self.path.try_get_value() else { return };
        if before != path {
            self.path.set_value(path);
            // Refused only where it is no longer part of the page.
            let _ = heading.focus();
            return;
        }
        let names = self.element.get_value();
        if names.is_empty() || !is_nowhere() {
            return;
        }
        let found = names.iter().find_map(|name| document().query_selector(name).ok().flatten());
        let _ = match found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            Some(element) => element.focus(),
            None => heading.focus(),
        };
    }
}

/// How many frames a page may take from being laid out to being part of the document: some seconds.
pub(crate) const FRAMES: u16 = 300;

/// Does something to an element as soon as it is part of the document. A page that comes in the place of another is
/// laid out before that, and until then nothing in it takes the focus.
pub(crate) fn once_there<E>(element: E, frames: u16, then: impl FnOnce(&E) + 'static)
where
    E: AsRef<Element> + 'static,
{
    if element.as_ref().is_connected() {
        then(&element);
    } else if frames > 0 {
        request_animation_frame(move || once_there(element, frames - 1, then));
    }
}

/// Whether nothing on the page has the focus.
fn is_nowhere() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// How an element is found again on a page that was laid out anew.
fn called(element: &Element) -> Vec<String> {
    if element.closest("main").ok().flatten().is_none() {
        return vec![];
    }
    let tag = element.tag_name().to_lowercase();
    let by = |name: &str| {
        let value = element.get_attribute(name).filter(|value| !value.is_empty())?;
        Some(format!("main {tag}[{name}={}]", quoted(&value)))
    };
    let mut names: Vec<String> = ["id", "href", "name"].into_iter().filter_map(by).collect();
    if names.is_empty() {
        names.push("main h1".to_owned());
    }
    names
}

/// A text as a selector takes it.
fn quoted(text: &str) -> String {
    let escaped = |letter: char| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => format!("\\{:x} ", letter as u32),
        letter => letter.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_text_in_a_selector_ends_where_it_ends() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(quoted("a\nb"), "\"a\\a b\"");
    }
}
