//! The process: sign-in, the doors to the world, and start-up. No SQL and no HTML.

mod account;
mod address;
mod api;
mod body;
pub mod config;
mod cookies;
pub mod demo;
mod export;
mod fields;
mod form;
mod here;
mod import;
mod live;
mod login;
mod opa;
pub mod postgres;
mod problem;
pub mod provider;
mod reference;
mod render;
pub mod routes;
mod safe;
pub mod set_up;
mod sign_in;
mod site;
mod watched;

pub use import::Turns;
pub use safe::LimitSettings;
pub use site::Site;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};

use crate::{
    problem::Problem,
    safe::{headers, limits, origin},
};

/// The router of all ways in.
pub fn router(site: &Site) -> Router {
    // Leptos does this where it builds the routes itself; ours come from the list. It may be done already.
    let _ = any_spawner::Executor::init_tokio();
    // OPA takes an archive for what it is only without an encoding around it.
    let packed = DefaultPredicate::new().and(NotForContentType::const_new("application/vnd.openpolicyagent"));
    let (files, asked): (Vec<_>, Vec<_>) =
        routes::routes(site).into_iter().partition(|route| route.who == routes::Who::Everybody);
    let together = |routes: Vec<routes::Route>| {
        routes.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.serve))
    };
    // The last is the outermost: it is known who asks before it is counted.
    let routes = together(asked)
        .fallback(routes::nowhere())
        .layer(from_fn_with_state(site.clone(), limits::keep))
        .layer(from_fn_with_state(site.clone(), login::who_asks));
    let files = together(files).layer(SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    ));
    let routes = routes.merge(files).method_not_allowed_fallback(async || {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method")
    });
    // Before it is asked who asks, and under the reference with which all is answered.
    let routes = routes.layer(from_fn_with_state(site.clone(), origin::of_our_pages));
    let routes = match site.provider {
        Some(_) => routes,
        None => routes.layer(from_fn(here::only_from_here)),
    };
    held(routes)
        .layer(from_fn_with_state(headers::Forbidden::by(site.provider.as_deref()), headers::forbid))
        .layer(CompressionLayer::new().compress_when(packed))
        .layer(TraceLayer::new_for_http().make_span_with(without_its_query))
}

/// What a request is called in the log. Its query may hold a code by which somebody signs in.
fn without_its_query(request: &Request) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// Routes of which none, whatever becomes of it, leaves whoever asks without an answer and a reference.
pub fn held(routes: Router) -> Router {
    let panicked = |_: Box<dyn std::any::Any + Send>| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "something broke on our side").into_response()
    };
    routes.layer(CatchPanicLayer::custom(panicked)).layer(from_fn(reference::refer))
}
