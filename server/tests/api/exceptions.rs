//! Exceptions: asked for, decided, ended, and found again.

use portal::Actor;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{caller::Api, releases::in_force_everywhere, rights::body_of};

const ALL: &str = "/api/v1/exceptions";

async fn ask(api: &Api, actor: &Actor) -> String {
    let asked = api.post(actor, ALL, &body_of("requestException", &api.w)).await;
    assert_eq!((asked.status, &asked.json["standing"]), (201, &json!("requested")), "{}", asked.json);
    asked.header("location").to_owned()
}

#[sqlx::test(migrations = "../migrations")]
async fn one_asks_another_approves_and_revokes(pool: PgPool) {
    let api = Api::new(pool).await;
    in_force_everywhere(&api).await;
    let (ann, bob) = (api.w.requester().await, api.w.approver().await);
    let path = ask(&api, &ann).await;
    assert_eq!(path, "/api/v1/exceptions/EXC-001");
    let act = async |actor: &Actor, verb: &str, body: Value| {
        api.post(actor, &format!("{path}/{verb}"), &body).await
    };

    let other = json!({ "seen": "something else", "until": api.w.in_days(20) });
    let changed = act(&bob, "approve", other).await;
    assert_eq!(
        (changed.status, &changed.json["title"]),
        (409, &json!("it changed since you looked; read it again"))
    );
    let seen = api.get(&bob, &path).await.json["seen"].clone();
    let too_long = act(&bob, "approve", json!({ "seen": seen, "until": api.w.in_days(91) })).await;
    assert_eq!(too_long.status, 409, "{}", too_long.json);
    let approval = json!({ "seen": seen, "until": api.w.in_days(20), "comment": "until the move" });
    let approved = act(&bob, "approve", approval).await;
    assert_eq!((approved.status, &approved.json["standing"]), (200, &json!("in-force")), "{}", approved.json);
    assert_eq!(approved.json["decision"]["said"], "until the move");
    let reach = api.get(&ann, &path).await.json["reach"].clone();
    assert_eq!(reach[0]["environment"], "production");

    assert_eq!(
        act(&bob, "revoke", json!({ "reason": " " })).await.status,
        409,
        "a revocation takes a reason"
    );
    let revoked = act(&bob, "revoke", json!({ "reason": "it was used" })).await;
    assert_eq!((revoked.status, &revoked.json["standing"]), (200, &json!("revoked")));
    assert_eq!(revoked.json["revocation"]["said"], "it was used");
    assert_eq!(act(&bob, "deny", json!({ "reason": "late" })).await.status, 409, "it is decided");
}

#[sqlx::test(migrations = "../migrations")]
async fn a_request_is_denied_or_withdrawn(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let (ann, bob) = (api.w.requester().await, api.w.approver().await);
    let first = ask(&api, &ann).await;
    let denied = api.post(&bob, &format!("{first}/deny"), &json!({ "reason": "encrypt it" })).await;
    assert_eq!((denied.status, &denied.json["standing"]), (200, &json!("denied")));
    let second = ask(&api, &ann).await;
    assert_eq!(api.post(&bob, &format!("{second}/withdraw"), &json!({})).await.status, 403);
    let withdrawn = api.post(&ann, &format!("{second}/withdraw"), &json!({})).await;
    assert_eq!((withdrawn.status, &withdrawn.json["standing"]), (200, &json!("withdrawn")));
    assert_eq!(api.get(&ann, "/api/v1/exceptions/EXC-999").await.status, 404);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_is_asked_for_must_be_possible(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let ann = api.w.requester().await;
    for (name, value, status) in [
        ("policy", json!("aegis.no"), 404),
        ("rule", json!("deny_nothing"), 409),
        ("resources", json!(["legacy-*"]), 409),
        ("resources", json!([]), 422),
        ("environments", json!([]), 422),
        ("environments", json!(["moon"]), 404),
        ("until", json!(api.w.in_days(91)), 409),
        ("ticket", json!(" "), 422),
    ] {
        let mut wanted = body_of("requestException", &api.w);
        wanted[name] = value.clone();
        let refused = api.post(&ann, ALL, &wanted).await;
        assert_eq!(refused.status, status, "{name} {value}: {}", refused.json);
        assert!(status != 422 || refused.field() == name, "{}", refused.json);
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_long_list_is_read_to_its_end_and_narrowed(pool: PgPool) {
    let api = Api::new(pool).await;
    api.w.pushed(&api.w.author().await).await;
    let (ann, bob) = (api.w.requester().await, api.w.approver().await);
    for _ in 0..51 {
        ask(&api, &ann).await;
    }
    let (mut path, mut numbers) = (ALL.to_owned(), Vec::new());
    loop {
        let page = api.get(&bob, &path).await.json;
        let items = page["items"].as_array().unwrap().clone();
        numbers.extend(items.iter().map(|item| item["number"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{ALL}?before={next}");
    }
    assert_eq!((numbers.len(), numbers[0].as_str(), numbers[50].as_str()), (51, "EXC-051", "EXC-001"));
    let count = async |actor: &Actor, query: &str| {
        api.get(actor, &format!("{ALL}?{query}")).await.json["items"].as_array().map(Vec::len)
    };
    assert_eq!(count(&bob, "mine").await, Some(0));
    assert_eq!(count(&ann, "mine=true&text=EXC-007").await, Some(1));
    assert_eq!(count(&ann, "standing=in-force").await, Some(0));
    assert_eq!(
        count(&ann, "policy=aegis.provisioning.s3&environment=production&standing=requested").await,
        Some(50)
    );
}
