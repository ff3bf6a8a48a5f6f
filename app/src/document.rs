//! Pages that the server writes whole and that run no scripts: what is on them is acted on by plain forms, and the
//! client need not know of them.

use http::request::Parts;
use leptos::prelude::*;
use leptos_router::{components::Router, location::RequestUrl};
use portal::Actor;

use crate::{
    frame::places_for,
    preference::Preferences,
    ui::{Breadcrumb, Nav, TopBar},
};

/// A whole document, in the theme and density that the request asks for.
pub(crate) fn document(parts: Parts, title: &str, body: impl FnOnce() -> AnyView + Send + 'static) -> String {
    let title = format!("{title} · Aegis");
    Owner::new().with(|| {
        provide_context(RequestUrl::new(parts.uri.path()));
        provide_context(parts);
        let preferred = Preferences::now();
        view! {
            <!DOCTYPE html>
            <html lang="en" data-theme=preferred.data_theme() data-density=preferred.data_density()>
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <title>{title}</title>
                    <link rel="icon" href="/mark.svg" type="image/svg+xml"/>
                    <link rel="stylesheet" href="/pkg/app.css"/>
                </head>
                <body>
                    <Router>{body()}</Router>
                </body>
            </html>
        }
        .to_html()
    })
}

/// Who is signed in, on a page without a menu of theirs.
fn whose(actor: Option<&Actor>) -> AnyView {
    let Some(Actor::Person { name, .. }) = actor else { return ().into_any() };
    let name = name.clone();
    view! { <a href="/sessions"><span class="visually-hidden">"Signed in as "</span><bdi>{name}</bdi></a> }
        .into_any()
}

/// The same with the nav beside it, of whoever looks if that is known.
pub(crate) fn framed(
    parts: Parts,
    actor: Option<&Actor>,
    title: &'static str,
    main: impl FnOnce() -> AnyView + Send + 'static,
) -> String {
    let actor = actor.cloned();
    document(parts, title, move || {
        view! {
            <div class="shell">
                <a class="skip button primary" href="#main">"Skip to content"</a>
                <Nav groups=places_for(actor.as_ref())/>
                <TopBar start=view! { <Breadcrumb here=title/> }.into_any() end=whose(actor.as_ref())/>
                <main id="main" tabindex="-1">{main()}</main>
            </div>
        }
        .into_any()
    })
}
