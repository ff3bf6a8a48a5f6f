//! Pages that the server writes whole and that run no scripts: what is on them is acted on by plain forms, and the
//! client need not know of them.

use http::request::Parts;
use leptos::prelude::*;
use leptos_router::{components::Router, location::RequestUrl};

use crate::{
    frame::places_of_anybody,
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

/// The same with the nav beside it, of whoever it may be.
pub(crate) fn framed(
    parts: Parts,
    title: &'static str,
    main: impl FnOnce() -> AnyView + Send + 'static,
) -> String {
    document(parts, title, move || {
        view! {
            <div class="shell">
                <a class="skip button primary" href="#main">"Skip to content"</a>
                <Nav groups=places_of_anybody()/>
                <TopBar start=view! { <Breadcrumb here=title/> }.into_any() end=().into_any()/>
                <main id="main" tabindex="-1">{main()}</main>
            </div>
        }
        .into_any()
    })
}
