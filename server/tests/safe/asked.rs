//! A portal on which every way in can be asked, by people who signed in and tokens that were issued.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, request::Builder},
};
use leptos::prelude::LeptosOptions;
use portal::{
    Actor, Environment,
    access::{Job, Role, TokenScope},
    identity,
    testing::World,
};
use rego::worker::program_for_tests;
use server::{Site, routes};
use sqlx::PgPool;
use strum::VariantArray;
use tower::ServiceExt;

pub(crate) const ID: &str = "01890000-0000-7000-8000-000000000000";
/// The session's cookie of a portal at port 3000.
const SESSION: &str = "aegis_session_3000";

pub(crate) struct Asked {
    pub(crate) w: World,
    pub(crate) site: Site,
    router: Router,
}

/// What came back.
pub(crate) struct Heard {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A way in: its method, its path as the list has it, and an address that it leads to.
pub(crate) struct Way {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) who: routes::Who,
    pub(crate) address: String,
}

impl Asked {
    pub(crate) async fn new(pool: PgPool) -> Self {
        let w = World::new(pool).await;
        let options = LeptosOptions::builder().output_name("app").site_root("target/site").build();
        let site = Site::new(w.portal.clone(), options, program_for_tests());
        Self::of(w, site)
    }

    pub(crate) fn of(w: World, site: Site) -> Self {
        let router = server::router(&site);
        Self { w, site, router }
    }

    pub(crate) fn ways(&self) -> Vec<Way> {
        let way = |route: routes::Route| Way {
            address: filled(route.path),
            method: route.method,
            path: route.path,
            who: route.who,
        };
        routes::routes(&self.site).into_iter().map(way).collect()
    }

    /// The cookie of a session of somebody with these roles.
    pub(crate) async fn signed_in(&self, name: &str, roles: &[Role]) -> String {
        let set_up = Actor::Job(Job::SetUp);
        let person = identity::enrol(&self.w.portal, &set_up, name, "", roles, true).await.unwrap();
        let secret =
            identity::sign_in_as_demo_person(&self.w.portal, &Actor::Visitor { address: None }, person)
                .await
                .unwrap();
        format!("{SESSION}={}", secret.reveal())
    }

    /// A token with these scopes, of somebody who may do all; an OPA's is of staging.
    pub(crate) async fn token(&self, scopes: &[TokenScope]) -> String {
        let (portal, set_up) = (&self.w.portal, Actor::Job(Job::SetUp));
        let (owner, environment) = if scopes.contains(&TokenScope::Opa) {
            (None, Some(Environment::staging()))
        } else {
            let owner = identity::enrol(portal, &set_up, "olga", "", Role::VARIANTS, false).await.unwrap();
            (Some(owner), None)
        };
        format!("Bearer {}", self.w.token(owner, environment, scopes).await.1.reveal())
    }

    /// Waits until every server knows a token, as those of OPA are known.
    pub(crate) async fn until_known(&self, token: &str) {
        let secret = token.trim_start_matches("Bearer ");
        while !self.site.shelf.who_has_token(secret).is_ok_and(|who| who.by().is_some()) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn ask(&self, request: Builder, body: impl Into<Body>) -> Heard {
        let mut request = request.body(body.into()).unwrap();
        request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost"));
        let response = self.router.clone().oneshot(request).await.expect("a router answers everything");
        let (status, headers) = (response.status(), response.headers().clone());
        if headers.get("content-type").is_some_and(|kind| kind == "text/event-stream") {
            // It has no end.
            return Heard { status, headers, text: String::new() };
        }
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a whole answer");
        Heard { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

impl Way {
    pub(crate) fn changes(&self) -> bool {
        self.method != Method::GET
    }

    pub(crate) fn request(&self) -> Builder {
        Request::builder().method(self.method.clone()).uri(&self.address)
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// An address with something in the place of each parameter.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{*file}" => "app.js",
        "{*path}" => "aegis/ai/pii",
        "{environment}" => "staging",
        "{list}" => "exceptions",
        "{bundle}" => "aegis-provisioning",
        "{package}" => "aegis.provisioning.s3",
        "{partition}" => "aegis",
        "{version}" => "v1.0.0",
        "{number}" if path.contains("versions") => "v1.0.0",
        "{number}" => "EXC-001",
        "{id}" => ID,
        part if part.starts_with('{') => panic!("{part} is new: say what stands there"),
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
