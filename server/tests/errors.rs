//! What goes wrong is told by a page to a browser and by a document to a program, with a reference, and never by nothing.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Request, StatusCode},
    response::Response,
    routing::get,
};
use leptos::prelude::*;
use portal::{
    Actor, Id, Portal, Scope, identity,
    testing::{World, person},
};
use rego::worker::program_for_tests;
use server::Site;
use sqlx::PgPool;
use tower::ServiceExt;

fn site(portal: &Portal) -> Site {
    let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
    Site::new(portal.clone(), options, program_for_tests())
}

async fn ask(router: Router, mut request: Request<Body>) -> Response {
    request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost"));
    router.oneshot(request).await.expect("a router answers everything")
}

fn by_browser(path: &str, actor: Option<Actor>) -> Request<Body> {
    let mut request =
        Request::get(path).header("accept", "text/html,*/*").body(Body::empty()).expect("it is one");
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    request
}

fn by_program(path: &str) -> Request<Body> {
    Request::get(path).header("accept", "application/json").body(Body::empty()).expect("it is one")
}

/// Status, kind, reference and text of an answer.
async fn told(response: Response) -> (StatusCode, String, String, String) {
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().expect("it is text").to_owned());
    let (kind, reference) =
        (header("content-type").unwrap_or_default(), header("x-request-id").expect("every answer has one"));
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 22).await.expect("a whole answer");
    (status, kind, reference, String::from_utf8(bytes.to_vec()).expect("an answer in text"))
}

/// A page with the reference that its answer tells.
async fn is_a_page(response: Response, expected: StatusCode, says: &str) {
    let (status, kind, reference, text) = told(response).await;
    assert_eq!(status, expected, "{text}");
    assert!(kind.starts_with("text/html"), "{kind}");
    assert!(text.contains(says) && text.contains(&reference), "{says} or {reference} is missing in {text}");
    assert_eq!(text.matches("<h1").count(), 1, "{text}");
}

#[component]
fn Broken() -> impl IntoView {
    let breaks = || -> String { panic!("a page that breaks off") };
    view! { <p>{breaks()}</p> }
}

/// Real pages whose making breaks off, as the server holds all of its routes.
fn broken() -> Router {
    let options = LeptosOptions::builder().output_name("app").build();
    let page = leptos_axum::render_app_async_with_context(|| (), || view! { <Broken/> });
    let routes = Router::new()
        .route("/page", get(page))
        .route("/api/v1/broken", get(async || -> &'static str { panic!("a route that breaks off") }));
    server::held(routes.with_state(options))
}

#[tokio::test]
async fn a_page_that_breaks_off_is_told_by_a_page_and_a_route_by_a_document() {
    let _ = any_spawner::Executor::init_tokio();
    let page = ask(broken(), by_browser("/page", None)).await;
    is_a_page(page, StatusCode::INTERNAL_SERVER_ERROR, "Something broke on our side").await;
    let (status, kind, reference, text) = told(ask(broken(), by_program("/api/v1/broken")).await).await;
    assert_eq!((status, kind.as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "application/problem+json"));
    assert!(!reference.is_empty() && text.contains("something broke on our side"), "{text}");
    // Programs are told by documents whatever they accept.
    let (_, kind, _, _) = told(ask(broken(), by_browser("/api/v1/broken", None)).await).await;
    assert_eq!(kind, "application/problem+json");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_may_not_be_seen_and_what_is_not_there_are_pages_with_a_reference(pool: PgPool) {
    let w = World::new(pool).await;
    let router = server::router(&site(&w.portal));
    let ann = w.requester().await;
    let noah = person(Id::fresh(), "noah", &[], &Scope::Portal);
    let refused = ask(router.clone(), by_browser("/audit", Some(ann.clone()))).await;
    is_a_page(refused, StatusCode::FORBIDDEN, "needs the role approver, auditor, operator or admin").await;
    let refused = ask(router.clone(), by_browser("/fleet", Some(noah))).await;
    is_a_page(refused, StatusCode::FORBIDDEN, "An admin grants roles").await;
    let missing = ask(router.clone(), by_browser("/exceptions/EXC-999", Some(ann.clone()))).await;
    is_a_page(missing, StatusCode::NOT_FOUND, "There is no such exception").await;
    let instance = ask(router.clone(), by_browser("/fleet/none", Some(ann))).await;
    is_a_page(instance, StatusCode::NOT_FOUND, "There is no such instance").await;
    let nowhere = ask(router, by_browser("/no/such/page", None)).await;
    is_a_page(nowhere, StatusCode::NOT_FOUND, "There is nothing at this address").await;
}

#[sqlx::test(migrations = "../migrations")]
async fn with_the_database_away_a_page_says_so(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    // Nothing listens there.
    let away = w.behind(1).await;
    let router = server::router(&site(&away));
    let page = ask(router.clone(), by_browser("/exceptions", Some(ann))).await;
    is_a_page(page, StatusCode::SERVICE_UNAVAILABLE, "OPAs go on deciding meanwhile").await;
    // Not even who asks is known then.
    let secret = identity::Secret::fresh(identity::SecretKind::Session);
    let cookie = format!("aegis_session_3000={}", secret.reveal());
    let mut request = by_browser("/exceptions", None);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let page = ask(router.clone(), request).await;
    is_a_page(page, StatusCode::SERVICE_UNAVAILABLE, "OPAs go on deciding meanwhile").await;
    let mut asked = Request::post("/api/exception/list").header("accept", "*/*").body(Body::empty()).unwrap();
    asked.headers_mut().insert("cookie", cookie.parse().unwrap());
    asked.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    let (_, _, _, text) = told(ask(router, asked).await).await;
    assert!(text.contains("Unavailable"), "a screen reads its own words: {text}");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_page_of_all_components_is_there_for_the_demo_alone(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    let demo = ask(server::router(&site(&w.portal)), by_browser("/ui", Some(ann.clone()))).await;
    assert_eq!(demo.status(), StatusCode::OK);
    let portal = w.without_demo_people().await;
    let elsewhere = ask(server::router(&site(&portal)), by_browser("/ui", Some(ann))).await;
    is_a_page(elsewhere, StatusCode::NOT_FOUND, "There is no such page").await;
}
