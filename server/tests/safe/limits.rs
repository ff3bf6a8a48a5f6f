//! Whoever asks more often than they may is told when to come again, and nobody else notices.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Request, StatusCode, request::Builder},
};
use portal::access::{Role, TokenScope};
use server::LimitSettings;
use sqlx::PgPool;
use strum::VariantArray;

use crate::asked::{Asked, Heard};

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

async fn limited(pool: PgPool, settings: LimitSettings) -> Asked {
    let asked = Asked::new(pool).await;
    let site = asked.site.clone().limited_by(&settings);
    Asked::of(asked.w, site)
}

fn from(request: Builder, address: &str) -> Builder {
    request.extension(ConnectInfo(SocketAddr::new(address.parse::<IpAddr>().unwrap(), 4711)))
}

/// A problem document that says when to come again.
fn told(heard: &Heard, what: &str) {
    assert_eq!(heard.status, TOO_MANY, "{what}: {}", heard.text);
    assert_eq!(heard.headers["content-type"], "application/problem+json", "{what}");
    let seconds: u64 = heard.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=3600).contains(&seconds) && heard.text.contains(&format!("in {seconds} s")), "{what}");
}

#[sqlx::test(migrations = "../migrations")]
async fn each_way_has_its_budget_and_no_flood_starves_another(pool: PgPool) {
    let settings = LimitSettings {
        api_per_minute: 3,
        person_evaluations_per_minute: 3,
        token_evaluations_per_minute: 3,
        exports_per_hour: 3,
        opa_per_minute: 3,
        ..LimitSettings::default()
    };
    let asked = limited(pool, settings).await;
    let kind = |path: &str| match path {
        "/api/v1/policies/evaluate" | "/api/v1/data/{*path}" => "evaluate",
        path if path.starts_with("/opa/") => "opa",
        path if path.starts_with("/exports/") || path == "/api/v1/audit/evidence-packs" => "export",
        path if path.starts_with("/api/v1/") => "api",
        _ => "page",
    };
    let ways = asked.ways();
    let known = |way: &&crate::asked::Way| {
        let open = ["/api/v1/openapi.json", "/api/v1/policies/health", "/live"];
        !open.contains(&way.path) && kind(way.path) != "page"
    };
    let ways: Vec<_> = ways.iter().filter(known).collect();
    let scopes: Vec<_> =
        TokenScope::VARIANTS.iter().copied().filter(|scope| *scope != TokenScope::Opa).collect();
    asked.site.run();
    for kind_of in ["evaluate", "opa", "api", "export"] {
        let mut flooded = 0;
        for way in ways.iter().filter(|way| kind(way.path) == kind_of) {
            // A new one each time has all of its budget.
            let token = asked.token(if kind_of == "opa" { &[TokenScope::Opa] } else { &scopes }).await;
            asked.until_known(&token).await;
            let ask = async || asked.ask(way.request().header("authorization", &token), "{}").await;
            for _ in 0..3 {
                assert_ne!(ask().await.status, TOO_MANY, "{way}");
            }
            told(&ask().await, &way.to_string());
            for other in ways.iter().filter(|other| kind(other.path) != kind_of).take(3) {
                let other_kind = asked.ask(other.request().header("authorization", &token), "{}").await;
                assert_ne!(other_kind.status, TOO_MANY, "{way} starves {other}");
            }
            flooded += 1;
        }
        assert!(flooded > 0, "{kind_of}");
    }
    // One person's flood is not another's.
    let (ann, bob) =
        (asked.signed_in("ann", Role::VARIANTS).await, asked.signed_in("bob", Role::VARIANTS).await);
    let fleet = async |path: &str, cookie: &str| {
        asked.ask(Request::get(path).header("accept", "text/html").header("cookie", cookie), "").await.status
    };
    while fleet("/api/v1/fleet", &ann).await != TOO_MANY {}
    assert_eq!(fleet("/api/v1/fleet", &bob).await, StatusCode::OK);
    assert_eq!(fleet("/fleet", &ann).await, StatusCode::OK, "a flood of the API keeps no page back");
}

#[sqlx::test(migrations = "../migrations")]
async fn pages_are_counted_by_who_asks_and_strangers_by_their_address(pool: PgPool) {
    let settings = LimitSettings { pages_per_minute: 3, strangers_per_minute: 3, ..LimitSettings::default() };
    let asked = limited(pool, settings).await;
    let (ann, bob) =
        (asked.signed_in("ann", &[Role::Admin]).await, asked.signed_in("bob", &[Role::Admin]).await);
    let page =
        async |path: &str, cookie: &str| asked.ask(Request::get(path).header("cookie", cookie), "").await;
    for _ in 0..3 {
        assert_eq!(page("/fleet", &ann).await.status, StatusCode::OK);
    }
    told(&page("/policies", &ann).await, "a page");
    // What a page asks for is told in the words that it reads.
    let function =
        Request::post("/api/viewer").header("cookie", &ann).header("sec-fetch-site", "same-origin");
    let function = function.header("content-type", "application/x-www-form-urlencoded");
    let refused = asked.ask(function, "").await;
    assert_eq!(refused.status, TOO_MANY);
    assert!(
        refused.headers.contains_key("retry-after") && refused.text.contains("TooOften"),
        "{}",
        refused.text
    );
    assert_eq!(page("/fleet", &bob).await.status, StatusCode::OK);
    assert_eq!(
        page("/sessions", &ann).await.status,
        StatusCode::OK,
        "a session that was stolen can be ended"
    );

    let stranger = async |path: &str, address: &str| asked.ask(from(Request::get(path), address), "").await;
    for _ in 0..3 {
        assert_ne!(stranger("/api/v1/openapi.json", "203.0.113.7").await.status, TOO_MANY);
    }
    told(&stranger("/fleet", "203.0.113.7").await, "an address");
    assert_ne!(stranger("/fleet", "203.0.113.8").await.status, TOO_MANY);
    assert_eq!(
        stranger("/healthz", "203.0.113.7").await.status,
        StatusCode::OK,
        "nor is the process thought dead"
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn sign_ins_of_an_address_are_counted_and_of_a_proxy_only_by_what_it_tells(pool: PgPool) {
    let settings = LimitSettings { sign_ins_per_minute: 2, ..LimitSettings::default() };
    let told_by = LimitSettings { address_header: Some("x-real-ip".parse().unwrap()), ..settings.clone() };
    let asked = limited(pool, settings).await;
    let begin = async |asked: &Asked, request: Builder| {
        asked.ask(request.header("content-type", "application/x-www-form-urlencoded"), "person=none").await
    };
    for _ in 0..2 {
        assert_ne!(begin(&asked, from(Request::post("/sign-in"), "203.0.113.7")).await.status, TOO_MANY);
    }
    told(&begin(&asked, from(Request::post("/sign-in"), "203.0.113.7")).await, "one address");
    assert_ne!(begin(&asked, from(Request::post("/sign-in"), "203.0.113.8")).await.status, TOO_MANY);
    // Whoever has a network of IPv6 has one budget.
    for host in 1..=2 {
        let address = format!("2001:db8:0:1::{host}");
        assert_ne!(begin(&asked, from(Request::post("/sign-in"), &address)).await.status, TOO_MANY);
    }
    told(&begin(&asked, from(Request::post("/sign-in"), "2001:db8:0:1:ffff::")).await, "one network");
    // The people of this machine's demo are not locked out.
    for _ in 0..20 {
        assert_ne!(begin(&asked, from(Request::post("/sign-in"), "127.0.0.1")).await.status, TOO_MANY);
    }

    let asked = Asked::of(asked.w, asked.site.limited_by(&told_by));
    let through = |address: &str| from(Request::post("/sign-in"), "10.0.0.1").header("x-real-ip", address);
    for _ in 0..2 {
        assert_ne!(begin(&asked, through("203.0.113.7")).await.status, TOO_MANY);
    }
    told(
        &begin(&asked, through("198.51.100.1, 203.0.113.7")).await,
        "what is written before is not the proxy's",
    );
    assert_ne!(begin(&asked, through("203.0.113.8")).await.status, TOO_MANY);
}

#[sqlx::test(migrations = "../migrations")]
async fn tokens_are_not_guessed_and_those_that_are_known_go_on(pool: PgPool) {
    let settings = LimitSettings { unknown_tokens_per_minute: 3, ..LimitSettings::default() };
    let asked = limited(pool, settings).await;
    asked.site.run();
    let token = asked.token(&[TokenScope::PolicyRead]).await;
    let ask = async |token: &str, path: &str| {
        let request = from(Request::get(path), "203.0.113.7").header("authorization", token);
        asked.ask(request, "").await
    };
    asked.until_known(&token).await;
    let guesses = ["/api/v1/policies", "/opa/staging/discovery", "/api/v1/fleet"];
    for path in guesses {
        assert_eq!(ask("Bearer a-guess", path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in guesses {
        told(&ask("Bearer a-guess", path).await, path);
    }
    assert_eq!(ask(&token, "/api/v1/policies").await.status, StatusCode::OK);
}
