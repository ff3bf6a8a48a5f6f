//! Forms as a browser without scripts sends them: nothing that was typed is lost, and nobody else speaks in them.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, Request, StatusCode, request::Builder},
    response::Response,
};
use leptos::prelude::LeptosOptions;
use portal::{Actor, Error, Invalid, access::Role, exception, identity, testing::World};
use rego::worker::program_for_tests;
use server::Site;
use sqlx::PgPool;
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";

/// What somebody typed who is about to be refused.
const WHY: &str = "The archive moves,\r\n<script>alert(1)</script> & \"soon\"";

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A request for an exception from a resource of this name.
fn asking(w: &World, resource: &str) -> String {
    let end = w.in_days(20).format("%Y-%m-%dT%H:%M:%S").to_string();
    encoded(&[
        ("act", "/api/exception/request"),
        ("target", "aegis.provisioning.s3/deny_no_encryption"),
        ("resources", resource),
        ("environments[]", "production"),
        ("justification", WHY),
        ("category", "mitigated"),
        ("ticket", "SEC-77"),
        ("end[at]", &end),
    ])
}

fn post(path: &str, body: String) -> Request<Body> {
    sent(Request::post(path).header("sec-fetch-site", "same-origin"), body)
}

fn sent(request: Builder, body: String) -> Request<Body> {
    request.header("accept", "text/html").header("content-type", FORM).body(Body::from(body)).unwrap()
}

fn by(actor: &Actor, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(actor.clone());
    request
}

async fn answer(w: &World, mut request: Request<Body>) -> Response {
    request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost"));
    let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
    let site = Site::new(w.portal.clone(), options, program_for_tests());
    server::router(&site).oneshot(request).await.expect("a router answers everything")
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 22).await.expect("a whole answer");
    String::from_utf8(bytes.to_vec()).expect("an answer in text")
}

fn to(response: &Response) -> String {
    response.headers()["location"].to_str().expect("an address").to_owned()
}

/// Fails unless everything of [`asking`] stands in the page.
fn assert_typed(page: &str) {
    for part in [
        "&lt;script>alert(1)&lt;/script> &amp;",
        r#"value="SEC-77""#,
        "archive-",
        r#"value="production" checked"#,
        r#"value="mitigated" checked"#,
        r#"value="aegis.provisioning.s3/deny_no_encryption" selected"#,
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("<script>alert"), "{page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_refused_comes_back_with_what_was_typed_and_the_error_at_its_field(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    let refused = answer(&w, by(&ann, post("/exceptions/new", asking(&w, "archive-*")))).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let page = text(refused).await;
    assert_typed(&page);
    for part in [
        r#"id="resources-error""#,
        r#"aria-describedby="resources-hint resources-error""#,
        "Not done: ",
        "href=\"#resources\"",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(!page.contains("app.js"), "scripts would not know what was typed: {page}");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_done_leads_on(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    let done = answer(&w, by(&ann, post("/exceptions/new", asking(&w, "archive-1")))).await;
    assert_eq!((done.status(), to(&done).as_str()), (StatusCode::SEE_OTHER, "/exceptions/EXC-001"));
    let asked = exception::show(&w.portal, &ann, exception::Number(1)).await.unwrap().exception;
    assert_eq!(asked.justification, WHY.replace("\r\n", "\n"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_whose_session_has_ended_goes_through_the_sign_in_page_and_is_not_sent(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    let rita = identity::enrol(&w.portal, &set_up, "rita", "asks", &[Role::Requester], true).await.unwrap();

    let form = asking(&w, "archive-1");
    let too_late = answer(&w, post("/exceptions/new?policy=aegis.provisioning.s3", form.clone())).await;
    assert_eq!(too_late.status(), StatusCode::UNAUTHORIZED);
    let page = text(too_late).await;
    assert!(page.contains("Your session has ended") && page.contains(r#"name="kept""#), "{page}");
    assert!(page.contains("SEC-77") && !page.contains("<script>alert"), "{page}");

    let back = "/exceptions/new?policy=aegis.provisioning.s3";
    let signing_in = encoded(&[("person", &rita.to_string()), ("to", back), ("kept", &form)]);
    let signed_in = answer(&w, post("/sign-in", signing_in.clone())).await;
    // The browser sends the same form again, to the page.
    assert_eq!((signed_in.status(), to(&signed_in).as_str()), (StatusCode::TEMPORARY_REDIRECT, back));
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let with_cookie = Request::post(back).header("cookie", cookie).header("sec-fetch-site", "same-origin");
    let shown = answer(&w, sent(with_cookie, signing_in)).await;
    assert_eq!(shown.status(), StatusCode::OK);
    let page = text(shown).await;
    assert_typed(&page);
    assert!(page.contains("Not sent yet: "), "{page}");
    let auditor = w.person("iris", &[Role::Auditor]).await;
    let all = exception::list(&w.portal, &auditor, exception::Filter::default(), None).await.unwrap();
    assert_eq!(all, [], "somebody else may have signed in: it is sent by hand");
}

#[sqlx::test(migrations = "../migrations")]
async fn words_of_another_site_are_not_carried_along(pool: PgPool) {
    let w = World::new(pool).await;
    for site in ["cross-site", "same-site"] {
        let request = Request::post("/exceptions/new").header("sec-fetch-site", site);
        let refused = answer(&w, sent(request, asking(&w, "archive-1"))).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let page = text(refused).await;
        assert!(page.contains("page of another site") && !page.contains("archive-1"), "{page}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn no_address_puts_words_into_our_mouth(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    let foreign = Error::from(Invalid::new("resources", "call 555 0100 and read out your password"));
    let problem = serde_json::to_vec(&app::Problem::Refused(foreign)).unwrap();
    let err = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE, problem);
    for path in ["/exceptions/new", "/fleet"] {
        for act in ["/api/exception/request", "/api/fleet/reload"] {
            let query = encoded(&[("__path", act), ("__err", &err)]);
            let request = Request::get(format!("{path}?{query}")).header("accept", "text/html");
            let page = text(answer(&w, by(&ann, request.body(Body::empty()).unwrap())).await).await;
            assert!(!page.contains("555 0100"), "{page}");
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_form_that_is_none_is_refused(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    let nothing = answer(&w, by(&ann, post("/exceptions", encoded(&[("act", "/sign-out")])))).await;
    assert_eq!(nothing.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let json = Request::post("/exceptions").header("content-type", "application/json").body("{}".into());
    assert_eq!(answer(&w, by(&ann, json.unwrap())).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let long = post("/exceptions", "x".repeat((1 << 20) + 1));
    assert_eq!(answer(&w, by(&ann, long)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
