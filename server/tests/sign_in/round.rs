//! A browser's way to the provider and back.

use std::collections::HashMap;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, StatusCode},
};
use leptos::prelude::LeptosOptions;
use portal::testing::World;
use rego::worker::program_for_tests;
use serde_json::{Value, json};
use server::{
    Site,
    provider::{Provider as OfServer, SignInSettings},
};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::provider::{CLIENT, Provider, SECRET, Token, at_hash};

/// A portal with its provider.
pub(crate) struct Round {
    pub(crate) w: World,
    pub(crate) provider: Provider,
    pub(crate) router: Router,
}

/// A sign-in that a browser has begun.
#[derive(Clone)]
pub(crate) struct Begun {
    pub(crate) cookie: String,
    pub(crate) asked: HashMap<String, String>,
}

/// What a browser is answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) to: String,
    /// The cookies that it is given, as it sends them back; one that is taken away is empty.
    pub(crate) cookies: HashMap<String, String>,
    pub(crate) set_cookies: Vec<String>,
    pub(crate) text: String,
}

pub(crate) fn settings(issuer: &str) -> SignInSettings {
    SignInSettings {
        oidc_issuer: Some(issuer.to_owned()),
        oidc_client_id: Some(CLIENT.into()),
        oidc_client_secret: Some(SECRET.parse().unwrap()),
        public_url: Some("http://localhost:3000".into()),
        admin_subject: Some("the owner".into()),
        ..SignInSettings::default()
    }
}

impl Round {
    pub(crate) async fn new(pool: PgPool) -> Self {
        Self::with(pool, |_| {}).await
    }

    pub(crate) async fn with(pool: PgPool, set: impl FnOnce(&mut SignInSettings)) -> Self {
        let (w, provider) = (World::new(pool).await, Provider::start().await);
        let mut settings = settings(&provider.issuer);
        set(&mut settings);
        let router = router(&w, &settings).await;
        Self { w, provider, router }
    }

    pub(crate) async fn ask(&self, request: axum::http::request::Builder, body: &str) -> Answered {
        let request = request.header("accept", "text/html");
        self.send(request.header("content-type", "application/x-www-form-urlencoded"), body).await
    }

    /// As a program asks.
    pub(crate) async fn ask_in_json(&self, request: axum::http::request::Builder, body: &str) -> Answered {
        self.send(request.header("content-type", "application/json"), body).await
    }

    async fn send(&self, request: axum::http::request::Builder, body: &str) -> Answered {
        let request = request.header("host", "localhost:3000").header("sec-fetch-site", "same-origin");
        let request = request.body(Body::from(body.to_owned())).unwrap();
        Answered::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Begins a sign-in that leads to this address.
    pub(crate) async fn begin(&self, fields: &[(&str, &str)]) -> Begun {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let led = self.ask(Request::post("/sign-in"), &form).await;
        assert_eq!(led.status, StatusCode::SEE_OTHER, "{led:?}");
        let (place, query) = led.to.split_once('?').expect("a query");
        assert_eq!(place, format!("{}/auth", self.provider.issuer));
        let cookie = format!("aegis_sign_in_3000={}", led.cookies["aegis_sign_in_3000"]);
        Begun { cookie, asked: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }

    /// What an honest provider says of somebody who has just begun to sign in.
    pub(crate) fn claims(&self, begun: &Begun, subject: &str) -> Value {
        let now = self.w.portal.now().timestamp();
        json!({
            "iss": self.provider.issuer, "sub": subject, "aud": CLIENT, "azp": CLIENT,
            "exp": now + 600, "iat": now, "auth_time": now - 5,
            "nonce": begun.asked["nonce"], "at_hash": at_hash(),
            "name": "Ann Lee", "email": "ann@example.com", "groups": ["aegis-authors"],
            "sid": format!("session of {subject}"),
        })
    }

    /// Comes back with a code that the provider answers with this token.
    pub(crate) async fn come_back(&self, begun: &Begun, token: Option<Token>) -> Answered {
        let code = format!("code-{}", begun.asked["state"]);
        self.provider.answers(&code, &begun.asked["code_challenge"], token);
        self.bring(begun, &[("code", &code), ("iss", &self.provider.issuer)]).await
    }

    /// Comes back with these words beside the state.
    pub(crate) async fn bring(&self, begun: &Begun, more: &[(&str, &str)]) -> Answered {
        let state = ("state", begun.asked["state"].as_str());
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(more).extend_pairs([state]).finish();
        let request = Request::get(format!("/sign-in/callback?{query}")).header("cookie", &begun.cookie);
        self.ask(request, "").await
    }

    /// Signs somebody in, and returns their cookie.
    pub(crate) async fn sign_in(&self, subject: &str, change: impl FnOnce(&mut Value)) -> String {
        let begun = self.begin(&[("to", "/")]).await;
        let mut claims = self.claims(&begun, subject);
        change(&mut claims);
        let back = self.come_back(&begun, Some(Token::new(claims))).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{back:?}");
        format!("aegis_session_3000={}", back.cookies["aegis_session_3000"])
    }

    /// The status of a page for whoever has this cookie.
    pub(crate) async fn page(&self, path: &str, cookie: &str) -> StatusCode {
        self.ask(Request::get(path).header("cookie", cookie), "").await.status
    }

    /// Whether whoever has this cookie is somebody, with whatever rights.
    pub(crate) async fn knows(&self, cookie: &str) -> bool {
        self.page("/preferences", cookie).await != StatusCode::SEE_OTHER
    }

    pub(crate) async fn sessions(&self) -> i64 {
        let open = "select count(*) from session where closed_at is null";
        sqlx::query_scalar(open).fetch_one(&self.w.owner).await.unwrap()
    }

    /// Fails unless nobody was signed in, and a page says so in these words.
    pub(crate) async fn is_refused(&self, what: &str, back: &Answered, says: &str) {
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{what}: {back:?}");
        assert!(back.text.contains(says), "{what}: {says} is missing in {}", back.text);
        assert!(back.text.contains("<h1"), "{what}: a page");
        assert!(!back.cookies.contains_key("aegis_session_3000"), "{what}: {back:?}");
        assert_eq!(self.sessions().await, 0, "{what}");
    }
}

pub(crate) async fn router(w: &World, settings: &SignInSettings) -> Router {
    let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
    let site = Site::new(w.without_demo_people().await, options, program_for_tests());
    let provider = OfServer::new(settings.read().unwrap().unwrap()).unwrap();
    server::router(&site.signing_in_by(provider))
}

impl Answered {
    async fn of(response: Response<Body>) -> Self {
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        let (status, headers) = (response.status(), response.headers().clone());
        let set_cookies: Vec<String> = headers.get_all("set-cookie").iter().map(text).collect();
        let cookies = set_cookies.iter().filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        let cookies = cookies.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = to_bytes(response.into_body(), 1 << 22).await.unwrap();
        Self {
            status,
            to: headers.get("location").map(text).unwrap_or_default(),
            cookies,
            set_cookies,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}
