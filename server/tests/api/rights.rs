//! Who may do what, through the API: the portal's door says so, and no token ever decides.

use axum::http::Request;
use portal::{
    Actor, Environment, Id, Scope,
    access::{Role, TokenScope},
    exception, release,
    testing::{World, person, token_of},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use strum::VariantArray;

use crate::{caller::Api, releases::in_force_everywhere};

pub(crate) const ID: &str = "01890000-0000-7000-8000-000000000000";

/// A body that the route would take, by the operation's name.
pub(crate) fn body_of(operation: &str, w: &World) -> Value {
    let version = json!({ "bundle": "aegis-provisioning", "version": "v1.0.0", "environment": "production", "reason": "x" });
    match operation {
        "evaluatePolicy" => json!({ "namespace": "aegis.ai.pii", "input": {}, "environment": "staging" }),
        "queryData" => json!({ "input": {} }),
        "promoteVersion" | "askForPromotion" => version,
        "rollBackRelease" => {
            json!({ "bundle": "aegis-provisioning", "environment": "staging", "to": "v1.0.0", "reason": "x" })
        }
        "requestException" => serde_json::to_value(w.wanted()).expect("a request is plain JSON"),
        "approveException" => json!({ "seen": "", "until": w.in_days(1), "comment": "fine" }),
        "denyException" | "revokeException" | "declinePromotion" => json!({ "reason": "x" }),
        "reloadFleet" => json!({ "environment": "staging" }),
        "issueToken" => json!({ "name": "CI", "scopes": ["policy:read"], "ends_at": w.in_days(1) }),
        "makeEvidencePack" => json!({ "since": "2024-10-01", "until": "2024-10-04" }),
        "confirmPromotion" => json!({ "seen": 1 }),
        "withdrawPromotion" | "withdrawException" | "revokeToken" => json!({}),
        other => panic!("{other} is new: say what it takes"),
    }
}

/// An address with something in the place of each part.
pub(crate) fn filled(path: &str) -> String {
    let filled = path.replace("{bundle}", "aegis-provisioning").replace("{version}", "v1.0.0");
    let filled = filled.replace("{number}", "EXC-001").replace("{package}", "aegis.provisioning.s3");
    filled.replace("{id}", ID).replace("{path}", "aegis/ai/pii")
}

#[sqlx::test(migrations = "../migrations")]
async fn who_holds_no_role_is_refused_on_every_route(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    exception::request(&api.w.portal, &api.w.requester().await, api.w.wanted()).await.unwrap();
    let nobody = person(Id::fresh(), "noah", &[], &Scope::Portal);
    for route in api.document.all().into_iter().filter(|route| !route.is_open()) {
        let heard = match (route.method, route.id()) {
            ("get", "proveConsistency") => api.get(&nobody, &format!("{}?from=1", route.path)).await,
            ("get", "proveInclusion") => api.get(&nobody, &format!("{}?seq=1", route.path)).await,
            ("get", _) => api.get(&nobody, &filled(route.path)).await,
            (_, "pushFolder") => {
                let archive = Request::post(route.path).header("content-type", "application/gzip");
                api.send(archive, &nobody, "no archive".into()).await
            }
            (_, id) => api.post(&nobody, &filled(route.path), &body_of(id, &api.w)).await,
        };
        // A promotion that is not there is not there for anybody.
        let wanted: &[u16] = if route.path.contains("{id}") && route.path.contains("promotions") {
            &[403, 404]
        } else if route.path.contains("{number}") {
            &[404]
        } else {
            &[403]
        };
        assert!(
            wanted.contains(&heard.status),
            "{} {}: {} {}",
            route.method,
            route.path,
            heard.status,
            heard.json
        );
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn no_token_decides_whatever_its_scopes(pool: PgPool) {
    let api = Api::new(pool).await;
    let second = in_force_everywhere(&api).await;
    let w = &api.w;
    let (ann, bob) = (w.requester().await, w.person("bert", &[Role::Approver, Role::Author]).await);
    let author = w.person("dora", &[Role::Author]).await;
    let token = token_of(&bob, TokenScope::VARIANTS);
    let waits = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    let stands = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    exception::approve(&w.portal, &bob, stands.number, &stands.seen(), w.in_days(3), "").await.unwrap();
    let production = Environment::production();
    let asked = release::ask(&w.portal, &author, second.id, production, "a clearer word").await.unwrap();

    let approval = json!({ "seen": waits.seen(), "until": w.in_days(3) });
    let because = json!({ "reason": "no" });
    let decisions = [
        (format!("/api/v1/exceptions/{}/approve", waits.number), approval.clone()),
        (format!("/api/v1/exceptions/{}/deny", waits.number), because.clone()),
        (format!("/api/v1/exceptions/{}/revoke", stands.number), because.clone()),
        (format!("/api/v1/promotions/{}/confirm", asked.id), json!({ "seen": asked.seen })),
        (format!("/api/v1/promotions/{}/decline", asked.id), because.clone()),
    ];
    for (path, body) in &decisions {
        let refused = api.post(&token, path, body).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.json);
    }

    let standing = async |number: exception::Number| {
        api.get(&ann, &format!("/api/v1/exceptions/{number}")).await.json["standing"].clone()
    };
    assert_eq!(
        (standing(waits.number).await, standing(stands.number).await),
        ("requested".into(), "in-force".into())
    );
    let promotion = api.get(&ann, &format!("/api/v1/promotions/{}", asked.id)).await;
    assert_eq!(promotion.json["state"], "asked");
    // The same, by the person's own hands.
    for (path, body) in [&decisions[0], &decisions[2], &decisions[3]] {
        let done = api.post(&bob, path, body).await;
        assert_eq!(done.status, 200, "{path}: {}", done.json);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_decides_what_they_or_their_token_asked_for(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let both = api.w.person("eve", &[Role::Requester, Role::Author, Role::Approver]).await;
    let wanted = body_of("requestException", &api.w);
    for asker in [both.clone(), token_of(&both, &[TokenScope::ExceptionRequest])] {
        let asked = api.post(&asker, "/api/v1/exceptions", &wanted).await;
        assert_eq!(asked.status, 201, "{}", asked.json);
        let path = asked.header("location").to_owned();
        let seen = api.get(&both, &path).await.json["seen"].clone();
        let approval = json!({ "seen": seen, "until": api.w.in_days(3) });
        let refused = api.post(&both, &format!("{path}/approve"), &approval).await;
        assert_eq!(
            (refused.status, refused.json["title"].as_str()),
            (409, Some("somebody else must decide your request"))
        );
    }
    let strangers = api.post(&Actor::Anonymous, "/api/v1/exceptions", &wanted).await;
    assert_eq!((strangers.status, strangers.header("www-authenticate")), (401, "Bearer"));
}
