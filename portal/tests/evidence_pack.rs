//! The evidence pack: what is in it, who takes it away, and that it holds without us.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::io::{Cursor, Read};

use evidence::{Known, PackReport, verify_pack};
use portal::{
    Actor, Environment, Error, Id, Scope,
    access::Role,
    audit::{
        log,
        pack::{self, Period},
    },
    exception,
    testing::{World, person},
};
use serde_json::Value;
use sqlx::PgPool;
use zip::ZipArchive;

fn auditor() -> Actor {
    person(Id::fresh(), "iris", &[Role::Auditor], &Scope::Portal)
}

/// From so many days ago to today.
fn period(w: &World, days: i64) -> Period {
    let now = w.portal.now();
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    Period::read(&day(now - chrono::TimeDelta::days(days)), &day(now), now).unwrap()
}

async fn packed(w: &World, period: Period) -> Vec<u8> {
    let iris = auditor();
    let mut packing = pack::begin(&w.portal, &iris, period).await.unwrap();
    let mut pack = Vec::new();
    while let Some(part) = packing.next(&w.portal, &iris).await.unwrap() {
        pack.extend(part);
    }
    pack
}

fn held(w: &World, pack: &[u8]) -> PackReport {
    let key = log::public_key(&w.portal).parse().unwrap();
    verify_pack(Cursor::new(pack), &key, &Known::default()).unwrap()
}

fn file(pack: &[u8], name: &str) -> Vec<Value> {
    let mut text = String::new();
    let mut zip = ZipArchive::new(Cursor::new(pack)).unwrap();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many entries there are of which this holds.
async fn number(w: &World, of_which: &str) -> u64 {
    let sql = format!("select count(*) from audit where {of_which}");
    let number: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&w.owner).await.unwrap();
    number.unsigned_abs()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pack_has_exceptions_with_approvals_releases_with_checks_and_the_log_of_its_days(pool: PgPool) {
    let w = World::new(pool).await;
    let version = w.pushed(&w.author().await).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    portal::release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    exception::approve(&w.portal, &bob, asked.number, &asked.seen(), w.in_days(30), "fine").await.unwrap();
    sqlx::query("insert into audit (at, job, permission, event) values ($1, 'x', 'x.y', '{\"kind\": \"access_reviewed\"}'), ($1, 'x', 'x.y', '{\"kind\": \"accessible\"}')")
        .bind(w.portal.now())
        .execute(&w.owner)
        .await
        .unwrap();
    let entries = number(&w, "true").await;

    let pack = packed(&w, period(&w, 7)).await;
    let report = held(&w, &pack);
    assert_eq!((report.log.entries, report.log.covered, report.log.whole), (entries, entries + 1, false));
    assert_eq!((report.manifest.made_by.as_str(), report.manifest.files.len()), ("iris", 6));
    let exceptions = file(&pack, "exceptions.jsonl");
    assert_eq!((exceptions.len(), &exceptions[0]["number"]), (1, &"EXC-001".into()));
    assert_eq!(exceptions[0]["state"]["approved"]["by"]["name"], "bob");
    let releases = file(&pack, "releases.jsonl");
    assert_eq!(releases.len(), 3, "the version, no exception, and the one that came into force");
    assert_eq!(
        (&releases[0]["how"], &releases[0]["checks"][0]["result"]),
        (&"begun".into(), &"passed".into())
    );
    assert_eq!(releases[1]["checks"], serde_json::json!([]));
    let reviews = file(&pack, "access-reviews.jsonl");
    assert_eq!((reviews.len(), &reviews[0]["event"]["kind"]), (1, &"access_reviewed".into()));

    // Making it is an entry, which the next one has.
    let report = held(&w, &packed(&w, period(&w, 0)).await);
    assert_eq!(report.log.entries, entries + 1);
    assert_eq!(number(&w, "event->>'kind' = 'evidence_packed'").await, 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pack_has_its_days_alone_and_what_was_in_force_in_them(pool: PgPool) {
    let w = World::new(pool).await;
    let version = w.pushed(&w.author().await).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    portal::release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    let (ann, bob) = (w.requester().await, w.approver().await);
    for wanted in [w.wanted(), w.wanted()] {
        exception::request(&w.portal, &ann, wanted).await.unwrap();
    }
    let asked = exception::show(&w.portal, &bob, exception::Number(1)).await.unwrap();
    exception::approve(&w.portal, &bob, exception::Number(1), &asked.seen, w.in_days(20), "").await.unwrap();
    let numbers = async |days| {
        let pack = packed(&w, period(&w, days)).await;
        let names = file(&pack, "exceptions.jsonl")
            .iter()
            .map(|one| one["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        (names.join(" "), file(&pack, "releases.jsonl").len(), held(&w, &pack).log.entries > 1)
    };
    assert_eq!(numbers(0).await, ("EXC-001 EXC-002".into(), 3, true));
    w.clock.advance(chrono::TimeDelta::days(10));
    let (names, releases, _) = numbers(1).await;
    assert_eq!((names.as_str(), releases), ("EXC-001", 0), "the other one lapsed before");
    w.clock.advance(chrono::TimeDelta::days(20));
    assert_eq!(numbers(1).await.0, "");
    assert_eq!(numbers(31).await, ("EXC-001 EXC-002".into(), 3, true));
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_may_not_see_the_audit_packs_nothing_and_is_written_down(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    let no = pack::begin(&w.portal, &ann, period(&w, 1)).await.err();
    assert!(matches!(no, Some(Error::Forbidden(_))), "{no:?}");
    assert_eq!(number(&w, "event->>'kind' = 'evidence_packed'").await, 0);
    assert_eq!(number(&w, "event->>'kind' = 'refused' and permission = 'audit.see'").await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pack_of_many_entries_comes_in_parts_and_is_whole(pool: PgPool) {
    let w = World::new(pool).await;
    sqlx::query("insert into audit (at, job, permission, event) select $1, 'many', 'x.y', '{\"kind\": \"access_reviewed\"}' from generate_series(1, 2500)")
        .bind(w.portal.now())
        .execute(&w.owner)
        .await
        .unwrap();
    let (iris, mut largest, mut pack) = (auditor(), 0, Vec::new());
    let mut packing = pack::begin(&w.portal, &iris, period(&w, 1)).await.unwrap();
    while let Some(part) = packing.next(&w.portal, &iris).await.unwrap() {
        largest = largest.max(part.len());
        pack.extend(part);
    }
    assert!(held(&w, &pack).log.entries >= 2500);
    assert_eq!(file(&pack, "access-reviews.jsonl").len(), 2500);
    assert!(largest < pack.len() / 2, "{largest} of {}", pack.len());
}
