//! Pages whose main part the server alone writes, out of plain forms: the client carries no code for what is on them. They
//! stand in the frame of all pages, and keep up as those do.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;

use crate::{
    live::{Kind, keep_up_as_written},
    ui::Skeleton,
};
#[cfg(feature = "ssr")]
use crate::{page::NotShown, problem::noted};

/// What such pages are about.
const SHOWN: &[Kind] = &[Kind::Person, Kind::Session, Kind::Token];

/// The main part of such a page.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub struct Written {
    pub html: String,
    /// Whether it answers a form: then it is not read again, for the answer is given once.
    pub is_answer: bool,
}

#[cfg(feature = "ssr")]
impl Written {
    pub(crate) fn of(main: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        use leptos_router::{components::Router, location::RequestUrl};
        let html = Owner::new().with(|| {
            // What is written here asks for no address, but heads of pages look for a router.
            provide_context(RequestUrl::new("/"));
            view! { <Router>{main()}</Router> }.to_html()
        });
        Self { html, is_answer: false }
    }

    /// What stands in the place of one that cannot be shown.
    pub fn refused(error: portal::Error, reference: Option<&crate::Reference>) -> Self {
        let problem = noted(error, reference);
        Self::of(move || view! { <NotShown problem/> }.into_any())
    }
}

/// The place of what is written. The browser takes it as it came with the page, and loads whatever else is asked for whole.
#[component]
pub fn WrittenPage() -> impl IntoView {
    let (location, node) = (use_location(), NodeRef::<html::Div>::new());
    let came_along = comes_along();
    let own = location.pathname.get_untracked();
    Effect::new(move |before: Option<()>| {
        let (path, search) = (location.pathname.get(), location.search.get());
        // Where the path changes, this page is left, and the other one comes by itself.
        if path == own && (before.is_some() || !came_along) {
            // Refused only where the address is none.
            let _ = window().location().set_href(&(path + &query(&search)));
        }
    });
    if !came_along {
        return view! { <Skeleton/> }.into_any();
    }
    keep_up_as_written(SHOWN, node);
    let (html, answer) = what_is_written();
    view! { <div class="drawn written" node_ref=node data-answer=answer inner_html=html></div> }.into_any()
}

fn query(search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => String::new(),
        search => format!("?{search}"),
    }
}

#[cfg(feature = "ssr")]
fn comes_along() -> bool {
    true
}

#[cfg(not(feature = "ssr"))]
fn comes_along() -> bool {
    // The mark is set once the page as it came has been taken over (`crate::hydrate`).
    document().body().is_some_and(|body| body.dataset().get("hydrated").is_none())
}

#[cfg(feature = "ssr")]
fn what_is_written() -> (String, Option<&'static str>) {
    let written: Option<Written> = use_context();
    written.map(|main| (main.html, main.is_answer.then_some("yes"))).unwrap_or_default()
}

/// It stands on the page already, and is not touched.
#[cfg(not(feature = "ssr"))]
fn what_is_written() -> (String, Option<&'static str>) {
    Default::default()
}
