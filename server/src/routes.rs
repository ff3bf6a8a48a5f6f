//! Every way in, in one list. The router is built from it, the OpenAPI document is written from it, and the
//! doors test walks it: what is not here is not served.

use axum::{
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    http::{Method, StatusCode},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect},
    routing::{MethodFilter, MethodRouter, any, get_service, on},
};
use leptos::{prelude::provide_context, server_fn::axum::server_fn_paths};
use leptos_axum::{handle_server_fns_with_context, render_app_async_with_context};
use tower_http::services::{ServeDir, ServeFile};

use crate::{
    account, address,
    api::{self, Operation},
    export, form, import, live, login,
    login::{turn_strangers_away, wants_a_page},
    opa,
    problem::Problem,
    safe::headers,
    sign_in,
    site::Site,
};

/// Bytes of a body where a route does not say otherwise: forms and small documents.
pub(crate) const SMALL: usize = 1 << 20;
/// A status report has some 60 KB, nearly all of it metrics.
const STATUS: usize = 8 << 20;
/// A logout token has some 1 KB.
const LOGOUT: usize = 16 << 10;

pub struct Route {
    pub name: &'static str,
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
    /// What the OpenAPI document says of it; pages and OPA's own protocol are not in it.
    pub(crate) operation: Option<Operation>,
    pub(crate) serve: MethodRouter,
}

/// Who is let in at all; what they may do there, the portal's door says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The same for everybody, so that nobody is asked who they are: files, which are there with the database away.
    Everybody,
    Anyone,
    Known,
}

/// Pages of the app that need somebody to be signed in, by name and address.
const PAGES: &[(&str, &str)] = &[
    ("home", "/"),
    ("policies", "/policies"),
    ("policy", "/policies/{package}"),
    ("changesets", "/changesets"),
    ("push form", "/changesets/new"),
    ("changeset", "/changesets/{id}"),
    ("versions", "/versions"),
    ("version", "/versions/{bundle}/{number}"),
    ("releases", "/releases"),
    ("release history", "/releases/history"),
    ("promotion", "/promotions/{id}"),
    ("exceptions", "/exceptions"),
    ("exception form", "/exceptions/new"),
    ("revocation form", "/exceptions/revoke"),
    ("exception", "/exceptions/{number}"),
    ("waiting", "/waiting"),
    ("fleet", "/fleet"),
    ("instance", "/fleet/{id}"),
    ("decisions", "/decisions"),
    ("decision", "/decisions/{id}"),
    ("audit", "/audit"),
    ("find", "/find"),
    ("preferences", "/preferences"),
    ("shortcuts", "/shortcuts"),
    ("components", "/ui"),
];

/// Server functions that strangers may call: whom the sign-in page offers.
const FOR_STRANGERS: &[&str] = &["/api/sign-in/people"];

pub fn routes(site: &Site) -> Vec<Route> {
    let mut routes = vec![
        open("health of the process", Method::GET, "/healthz", async || "ok", site),
        files("static files", "/pkg/{*file}", packed(ServeDir::new(&*site.options.site_root))),
        files("favicon", "/favicon.ico", ServeFile::new(format!("{}/favicon.ico", site.options.site_root))),
        files("mark", "/mark.svg", ServeFile::new(format!("{}/mark.svg", site.options.site_root))),
        page("sign-in page", "/sign-in", Who::Anyone, site),
        open("sign in", Method::POST, "/sign-in", sign_in::sign_in, site),
        open("back from the provider", Method::GET, "/sign-in/callback", sign_in::come_back, site),
        back_channel_logout(site),
        open("sign out", Method::POST, "/sign-out", sign_in::sign_out, site),
        known("sessions", Method::GET, "/sessions", account::sessions, SMALL, site),
        known("end a session", Method::POST, "/sessions", account::end_session, SMALL, site),
        known("people and groups", Method::GET, "/access", account::people, SMALL, site),
        typed("manage people", "/access", account::manage, site),
        known("tokens", Method::GET, "/access/tokens", account::tokens, SMALL, site),
        typed("issue or revoke a token", "/access/tokens", account::act_on_tokens, site),
        known("why somebody may", Method::GET, "/access/why", account::why, SMALL, site),
        known("access review", Method::GET, "/access/review", account::show_review, SMALL, site),
        typed("review access", "/access/review", account::review, site),
        push_form(site),
        known("evidence pack", Method::GET, "/audit/evidence", export::pack::page, SMALL, site),
        known("export a list", Method::POST, "/exports/{list}", export::export, SMALL, site),
        known("changes as they happen", Method::GET, live::PATH, live::listen, SMALL, site),
        known("discovery", Method::GET, "/opa/{environment}/discovery", opa::discovery, SMALL, site),
        known("bundle", Method::GET, "/opa/{environment}/bundles/{bundle}", opa::bundle, SMALL, site),
        known("status", Method::POST, "/opa/{environment}/status", opa::status, STATUS, site),
        known("status", Method::POST, "/opa/{environment}/status/{partition}", opa::status, STATUS, site),
        known("decision logs", Method::POST, "/opa/{environment}/logs", opa::logs, SMALL, site),
        known("decision logs", Method::POST, "/opa/{environment}/logs/{partition}", opa::logs, SMALL, site),
    ];
    routes.extend(PAGES.iter().map(|&(name, path)| page(name, path, Who::Known, site)));
    // Without scripts a form is sent to its page; that one takes folders instead.
    let with_forms = PAGES.iter().filter(|(_, path)| *path != "/changesets");
    routes.extend(with_forms.map(|&(name, path)| page_form(name, path, site)));
    routes.extend(server_fn_paths().map(|(path, method)| function(path, method, site)));
    routes.extend(api::routes(site));
    routes
}

/// Anybody may send it, so it is small.
fn back_channel_logout(site: &Site) -> Route {
    let (name, path) = ("sign out from the provider", "/sign-in/back-channel-logout");
    let serve = on(MethodFilter::POST, sign_in::back_channel_logout).with_state(site.clone());
    let serve = serve.layer(DefaultBodyLimit::max(LOGOUT));
    Route { name, method: Method::POST, path, who: Who::Anyone, operation: None, serve }
}

/// A route that takes folders, a few at a time. Strangers wait for nothing.
pub(crate) fn by_turns(route: Route, site: &Site) -> Route {
    // The first is the outermost.
    let layers = (
        from_fn(turn_strangers_away),
        DefaultBodyLimit::max(import::LARGEST),
        from_fn_with_state(site.clone(), import::in_turn),
    );
    Route { serve: route.serve.layer(layers), ..route }
}

fn push_form(site: &Site) -> Route {
    let (name, path) = ("push a folder", "/changesets");
    let route = known(name, Method::POST, path, import::form, import::LARGEST, site);
    let route = by_turns(route, site);
    // Outside of the turns, so that those who get none are led back as well.
    Route {
        serve: route.serve.layer(from_fn(import::lead_back)).layer(from_fn(turn_strangers_away)),
        ..route
    }
}

/// For whoever is known: strangers are turned away before their body is read.
pub(crate) fn known<H, T>(
    name: &'static str,
    method: Method,
    path: &'static str,
    handler: H,
    limit: usize,
    site: &Site,
) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let serve = on(filter(&method), handler)
        .with_state(site.clone())
        .layer(DefaultBodyLimit::max(limit))
        .layer(from_fn(turn_strangers_away));
    Route { name, method, path, who: Who::Known, operation: None, serve }
}

pub(crate) fn open<H, T>(
    name: &'static str,
    method: Method,
    path: &'static str,
    handler: H,
    site: &Site,
) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let serve = on(filter(&method), handler).with_state(site.clone()).layer(DefaultBodyLimit::max(SMALL));
    Route { name, method, path, who: Who::Anyone, operation: None, serve }
}

fn files<S>(name: &'static str, path: &'static str, service: S) -> Route
where
    S: tower::Service<Request, Error = std::convert::Infallible> + Clone + Send + Sync + 'static,
    S::Response: axum::response::IntoResponse,
    S::Future: Send + 'static,
{
    Route {
        name,
        method: Method::GET,
        path,
        who: Who::Everybody,
        operation: None,
        serve: get_service(service),
    }
}

/// The build has packed each file once; nothing is packed anew for each browser.
fn packed(folder: ServeDir) -> ServeDir {
    folder.precompressed_br().precompressed_gzip()
}

/// A page is sent whole: it works without scripts, and what the door says to its data is its status.
fn page(name: &'static str, path: &'static str, who: Who, site: &Site) -> Route {
    let (portal, options) = (site.portal.clone(), site.options.clone());
    let context = move || {
        provide_context(portal.clone());
        headers::provide_nonce();
    };
    let shell = move || app::shell(options.clone());
    let serve = on(MethodFilter::GET, render_app_async_with_context(context, shell));
    let serve = match who {
        Who::Known => serve.layer(from_fn(address::tidy)).layer(from_fn(turn_strangers_away)),
        Who::Anyone | Who::Everybody => serve,
    };
    Route { name, method: Method::GET, path, who, operation: None, serve }
}

/// The forms of a page that runs scripts.
fn page_form(name: &'static str, path: &'static str, site: &Site) -> Route {
    typed(name, path, form::take, site)
}

/// What takes a form that somebody typed into: if their session has ended meanwhile, it is theirs to keep.
fn typed<H, T>(name: &'static str, path: &'static str, handler: H, site: &Site) -> Route
where
    H: Handler<T, Site>,
    T: 'static,
{
    let serve = on(MethodFilter::POST, handler)
        .with_state(site.clone())
        .layer(DefaultBodyLimit::max(SMALL))
        .layer(from_fn_with_state(site.clone(), form::keep_what_strangers_typed));
    Route { name, method: Method::POST, path, who: Who::Known, operation: None, serve }
}

/// What is told at an address of nothing. A browser that asked for a page gets one that says so.
pub(crate) fn nowhere() -> MethodRouter {
    any(async move |request: Request| {
        let path = request.uri().path();
        let for_a_page = *request.method() == Method::GET && wants_a_page(request.headers());
        // `//host/` would be another site's address.
        if for_a_page && path.ends_with('/') && !path.starts_with("//") && path.len() > 1 {
            return Redirect::permanent(path.trim_end_matches('/')).into_response();
        }
        Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address").into_response()
    })
}

/// A server function asks the portal's door itself. Strangers are told before their arguments are read.
fn function(path: &'static str, method: Method, site: &Site) -> Route {
    let site = site.clone();
    let serve = async move |request: Request| {
        if wants_a_page(request.headers()) {
            return form::take_direct(&site, request).await;
        }
        let portal = site.portal.clone();
        let context = move || provide_context(portal.clone());
        handle_server_fns_with_context(context, request).await.into_response()
    };
    let serve = on(filter(&method), serve).layer(DefaultBodyLimit::max(SMALL));
    let who = if FOR_STRANGERS.contains(&path) { Who::Anyone } else { Who::Known };
    let serve = if who == Who::Known { serve.layer(from_fn(login::tell_strangers)) } else { serve };
    Route { name: "server function", method, path, who, operation: None, serve }
}

pub(crate) fn filter(method: &Method) -> MethodFilter {
    MethodFilter::try_from(method.clone()).expect("our methods are HTTP's own")
}
