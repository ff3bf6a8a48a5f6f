//! The process: sign-in, the doors to the world, and start-up. No SQL and no HTML.

mod account;
mod address;
mod api;
mod body;
pub mod config;
mod cookies;
pub mod demo;
mod export;
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
pub mod routes;
mod safe;
pub mod set_up;
mod sign_in;
mod site;
mod watched;

pub use import::Turns;
pub use site::Site;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
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

use crate::{problem::Problem, safe::origin};

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
    let routes =
        together(asked).fallback(routes::nowhere()).layer(from_fn_with_state(site.clone(), login::who_asks));
    let routes = routes.merge(together(files)).method_not_allowed_fallback(async || {
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method")
    });
    // Before it is asked who asks, and under the reference with which all is answered.
    let routes = routes.layer(from_fn_with_state(site.clone(), origin::of_our_pages));
    let routes = match site.provider {
        Some(_) => routes,
        None => routes.layer(from_fn(here::only_from_here)),
    };
    held(routes)
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("x-frame-options", "DENY"))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            |response: &axum::http::Response<_>| no_store(response.headers().get(header::CONTENT_TYPE)),
        ))
        .layer(CompressionLayer::new().compress_when(packed))
        .layer(TraceLayer::new_for_http())
}

/// Routes of which none, whatever becomes of it, leaves whoever asks without an answer and a reference.
pub fn held(routes: Router) -> Router {
    let panicked = |_: Box<dyn std::any::Any + Send>| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "something broke on our side").into_response()
    };
    routes.layer(CatchPanicLayer::custom(panicked)).layer(from_fn(reference::refer))
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}

/// Pages and answers are of the moment; what the client is made of is not.
fn no_store(kind: Option<&HeaderValue>) -> Option<HeaderValue> {
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let of_the_moment = kind.starts_with("text/html") || kind.contains("json");
    let value = if of_the_moment { "no-store" } else { "no-cache" };
    Some(HeaderValue::from_static(value))
}
