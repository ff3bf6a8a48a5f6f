//! What every answer forbids its browser, whichever way it came: also where it is a *no*, a file or nothing.

use axum::http::{HeaderMap, Request, StatusCode};
use portal::access::Role;
use server::provider::{Provider, SignInSettings};
use sqlx::PgPool;
use strum::VariantArray;

use crate::asked::{Asked, Heard};

const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The nonce of an answer that forbids all that it should.
fn held(heard: &Heard, what: &str) -> String {
    for (name, value) in ALWAYS {
        assert_eq!(header(&heard.headers, name), value, "{what}");
    }
    assert!(header(&heard.headers, "permissions-policy").contains("camera=()"), "{what}");
    let policy = header(&heard.headers, "content-security-policy");
    for part in [
        "default-src 'none'; script-src 'nonce-",
        "' 'wasm-unsafe-eval'; style-src 'self'; ",
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned()
}

/// A page runs what its answer's nonce marks, and has neither a style nor a handler between its lines.
fn marked(page: &str, nonce: &str, what: &str) {
    let marked = format!(r#"nonce="{nonce}""#);
    for script in page.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&marked), "{what}: <script{tag}>");
    }
    for script in page.split("<link").skip(1).filter(|link| link.contains(r#"rel="modulepreload""#)) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&marked), "{what}: <link{tag}>");
    }
    for tag in page.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()) {
        let inline = [" style=", " onclick=", " onsubmit=", " onload=", " onerror=", "javascript:"];
        assert!(
            !tag.starts_with("style") && !inline.iter().any(|part| tag.contains(part)),
            "{what}: <{tag}>"
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn every_answer_forbids_what_no_page_of_ours_needs(pool: PgPool) {
    let asked = Asked::new(pool).await;
    asked.w.pushed(&asked.w.author().await).await;
    let cookie = asked.signed_in("ada", Role::VARIANTS).await;
    let mut nonces = std::collections::HashSet::new();
    let mut pages = 0;
    let mut ways = asked.ways();
    // The last one ends the session.
    ways.sort_by_key(|way| way.path == "/sign-out");
    for way in &ways {
        for (who, cookie) in [("a stranger", None), ("ada", Some(&cookie))] {
            for accept in ["text/html", "*/*"] {
                let what = format!("{way} as {who}, {accept}");
                let mut request =
                    way.request().header("accept", accept).header("sec-fetch-site", "same-origin");
                if let Some(cookie) = cookie {
                    request = request.header("cookie", cookie);
                }
                let heard = asked.ask(request, "").await;
                let nonce = held(&heard, &what);
                let streams = header(&heard.headers, "content-type") == "text/event-stream";
                assert_eq!(streams, way.path == "/live" && cookie.is_some(), "{what}");
                assert!(nonce.len() >= 22 && nonces.insert(nonce.clone()), "{what}: {nonce} is no new one");
                if header(&heard.headers, "content-type").starts_with("text/html") {
                    marked(&heard.text, &nonce, &what);
                    pages += usize::from(heard.text.contains(r#"<script type="module""#));
                }
                let of_a_file = ["/pkg/{*file}", "/favicon.ico", "/mark.svg"].contains(&way.path);
                let kept = header(&heard.headers, "cache-control");
                assert!(kept == if of_a_file { "no-cache" } else { "no-store" }, "{what}: {kept}");
            }
        }
    }
    assert!(pages > 20, "{pages} pages with scripts");
    for (method, path) in
        [("GET", "/no/such"), ("DELETE", "/healthz"), ("OPTIONS", "/"), ("HEAD", "/sign-in")]
    {
        let request = Request::builder().method(method).uri(path);
        held(&asked.ask(request, "").await, &format!("{method} {path}"));
    }
    let of_elsewhere = Request::get("/sign-in").header("host", "evil.example");
    let heard = asked.ask(of_elsewhere, "").await;
    assert_eq!(heard.status, StatusCode::FORBIDDEN);
    held(&heard, "another host's name");
    assert!(!heard.headers.contains_key("strict-transport-security"), "this machine is reached by http");
}

#[sqlx::test(migrations = "../migrations")]
async fn with_a_provider_forms_lead_to_it_and_https_is_all_there_is(pool: PgPool) {
    let asked = Asked::new(pool).await;
    let settings = SignInSettings {
        oidc_issuer: Some("https://id.example/realms/work".into()),
        oidc_client_id: Some("aegis".into()),
        oidc_client_secret: Some("s3cret".parse().unwrap()),
        oidc_origins: Some("https://login.example https://other.example:8443/path".into()),
        public_url: Some("https://aegis.example".into()),
        admin_group: Some("admins".into()),
        ..SignInSettings::default()
    };
    let provider = Provider::new(settings.read().unwrap().unwrap()).unwrap();
    let site = asked.site.signing_in_by(provider);
    let asked = Asked::of(asked.w, site);
    for path in ["/sign-in", "/audit", "/no/such", "/mark.svg"] {
        let heard = asked.ask(Request::get(path).header("host", "aegis.example"), "").await;
        held(&heard, path);
        let policy = header(&heard.headers, "content-security-policy");
        let led = "form-action 'self' https://id.example https://login.example https://other.example:8443";
        assert!(policy.ends_with(led), "{path}: {policy}");
        let https = header(&heard.headers, "strict-transport-security");
        assert_eq!(https, "max-age=63072000; includeSubDomains", "{path}");
    }
    // Its own address is the one that was set, whatever name a request calls it by.
    for (origin, expected) in [
        ("https://aegis.example", StatusCode::SEE_OTHER),
        ("http://aegis.example", StatusCode::FORBIDDEN),
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("https://sub.aegis.example", StatusCode::FORBIDDEN),
    ] {
        let request = Request::post("/sign-out").header("host", "evil.example").header("origin", origin);
        let heard = asked.ask(request.header("cookie", "__Host-aegis_session=none"), "").await;
        assert_eq!(heard.status, expected, "{origin}");
    }
}
