//! Every way in, spelled out: a new one can't slip in, and no stranger through any.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Request, StatusCode},
    response::Response,
};
use leptos::prelude::LeptosOptions;
use portal::{
    Actor, Id, Portal, Scope, identity,
    testing::{World, person},
};
use rego::worker::program_for_tests;
use server::{
    Site,
    routes::{Who, routes},
};
use sqlx::PgPool;
use tower::ServiceExt;

/// The list that auditors read; a test keeps it equal to the routes.
const WAYS_IN: &str = include_str!("ways_in.txt");

const ID: &str = "01890000-0000-7000-8000-000000000000";

fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("app").site_root("target/site").build()
}

fn site(portal: &Portal) -> Site {
    Site::new(portal.clone(), options(), program_for_tests())
}

fn router(w: &World) -> Router {
    server::router(&site(&w.portal))
}

async fn answer(w: &World, mut request: Request<Body>) -> Response {
    request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost"));
    router(w).oneshot(request).await.expect("a router answers everything")
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 22).await.expect("a whole answer");
    String::from_utf8(bytes.to_vec()).expect("an answer in text")
}

fn get(path: &str, accept: &str) -> axum::http::request::Builder {
    Request::get(path).header("accept", accept)
}

/// An address with something in the place of each parameter.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{*file}" => "app.js",
        "{*path}" => "aegis/ai/pii",
        "{environment}" => "staging",
        "{bundle}" => "aegis-provisioning",
        "{number}" if path.contains("versions") => "v1.0.0",
        "{number}" => "EXC-001",
        part if part.starts_with('{') => ID,
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[sqlx::test(migrations = "../migrations")]
async fn these_are_all_the_ways_in(pool: PgPool) {
    let w = World::new(pool).await;
    let mut ways: Vec<_> = routes(&site(&w.portal))
        .iter()
        .map(|way| format!("{:?} {} {} ({})", way.who, way.method, way.path, way.name))
        .collect();
    ways.sort();
    let ways = ways.join("\n") + "\n";
    assert!(ways == WAYS_IN, "tests/ways_in.txt should be:\n{ways}");
}

#[sqlx::test(migrations = "../migrations")]
async fn no_page_was_left_off_the_list(pool: PgPool) {
    let w = World::new(pool).await;
    let listed: Vec<_> =
        routes(&site(&w.portal)).iter().map(|way| format!("{} {}", way.method, way.path)).collect();
    for page in leptos_axum::generate_route_list(app::App) {
        let path: Vec<_> = page
            .path()
            .split('/')
            .map(|part| part.strip_prefix(':').map_or(part.into(), |name| format!("{{{name}}}")))
            .collect();
        let page = format!("GET {}", path.join("/"));
        assert!(listed.contains(&page), "{page} is a page of the app and not on the list: {listed:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stranger_gets_401_wherever_the_list_does_not_say_anyone(pool: PgPool) {
    let w = World::new(pool).await;
    for way in routes(&site(&w.portal)) {
        let request = Request::builder().method(way.method.clone()).uri(filled(way.path));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("id={ID}")));
        let status = answer(&w, request.unwrap()).await.status();
        if way.who != Who::Known {
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{} {}", way.method, way.path);
        } else {
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {}", way.method, way.path);
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_stranger_with_a_browser_is_led_to_the_sign_in_page_and_back(pool: PgPool) {
    let w = World::new(pool).await;
    let led =
        answer(&w, get("/exceptions?standing=requested", "text/html").body(Body::empty()).unwrap()).await;
    assert_eq!(led.status(), StatusCode::SEE_OTHER);
    assert_eq!(led.headers()["location"], "/sign-in?to=/exceptions%3Fstanding%3Drequested");
    let page = answer(&w, get("/sign-in", "text/html").body(Body::empty()).unwrap()).await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_demo_person_signs_in_stays_and_signs_out(pool: PgPool) {
    let w = World::new(pool).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    let roles = [portal::access::Role::Auditor];
    let iris = identity::enrol(&w.portal, &set_up, "iris", "reads", &roles, true).await.unwrap();
    let site = site(&w.portal);
    let router = server::router(&site);
    let form = |person: Id<portal::Person>, to: &str| {
        let form = format!("person={person}&to={to}");
        Request::post("/sign-in")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap()
    };

    let stranger = router.clone().oneshot(form(Id::fresh(), "/audit")).await.unwrap();
    assert!(stranger.headers()["location"].to_str().unwrap().starts_with("/sign-in?failed"));
    let evil = router.clone().oneshot(form(iris, "//evil.example")).await.unwrap();
    assert_eq!(evil.headers()["location"], "/", "nobody is led to another site");
    let signed_in = router.clone().oneshot(form(iris, "/audit")).await.unwrap();
    assert_eq!(signed_in.headers()["location"], "/audit");
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();

    let with_cookie = |path: &str| {
        get(path, "text/html")
            .header("host", "localhost")
            .header("cookie", &cookie)
            .body(Body::empty())
            .unwrap()
    };
    let page = router.clone().oneshot(with_cookie("/audit")).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let sign_out = |origin: &str| {
        let request = Request::post("/sign-out").header("cookie", &cookie).header("host", "localhost");
        request.header("origin", origin).body(Body::empty()).unwrap()
    };
    let forged = router.clone().oneshot(sign_out("https://evil.example")).await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN, "another site's page cannot act for her");
    let out = router.clone().oneshot(sign_out("http://localhost")).await.unwrap();
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    let gone = router.oneshot(with_cookie("/audit")).await.unwrap();
    assert_eq!(gone.status(), StatusCode::SEE_OTHER, "the session has ended on the server too");
}

#[sqlx::test(migrations = "../migrations")]
async fn without_a_provider_only_this_machine_is_answered(pool: PgPool) {
    let w = World::new(pool).await;
    let ask = async |name: &str, value: &str| {
        let request = get("/sign-in", "text/html").header(name, value).body(Body::empty()).unwrap();
        let response = answer(&w, request).await;
        (response.status(), text(response).await)
    };
    assert_eq!(ask("host", "127.0.0.1:3000").await.0, StatusCode::OK);
    for (name, value) in
        [("host", "aegis.example"), ("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=x")]
    {
        let (status, said) = ask(name, value).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(said.contains("OIDC_ISSUER") && said.contains("PUBLIC_URL"), "it says what to set: {said}");
    }
    // Whatever asks, and for whatever: machines too.
    let fetched =
        Request::get("/opa/staging/discovery").header("x-forwarded-for", "203.0.113.7").body(Body::empty());
    assert_eq!(answer(&w, fetched.unwrap()).await.status(), StatusCode::FORBIDDEN);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_comes_whole_and_with_the_status_of_its_data(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    portal::exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    let nobody = person(Id::fresh(), "noah", &[], &Scope::Portal);
    let page = async |actor: Actor, path: &str| {
        answer(&w, get(path, "text/html").extension(actor).body(Body::empty()).unwrap()).await
    };

    let (seen, refused) = (page(ann.clone(), "/exceptions").await, page(nobody, "/audit").await);
    assert_eq!((seen.status(), refused.status()), (StatusCode::OK, StatusCode::FORBIDDEN));
    let seen = text(seen).await;
    assert!(seen.contains("EXC-001") && !seen.contains("<template"), "{seen}");
    assert_eq!(page(ann, "/exceptions/EXC-999").await.status(), StatusCode::NOT_FOUND);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_server_function_without_its_arguments_says_which_is_missing(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    let request = Request::post("/api/exception/show").extension(ann).header("accept", "*/*");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("x=1"));
    let refused = answer(&w, request.unwrap()).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let said = text(refused).await;
    assert!(said.contains("number"), "{said}");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_nul_in_a_form_is_refused_and_not_our_fault(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = portal::exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    let send = async |actor: Actor, path: &str, form: String| {
        let request = Request::post(path).extension(actor).header("accept", "*/*");
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.into());
        answer(&w, request.unwrap()).await
    };
    let deny = format!("number={}&reason=not%00now", asked.number);
    let refused = send(bob, "/api/exception/deny", deny).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let said = text(refused).await;
    assert!(said.contains("U+0000"), "{said}");
    // A list says that it could not read it, and shows what the rest of its address asks for.
    let found = send(ann, "/api/exception/list", "query=text%3D%2500".into()).await;
    assert_eq!(found.status(), StatusCode::OK);
    let said = text(found).await;
    assert!(said.contains(r#""unread":["text="#) && said.contains("EXC-001"), "{said}");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_not_there_and_what_is_not_taken_are_problem_documents(pool: PgPool) {
    let w = World::new(pool).await;
    let nothing = answer(&w, Request::get("/no/such").body(Body::empty()).unwrap()).await;
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    assert_eq!(nothing.headers()["content-type"], "application/problem+json");
    let form = Request::post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
    let unread = answer(&w, form.body("person=nobody".into()).unwrap()).await;
    assert_eq!(unread.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unread.headers()["content-type"], "application/problem+json");
    assert!(text(unread).await.contains(r#""field":"person""#));
    let wrong = answer(&w, Request::delete("/healthz").body(Body::empty()).unwrap()).await;
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()["content-type"], "application/problem+json");
}

#[sqlx::test(migrations = "../migrations")]
async fn who_asks_is_found_out_in_time_or_told_to_come_again(pool: PgPool) {
    let w = World::new(pool).await;
    let mut slow = w.owner.begin().await.unwrap();
    sqlx::query("lock table token, session in access exclusive mode").execute(&mut *slow).await.unwrap();
    let token = format!("Bearer {}", identity::Secret::fresh(identity::SecretKind::Token).reveal());
    let asked = std::time::Instant::now();
    let request = Request::get("/api/v1/fleet").header("authorization", token).body(Body::empty()).unwrap();
    assert_eq!(answer(&w, request).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(asked.elapsed() < std::time::Duration::from_secs(6), "{:?}", asked.elapsed());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_browser_that_goes_nowhere_gets_a_page_and_one_without_a_session_the_sign_in_page(pool: PgPool) {
    let w = World::new(pool).await;
    let ask = async |request: axum::http::request::Builder| {
        let answer = answer(&w, request.header("accept", "text/html").body(Body::empty()).unwrap()).await;
        let text = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), text("content-type"), text("location"))
    };
    let (status, kind, _) = ask(Request::get("/nope")).await;
    assert_eq!((status, kind.as_deref()), (404, Some("text/html; charset=utf-8")));
    let (status, _, to) = ask(Request::get("/exceptions/")).await;
    assert_eq!((status, to.as_deref()), (308, Some("/exceptions")));
    assert_eq!(ask(Request::get("//evil.example/")).await.0, 404);
    let form = Request::post("/changesets").header("referer", "http://localhost:3000/changesets/new");
    let (status, _, to) = ask(form).await;
    assert_eq!((status, to.as_deref()), (303, Some("/sign-in?to=/changesets/new")));
}
