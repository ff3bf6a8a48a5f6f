//! A change that comes with a session's cookie was sent by a page of ours, or is none.

use axum::http::{Request, StatusCode, request::Builder};
use portal::access::{Role, TokenScope};
use sqlx::PgPool;
use strum::VariantArray;

use crate::asked::Asked;

/// What a browser says of a page that is not ours; the last says nothing.
const NOT_OURS: [&[(&str, &str)]; 9] = [
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://sub.localhost")],
    &[("origin", "http://localhost.evil.example")],
    &[("origin", "https://localhost")],
    &[("origin", "http://localhost:3001")],
    &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost")],
    &[("sec-fetch-site", "same-site"), ("origin", "http://localhost")],
    &[],
];

fn with(request: Builder, headers: &[(&str, &str)]) -> Builder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

#[sqlx::test(migrations = "../migrations")]
async fn no_way_takes_a_change_with_a_session_that_no_page_of_ours_sent(pool: PgPool) {
    let asked = Asked::new(pool).await;
    let ways: Vec<_> = asked.ways().into_iter().filter(|way| way.changes()).collect();
    assert!(ways.len() > 80, "{}", ways.len());
    let cookie = asked.signed_in("ada", Role::VARIANTS).await;
    for way in &ways {
        for headers in NOT_OURS {
            let request = with(way.request().header("cookie", &cookie), headers);
            let refused = asked.ask(request, "").await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{way} {headers:?}");
            assert!(refused.text.contains("so nothing was done"), "{way} {headers:?}: {}", refused.text);
        }
    }
    // She is still signed in: not even that was done.
    let page = Request::get("/audit").header("cookie", &cookie).header("accept", "text/html");
    assert_eq!(asked.ask(page, "").await.status, StatusCode::OK);
    for ours in [("sec-fetch-site", "same-origin"), ("origin", "http://localhost")] {
        for way in ways.iter().filter(|way| way.path != "/sign-out") {
            let taken = asked.ask(with(way.request().header("cookie", &cookie), &[ours]), "").await;
            assert!(!taken.text.contains("so nothing was done"), "{way} {ours:?}: {}", taken.text);
        }
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_is_signed_in_by_another_sites_page(pool: PgPool) {
    let asked = Asked::new(pool).await;
    for headers in &NOT_OURS[..NOT_OURS.len() - 1] {
        let refused = asked.ask(with(Request::post("/sign-in"), headers), "").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(!refused.headers.contains_key("set-cookie"), "{headers:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_token_needs_no_origin_and_comes_without_a_session(pool: PgPool) {
    let asked = Asked::new(pool).await;
    let cookie = asked.signed_in("ada", Role::VARIANTS).await;
    let token = asked.token(&[TokenScope::PolicyRead]).await;
    let alone = Request::post("/api/v1/tokens").header("authorization", &token);
    let taken = asked.ask(alone.header("origin", "https://ci.example"), "{}").await;
    assert!(!taken.text.contains("so nothing was done"), "{}", taken.text);
    for way in asked.ways() {
        let both = way.request().header("cookie", &cookie).header("authorization", &token);
        let refused = asked.ask(both.header("sec-fetch-site", "same-origin"), "").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{way}");
        assert!(refused.text.contains("its token alone"), "{way}: {}", refused.text);
    }
}

/// A server function that is asked by an address could be asked by a link.
#[sqlx::test(migrations = "../migrations")]
async fn no_server_function_is_asked_by_its_address(pool: PgPool) {
    let asked = Asked::new(pool).await;
    let functions = |path: &str| path.starts_with("/api/") && !path.starts_with("/api/v1/");
    for way in asked.ways().iter().filter(|way| functions(way.path)) {
        assert!(way.changes(), "{way}");
    }
}
