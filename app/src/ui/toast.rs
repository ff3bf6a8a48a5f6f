use std::time::Duration;

use leptos::{ev::KeyboardEvent, prelude::*};

use super::Icon;

/// Seconds that a toast stays while nobody is at it.
const STAYS: u32 = 10;
/// More than these nobody reads: the oldest goes.
const MOST: usize = 4;
/// Matches while somebody reads: then none goes.
const READ: &str = ".toasts:is(:hover, :focus-within)";

/// A word on what was done, in a corner of the page: by whoever looks, or by somebody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub tone: &'static str,
    pub icon: &'static str,
    /// As in `EXC-012 was approved`.
    pub title: String,
    pub text: String,
    /// Where it can be seen.
    pub href: Option<String>,
}

impl Toast {
    /// What whoever looks has done themselves.
    pub fn done(icon: &'static str, title: String, text: &str) -> Self {
        Self { tone: "good", icon, title, text: text.to_owned(), href: None }
    }

    /// What whoever looks has tried, and what came too late.
    pub fn not_done(why: String) -> Self {
        Self { tone: "bad", icon: "denied", title: "Not done".to_owned(), text: why, href: None }
    }
}

/// The toasts that are shown now.
#[derive(Debug, Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Shown>>,
    next: StoredValue<u32>,
}

#[derive(Debug, Clone)]
struct Shown {
    id: u32,
    toast: Toast,
    /// Seconds.
    left: u32,
}

impl Toasts {
    /// For the frame around all pages, which has one [`ToastCorner`].
    pub fn begin() -> Self {
        let toasts = Self { shown: RwSignal::default(), next: StoredValue::new(0) };
        provide_context(toasts);
        toasts
    }

    pub fn say(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| {
            if shown.len() == MOST {
                shown.remove(0);
            }
            shown.push(Shown { id, toast, left: STAYS });
        });
    }

    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|one| one.id != id));
    }

    fn a_second_passes(self) {
        if self.shown.with_untracked(Vec::is_empty)
            || document().query_selector(READ).is_ok_and(|found| found.is_some())
        {
            return;
        }
        self.shown.update(|shown| {
            shown.iter_mut().for_each(|one| one.left = one.left.saturating_sub(1));
            shown.retain(|one| one.left > 0);
        });
    }
}

/// Where toasts appear; they are read out, the keyboard comes to them last, and they wait for who reads.
#[component]
pub fn ToastCorner() -> impl IntoView {
    let toasts: Toasts = expect_context();
    Effect::new(move || {
        let clock = set_interval_with_handle(move || toasts.a_second_passes(), Duration::from_secs(1));
        on_cleanup(move || {
            if let Ok(clock) = clock {
                clock.clear();
            }
        });
    });
    let one = move |Shown { id, toast, .. }| {
        let dismiss = move || {
            toasts.dismiss(id);
            focus_the_page();
        };
        view! { <OneToast toast dismiss/> }
    };
    view! {
        <div class="toasts" role="region" aria-label="Notices" aria-live="polite">
            <For each=move || toasts.shown.get() key=|shown| shown.id children=one/>
        </div>
    }
}

/// For when what held the focus is gone.
pub(crate) fn focus_the_page() {
    use leptos::wasm_bindgen::JsCast;
    let page = document().get_element_by_id("main");
    if let Some(page) = page.and_then(|page| page.dyn_into::<leptos::web_sys::HtmlElement>().ok()) {
        // Refused only where it is no longer part of the document.
        let _ = page.focus();
    }
}

/// One of them. Escape puts it away as well.
#[component]
pub fn OneToast(toast: Toast, dismiss: impl Fn() + Copy + 'static) -> impl IntoView {
    let Toast { tone, icon, title, text, href } = toast;
    let escape = move |key: KeyboardEvent| {
        if key.key() == "Escape" {
            dismiss();
        }
    };
    let title = match href {
        Some(href) => view! { <a href=href>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    view! {
        <div class="toast" data-tone=tone on:keydown=escape>
            <Icon name=icon/>
            <div>
                <strong>{title}</strong>
                <p>{text}</p>
            </div>
            <button
                type="button"
                class="button quiet small only-icon"
                aria-label="Dismiss"
                on:click=move |_| dismiss()
            >
                <Icon name="x"/>
            </button>
        </div>
    }
}
