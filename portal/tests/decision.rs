//! What decisions came to, as their logs tell it.

use chrono::TimeDelta;
use portal::{
    Environment, Error, Permission,
    access::Role,
    decision::{self, Batch, Event, Filter, Outcome},
    list::{Question, Since},
    testing::{World, opa},
};
use serde_json::{Value, json, value::RawValue};
use sqlx::PgPool;

/// What was asked, what was answered, and what that comes to.
fn cases() -> Vec<(&'static str, Value, Outcome)> {
    use Outcome::{Advice, Allowed, Denied, Error, Exempted, Other, Undefined};
    let found = json!([{"rule": "deny_no_encryption"}]);
    vec![
        ("aegis/ai/pii/allow", json!({"result": true}), Allowed),
        ("aegis/ai/pii/allow", json!({"result": false}), Denied),
        ("aegis/provisioning/s3/deny", json!({"result": []}), Allowed),
        ("aegis/provisioning/s3/deny", json!({"result": found}), Denied),
        ("aegis/provisioning/s3", json!({"result": {"deny": [], "warn": [], "allow": true}}), Allowed),
        ("aegis/provisioning/s3", json!({"result": {"deny": found, "exempted": found}}), Denied),
        (
            "aegis/provisioning/s3",
            json!({"result": {"deny": [], "exempted": found, "warn": found}}),
            Exempted,
        ),
        ("aegis/provisioning/s3", json!({"result": {"deny": [], "warn": found}}), Advice),
        ("aegis/ai/pii", json!({"result": {"allow": false, "deny": []}}), Denied),
        ("k8s/deny", json!({"result": true}), Denied),
        ("k8s/deny", json!({"result": false}), Allowed),
        ("k8s/deny", json!({"result": [1]}), Denied),
        ("k8s/deny", json!({"result": "no"}), Denied),
        ("k8s/deny", json!({"result": {}}), Allowed),
        ("k8s/deny", json!({"result": {"a": false}}), Denied),
        (
            "aegis",
            json!({"result": {"ai": {"pii": {"deny": []}}, "a": {"b": {"c": {"deny": found}}}}}),
            Denied,
        ),
        ("k8s", json!({"result": {"deny": [], "planned": [{"allow": false}]}}), Allowed),
        ("aegis/provisioning", json!({"result": {"s3": {"deny": found}, "iam": {"deny": []}}}), Denied),
        ("aegis/provisioning", json!({"result": {"s3": {"deny": []}, "iam": {"deny": []}}}), Allowed),
        ("aegis/provisioning/s3/policy", json!({"result": "aegis.provisioning.s3"}), Other),
        ("aegis/provisioning/s3/deny", json!({}), Undefined),
        ("aegis/provisioning/s3/deny", json!({"error": {"code": "eval_conflict_error"}}), Error),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn a_decision_is_told_by_what_it_came_to_and_counted_as_that(pool: PgPool) {
    let w = World::new(pool).await;
    let cases = cases();
    let events = cases.iter().enumerate().map(|(nth, (path, event, _))| Event {
        decision_id: format!("d{nth:02}"),
        instance: "opa-1".into(),
        path: (*path).into(),
        at: w.in_days(0) - TimeDelta::minutes(90),
        event: RawValue::from_string(event.to_string()).unwrap(),
    });
    let mut batch = Batch { events: events.collect(), quarantined: vec![] };
    batch.put_aside(b"no decision", "it is none");
    let old = Event { decision_id: "old".into(), at: w.in_days(-2), ..batch.events[1].clone() };
    batch.events.push(old);
    decision::keep(&w.portal, &opa(Environment::staging()), Environment::staging(), &batch).await.unwrap();

    let iris = w.person("iris", &[Role::Auditor]).await;
    let all = decision::recent(&w.portal, &iris, Filter::default(), None).await.unwrap();
    for (nth, (path, event, outcome)) in cases.iter().enumerate() {
        let line = all.iter().find(|line| line.decision_id == format!("d{nth:02}")).expect("it was kept");
        assert_eq!(line.outcome, *outcome, "{path} {event}");
    }
    let day = decision::day(&w.portal, &iris).await.unwrap();
    assert_eq!((day.hours.len(), day.hours[22].all(), day.put_aside), (24, cases.len() as u64, 1));
    let whole = day.whole();
    assert_eq!(
        (whole.allowed, whole.denied, whole.exempted, whole.advice, whole.undecided),
        (7, 10, 1, 1, 3)
    );
    // The list behind a number has as many.
    for (outcome, number) in [(Outcome::Denied, whole.denied), (Outcome::Exempted, whole.exempted)] {
        let filter =
            Filter { outcome: Some(outcome), since: Some(Since::Moment(day.since)), ..Filter::default() };
        let lines = decision::recent(&w.portal, &iris, filter.clone(), None).await.unwrap();
        let question = Question { filter, ..Question::default() };
        let (page, hits) = decision::search(&w.portal, &iris, &question).await.unwrap();
        assert_eq!((lines.len() as u64, page.rows.len() as u64, u64::from(hits.0)), (number, number, number));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_days_numbers_are_for_those_who_may_see_decisions(pool: PgPool) {
    let w = World::new(pool).await;
    let refused = decision::day(&w.portal, &w.requester().await).await;
    assert_eq!(refused, Err(Error::Forbidden(Permission::SeeDecision)));
}
