//! A program that calls the API, and checks that each answer is what the document says.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Request, request::Builder},
};
use leptos::prelude::LeptosOptions;
use portal::{Actor, testing::World};
use rego::worker::program_for_tests;
use serde_json::Value;
use server::Site;
use sqlx::PgPool;
use tower::ServiceExt;

use crate::document::Document;

pub(crate) struct Api {
    pub(crate) w: World,
    pub(crate) site: Site,
    pub(crate) document: Document,
    router: Router,
}

/// What came back.
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// Null where it is no JSON.
    pub(crate) json: Value,
}

impl Heard {
    pub(crate) fn field(&self) -> &str {
        self.json["field"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }
}

pub(crate) fn options() -> LeptosOptions {
    LeptosOptions::builder().output_name("app").site_root("target/site").build()
}

impl Api {
    pub(crate) async fn new(pool: PgPool) -> Self {
        let w = World::new(pool).await;
        let site = Site::new(w.portal.clone(), options(), program_for_tests());
        Self::of(w, site).await
    }

    pub(crate) async fn of(w: World, site: Site) -> Self {
        let router = server::router(&site);
        let request =
            Request::get("/api/v1/openapi.json").body(Body::empty()).expect("a request that we wrote");
        let heard = heard(router.clone(), request).await;
        assert_eq!(heard.status, 200, "strangers may read the document");
        Self { w, site, document: Document::new(heard.json), router }
    }

    pub(crate) async fn get(&self, actor: &Actor, path: &str) -> Heard {
        self.send(Request::get(path), actor, Body::empty()).await
    }

    pub(crate) async fn post(&self, actor: &Actor, path: &str, body: &Value) -> Heard {
        self.post_text(actor, path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, actor: &Actor, path: &str, body: impl Into<Body>) -> Heard {
        self.send(json(path), actor, body.into()).await
    }

    /// Sends a request, and holds what comes back against the document.
    pub(crate) async fn send(&self, request: Builder, actor: &Actor, body: Body) -> Heard {
        self.send_as_sent(request.extension(actor.clone()), body).await
    }

    /// The same, as whoever the request's own headers say.
    pub(crate) async fn send_as_sent(&self, request: Builder, body: Body) -> Heard {
        let request = request.body(body).expect("a request that we wrote");
        let asked = (request.method().as_str().to_lowercase(), request.uri().path().to_owned());
        let heard = heard(self.router.clone(), request).await;
        if let Err(why) = self.document.allows(&asked.0, &asked.1, &heard) {
            panic!("{} {} answered {}: {why}\n{}", asked.0, asked.1, heard.status, heard.json);
        }
        heard
    }
}

pub(crate) fn json(path: &str) -> Builder {
    Request::post(path).header("content-type", "application/json")
}

async fn heard(router: Router, mut request: Request<Body>) -> Heard {
    request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost"));
    let response = router.oneshot(request).await.expect("a router answers everything");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), 64 << 20).await.expect("a whole answer");
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    Heard { status, headers, bytes, json }
}
