//! The fleet as it reports itself.

use portal::{
    Actor, Environment, Error, Permission,
    access::{Job, Role},
    fleet::{self, Drift, Presence, Reported, SILENT_AFTER},
    policy::Bundle,
    release,
    testing::{World, opa},
};
use sqlx::PgPool;

fn reported(w: &World, revision: &str) -> Reported {
    Reported {
        environment: Environment::staging(),
        name: "opa-1".into(),
        process: "8d1c".into(),
        opa_version: "1.22.2".into(),
        bundles: vec![("aegis-provisioning".into(), revision.into(), String::new())],
        dropped: 0,
        ready: true,
        at: w.in_days(0),
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_an_opa_reports_is_kept_under_our_time_and_leaves_no_entry(pool: PgPool) {
    let w = World::new(pool).await;
    let token = opa(Environment::staging());

    for revision in ["v1.0.0", "v1.0.1"] {
        fleet::report(&w.portal, &token, &reported(&w, revision)).await.unwrap();
    }

    let fleet = fleet::list(&w.portal, &w.requester().await).await.unwrap();
    assert_eq!(fleet.len(), 1);
    assert_eq!((fleet[0].bundles[0].active_revision.as_str(), fleet[0].last_seen), ("v1.0.1", w.in_days(0)));
    assert!(w.audit().await.is_empty());
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_reports_in_its_own_environment_only(pool: PgPool) {
    let w = World::new(pool).await;
    let token = opa(Environment::production());
    let refused = fleet::report(&w.portal, &token, &reported(&w, "v1.0.0")).await;
    assert_eq!(refused, Err(Error::Forbidden(Permission::ReportInstance)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_report_that_waited_does_not_replace_a_newer_one(pool: PgPool) {
    let w = World::new(pool).await;
    let token = opa(Environment::staging());
    let late = Reported { at: w.in_days(-1), ..reported(&w, "v0.9.0") };

    fleet::report(&w.portal, &token, &reported(&w, "v1.0.0")).await.unwrap();
    fleet::report(&w.portal, &token, &late).await.unwrap();

    let fleet = fleet::list(&w.portal, &w.requester().await).await.unwrap();
    assert_eq!(fleet[0].bundles[0].active_revision, "v1.0.0");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_an_opa_said_before_is_kept_whenever_it_was_something_new(pool: PgPool) {
    let w = World::new(pool).await;
    let token = opa(Environment::staging());
    for revision in ["v1.0.0", "v1.0.0", "v1.0.1", "v1.0.0"] {
        w.clock.advance(chrono::TimeDelta::seconds(10));
        fleet::report(&w.portal, &token, &reported(&w, revision)).await.unwrap();
    }
    let ann = w.requester().await;
    let id = fleet::list(&w.portal, &ann).await.unwrap()[0].id;
    let said = async || -> Vec<String> {
        let history = fleet::history(&w.portal, &ann, id).await.unwrap();
        history.iter().map(|heard| heard.bundles[0].active_revision.clone()).collect()
    };
    assert_eq!(said().await, ["v1.0.0", "v1.0.1", "v1.0.0"]);
    for number in 0..60 {
        w.clock.advance(chrono::TimeDelta::seconds(10));
        fleet::report(&w.portal, &token, &reported(&w, &format!("v2.0.{number}"))).await.unwrap();
    }
    let kept = said().await;
    assert_eq!((kept.len(), kept[0].as_str(), kept[49].as_str()), (50, "v2.0.59", "v2.0.10"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_silent_instance_stays_on_the_list(pool: PgPool) {
    let w = World::new(pool).await;
    fleet::report(&w.portal, &opa(Environment::staging()), &reported(&w, "v1.0.0")).await.unwrap();
    w.clock.advance(SILENT_AFTER + chrono::TimeDelta::seconds(1));

    let fleet = fleet::list(&w.portal, &w.requester().await).await.unwrap();

    assert_eq!((fleet[0].presence, fleet[0].drift()), (Presence::Silent, Drift::Silent));
}

/// Whoever is in the fleet: its process, whether it is live, and whether another one has its name.
async fn fleet(w: &World) -> Vec<(String, Presence, bool)> {
    let fleet = fleet::list(&w.portal, &w.requester().await).await.expect("a requester sees the fleet");
    fleet.into_iter().map(|one| (one.process, one.presence, one.shares_name)).collect()
}

/// These processes report under one name, ten seconds apart.
async fn report_in_turn(w: &World, processes: &[&str]) {
    for process in processes {
        w.clock.advance(chrono::TimeDelta::seconds(10));
        let said = Reported { process: (*process).into(), ..reported(w, "v1.0.0") };
        let told = fleet::report(&w.portal, &opa(Environment::staging()), &said).await;
        told.expect("an OPA reports in its environment");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_that_was_started_again_is_one_instance_at_once(pool: PgPool) {
    let w = World::new(pool).await;
    report_in_turn(&w, &["old", "old", "new"]).await;
    assert_eq!(fleet(&w).await, [("new".into(), Presence::Live, false)]);
    let operator = w.person("otto", &[Role::Operator]).await;
    let reload = fleet::reload(&w.portal, &operator, Environment::staging()).await.unwrap();
    assert_eq!(reload.instances, 1);
    // What the old one said last may have waited somewhere.
    let late = Reported { process: "old".into(), at: w.in_days(0) - SILENT_AFTER, ..reported(&w, "v0.9.0") };
    fleet::report(&w.portal, &opa(Environment::staging()), &late).await.unwrap();
    assert_eq!(fleet(&w).await, [("new".into(), Presence::Live, false)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn two_opas_that_report_under_one_name_are_two_and_said_to_be(pool: PgPool) {
    let w = World::new(pool).await;
    report_in_turn(&w, &["one", "other", "one", "other", "one"]).await;
    let shared = |process: &str| (process.to_owned(), Presence::Live, true);
    assert_eq!(fleet(&w).await, [shared("one"), shared("other")]);
    let told = fleet::list(&w.portal, &w.requester().await).await.unwrap();
    assert_eq!(told[0].title(), "opa-1 (one)");
    let operator = w.person("otto", &[Role::Operator]).await;
    let reload = fleet::reload(&w.portal, &operator, Environment::staging()).await.unwrap();
    assert_eq!(reload.instances, 2);

    // One of them goes after both have been there for long: it is silent, and does not vanish.
    report_in_turn(&w, &["one", "other"].repeat(5)).await;
    report_in_turn(&w, &["one"; 10]).await;
    let alone = ("one".to_owned(), Presence::Live, false);
    assert_eq!(fleet(&w).await, [alone, ("other".to_owned(), Presence::Silent, false)]);
}

#[sqlx::test(migrations = "../migrations")]
async fn one_that_took_over_while_the_other_was_still_there_is_its_successor(pool: PgPool) {
    let w = World::new(pool).await;
    report_in_turn(&w, &["old", "new", "old", "new"]).await;
    assert_eq!(fleet(&w).await.len(), 2);
    report_in_turn(&w, &["new"; 9]).await;
    assert_eq!(fleet(&w).await, [("new".into(), Presence::Live, false)]);
    let rows: i64 = sqlx::query_scalar("select count(*) from instance").fetch_one(&w.owner).await.unwrap();
    assert_eq!(rows, 1, "a process that is gone leaves no row behind");
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_without_what_is_released_is_behind(pool: PgPool) {
    let w = World::new(pool).await;
    let (author, staging) = (w.author().await, Environment::staging());
    let version = w.pushed(&author).await;
    release::begin(&w.portal, &Actor::Job(Job::SetUp), staging.clone(), version.id).await.unwrap();
    let board = release::board(&w.portal, &author).await.unwrap();
    let released = board.into_iter().find(|board| board.environment == staging).unwrap().in_force;
    let report = async |name: &str, opa_version: &str, bundles: &[&str], ready: bool| {
        let bundles = bundles.iter().map(|name| {
            let pointer = released.iter().find(|pointer| pointer.release.bundle.to_string() == *name);
            let revision = pointer.map_or_else(|| "1".into(), |pointer| pointer.release.revision.clone());
            (name.to_string(), revision, String::new())
        });
        let (name, opa_version, bundles) = (name.into(), opa_version.into(), bundles.collect());
        let reported = Reported { name, opa_version, bundles, ready, ..reported(&w, "v1.0.0") };
        fleet::report(&w.portal, &opa(staging.clone()), &reported).await.unwrap();
    };
    let all = ["aegis-provisioning", "aegis-exceptions"];
    report("bare", "1.22.2", &["theirs", "aegis-exceptions"], true).await;
    report("embedded", fleet::EMBEDDED, &all[1..], true).await;
    report("unready", "1.22.2", &all, false).await;
    report("whole", "1.22.2", &all, true).await;

    let fleet = fleet::list(&w.portal, &author).await.unwrap();
    let drifts: Vec<_> = fleet.iter().map(|instance| (instance.name.as_str(), instance.drift())).collect();
    let wanted = [
        ("bare", Drift::Behind),
        ("embedded", Drift::Converged),
        ("unready", Drift::Behind),
        ("whole", Drift::Converged),
    ];
    assert_eq!(drifts, wanted);
    let lacks = fleet[0].bundles.iter().find(|bundle| bundle.name == "aegis-provisioning").unwrap();
    assert_eq!((lacks.active_revision.as_str(), lacks.expected.as_deref()), ("", Some("v1.0.0")));
    let board = release::board(&w.portal, &author).await.unwrap();
    let pointers = board.into_iter().find(|board| board.environment == staging).unwrap().in_force;
    let counts =
        pointers.iter().map(|pointer| (pointer.release.bundle, pointer.instances, pointer.converged));
    let mut counts: Vec<_> = counts.collect();
    counts.sort();
    let wanted = [(Bundle::Provisioning, 3, 1), (Bundle::Exceptions, 4, 3)];
    assert_eq!(counts, wanted, "of the OPAs one is ready and runs the policies");
}
