//! What is told of changes: in their own transaction, and nothing else.

use std::time::Duration;

use portal::{
    Environment, Error,
    exception::{self, Refusal},
    fleet::{self, Reported, SILENT_AFTER},
    live::{Heard, Kind},
    testing::{World, opa},
};
use sqlx::PgPool;
use tokio::{sync::broadcast::Receiver, time::timeout};

/// Long enough for what is told to be heard.
const MOMENT: Duration = Duration::from_millis(300);

/// A world that hears what is told.
async fn hearing(pool: PgPool) -> (World, Receiver<Heard>) {
    let w = World::new(pool).await;
    tokio::spawn(w.portal.clone().keep_hearing());
    let heard = w.portal.heard();
    while !w.portal.hears() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (w, heard)
}

/// The kinds of change that were told so far, each once for each time.
async fn told(heard: &mut Receiver<Heard>) -> Vec<Kind> {
    let mut kinds = vec![];
    while let Ok(Ok(heard)) = timeout(MOMENT, heard.recv()).await {
        if let Heard::Change(kind, _) = heard {
            kinds.push(kind);
        }
    }
    kinds
}

#[sqlx::test(migrations = "../migrations")]
async fn a_change_tells_its_kinds_and_what_is_refused_tells_nothing(pool: PgPool) {
    let (w, mut heard) = hearing(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    w.pushed(&w.author().await).await;
    told(&mut heard).await;

    let asked = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    assert_eq!(told(&mut heard).await, [Kind::Exception]);

    let seen = exception::show(&w.portal, &bob, asked.number).await.unwrap().seen;
    let too_long = w.in_days(10_000);
    let refused = exception::approve(&w.portal, &bob, asked.number, &seen, too_long, "").await;
    assert!(matches!(refused, Err(Error::Exception(Refusal::EndOutOfReach { .. }))), "{refused:?}");
    assert_eq!(told(&mut heard).await, []);

    exception::approve(&w.portal, &bob, asked.number, &seen, w.in_days(30), "").await.unwrap();
    assert_eq!(told(&mut heard).await, [Kind::Exception, Kind::Release]);
}

#[sqlx::test(migrations = "../migrations")]
async fn the_number_of_changes_grows(pool: PgPool) {
    let (w, mut heard) = hearing(pool).await;
    let mut last = 0;
    for name in ["ann", "bob", "cat"] {
        w.person(name, &[]).await;
        let number = loop {
            if let Heard::Change(Kind::Person, number) = heard.recv().await.unwrap() {
                break number;
            }
        };
        assert!(number > last, "{number} after {last}");
        last = number;
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_instance_that_says_the_same_again_tells_nothing(pool: PgPool) {
    let (w, mut heard) = hearing(pool).await;
    let token = opa(Environment::staging());
    let report = async |revision: &str| {
        let reported = Reported {
            environment: Environment::staging(),
            name: "opa-1".into(),
            process: "8d1c".into(),
            opa_version: "1.22.2".into(),
            bundles: vec![("aegis-provisioning".into(), revision.into(), String::new())],
            dropped: 0,
            ready: true,
            at: w.in_days(0),
        };
        fleet::report(&w.portal, &token, &reported).await.unwrap();
        w.clock.advance(chrono::TimeDelta::seconds(10));
    };

    report("v1.0.0").await;
    assert_eq!(told(&mut heard).await, [Kind::Instance], "it is new");
    report("v1.0.0").await;
    assert_eq!(told(&mut heard).await, []);
    report("v1.0.1").await;
    assert_eq!(told(&mut heard).await, [Kind::Instance], "it runs something else");
    w.clock.advance(SILENT_AFTER);
    report("v1.0.1").await;
    assert_eq!(told(&mut heard).await, [Kind::Instance], "it was silent");
}
