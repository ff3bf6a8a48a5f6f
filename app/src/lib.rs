//! The screens, and the server functions that feed them. No SQL.
//!
//! Every page is written by the server first and works without scripts: what acts is a link or a form.
//! In the browser the same code takes over, and pages no longer load whole.

// A view's type grows with its page: laying out the frame around one takes the compiler deeper than 128 steps.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
pub mod access;
pub mod act;
mod anew;
pub mod audit;
#[cfg(feature = "hydrate")]
mod broken;
pub mod changeset;
pub mod checks;
pub mod decision;
#[cfg(feature = "ssr")]
mod diff;
#[cfg(feature = "ssr")]
mod document;
pub mod drawn;
pub mod environment;
#[cfg(feature = "ssr")]
mod error_page;
pub mod exception;
pub mod find;
pub mod fleet;
mod focus;
pub mod frame;
pub mod gallery;
#[cfg(feature = "ssr")]
mod held;
pub mod home;
mod kept;
pub mod list;
pub mod live;
mod moment;
pub mod page;
mod place;
pub mod policy;
pub mod preference;
mod problem;
mod recent;
pub mod release;
#[cfg(test)]
mod samples;
#[cfg(feature = "ssr")]
mod scripts;
pub mod sent;
#[cfg(feature = "ssr")]
mod sessions;
pub mod shortcut;
pub mod sign_in;
#[cfg(feature = "ssr")]
mod signed_in;
pub mod trail;
pub mod ui;
mod upload;
pub mod version;
pub mod viewer;
pub mod waiting;
mod withdraw;
pub mod written;

#[cfg(feature = "ssr")]
pub use audit::pack::{EvidencePage, evidence_page};
#[cfg(feature = "ssr")]
pub use error_page::error_page;
#[cfg(feature = "ssr")]
pub use held::{Held, held_page};
pub use kept::{CameBack, Kept};
pub use problem::{Problem, Reference};
#[cfg(feature = "ssr")]
pub use sessions::sessions_page;
#[cfg(feature = "ssr")]
pub use signed_in::signed_in_page;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use frame::Frame;
use ui::{ButtonLink, Mark};
use written::WrittenPage;

/// The document around the app.
///
/// Around a form that came back it runs no scripts: only the server knows what was typed into it.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let preferred = preference::Preferences::now();
    let scripts = use_context::<Kept>().is_none().then(|| scripts::scripts(&options));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=preferred.data_theme() data-density=preferred.data_density()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="icon" href="/mark.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/pkg/app.css"/>
                // Not painted before all of it is there: one that came in pieces would move (HTML, link type `expect`).
                <link rel="expect" href="#end" blocking="render"/>
                {scripts}
                <leptos_meta::MetaTags/>
            </head>
            <body><App/><span id="end" hidden></span></body>
        </html>
    }
}

/// All pages, by their addresses.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/sign-in") view=sign_in::SignIn/>
                <ParentRoute path=path!("") view=Frame>
                    <Route path=path!("/") view=home::Home/>
                    <Route path=path!("/policies") view=policy::Policies/>
                    <Route path=path!("/policies/:package") view=policy::OnePolicy/>
                    <Route path=path!("/changesets") view=changeset::Changesets/>
                    <Route path=path!("/changesets/new") view=changeset::ImportForm/>
                    <Route path=path!("/changesets/:id") view=changeset::OneChangeset/>
                    <Route path=path!("/versions") view=version::Versions/>
                    <Route path=path!("/versions/:bundle/:number") view=version::OneVersion/>
                    <Route path=path!("/releases") view=release::Releases/>
                    <Route path=path!("/releases/history") view=release::History/>
                    <Route path=path!("/promotions/:id") view=release::OnePromotion/>
                    <Route path=path!("/waiting") view=waiting::WaitingPage/>
                    <Route path=path!("/fleet") view=fleet::Fleet/>
                    <Route path=path!("/fleet/:id") view=fleet::OneInstance/>
                    <Route path=path!("/decisions") view=decision::Decisions/>
                    <Route path=path!("/decisions/:id") view=decision::OneDecision/>
                    <Route path=path!("/ui") view=gallery::Gallery/>
                    <Route path=path!("/audit") view=audit::Audit/>
                    <Route path=path!("/audit/evidence") view=WrittenPage/>
                    <Route path=path!("/access") view=WrittenPage/>
                    <Route path=path!("/access/tokens") view=WrittenPage/>
                    <Route path=path!("/access/why") view=WrittenPage/>
                    <Route path=path!("/access/review") view=WrittenPage/>
                    <Route path=path!("/sessions") view=WrittenPage/>
                    <Route path=path!("/find") view=find::FindPage/>
                    <Route path=path!("/preferences") view=preference::PreferenceForm/>
                    <Route path=path!("/shortcuts") view=shortcut::ShortcutPage/>
                    <Route path=path!("/exceptions") view=exception::Exceptions/>
                    <Route path=path!("/exceptions/revoke") view=exception::RevokeSome/>
                    <Route path=path!("/exceptions/new") view=exception::RequestForm/>
                    <Route path=path!("/exceptions/:number") view=exception::OneException/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <Title text="Not found · Aegis"/>
        <div class="sign-in">
            <main>
                <div class="lead">
                    <Mark/>
                    <h1>"Not found"</h1>
                    <p class="muted">"There is nothing at this address. It may have been typed or copied wrongly."</p>
                    <ButtonLink id="home" href="/">"Home"</ButtonLink>
                </div>
            </main>
        </div>
    }
}

/// Takes a page over that the server wrote.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    broken::tell_of_panics();
    leptos::mount::hydrate_body(App);
    // Journeys wait for this mark. A failed hydration panics above and never sets it.
    let body = document().body().expect("a page has a body");
    body.dataset().set("hydrated", "yes").expect("any element can be marked");
}
