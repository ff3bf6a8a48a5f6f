//! The audit against the portal itself: a server that was taken over rewrites nothing.

use portal::{
    Actor, Error,
    access::{Job, Role, TokenScope},
    audit::{self, Source},
    exception, identity,
    list::{ByTime, Hits, Question, Start},
    testing::{World, token_of},
};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgQueryResult};

const TAMPERINGS: [&str; 3] =
    ["update audit set person = gen_random_uuid()", "delete from audit", "truncate audit cascade"];

/// What only an owner may do, and the ways to become one.
const ESCAPES: [&str; 6] = [
    "alter table audit disable trigger the_audit_is_append_only",
    "drop trigger the_audit_is_append_only on audit",
    "drop table audit",
    "create or replace function refuse_to_rewrite() returns trigger language plpgsql as 'begin return new; end'",
    "set session_replication_role = replica",
    "alter table audit owner to current_user",
];

async fn world_with_an_entry(pool: PgPool) -> World {
    let w = World::new(pool).await;
    let enrolled = identity::enrol(&w.portal, &Actor::Job(Job::SetUp), "ann", "", &[], false).await;
    enrolled.expect("set-up may enrol people");
    w
}

async fn try_to(pool: &PgPool, sql: &str) -> Result<PgQueryResult, String> {
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map_err(|error| error.to_string())
}

#[sqlx::test(migrations = "../migrations")]
async fn the_serving_role_can_neither_rewrite_the_audit_nor_lift_its_guard(pool: PgPool) {
    let w = world_with_an_entry(pool).await;
    let before = w.audit().await;

    for sql in TAMPERINGS.iter().chain(&ESCAPES) {
        let no = try_to(&w.server, sql).await.expect_err(sql);
        assert!(no.contains("permission denied") || no.contains("must be owner"), "{sql}: {no}");
    }

    // Entries that are there are not written over in bulk, either.
    let mut server = w.server.acquire().await.unwrap();
    let over = "copy audit (seq, at, job, permission, event) from stdin";
    let mut copy = server.copy_in_raw(over).await.unwrap();
    copy.send(&b"1\t2026-01-01\tshelf\texception.see\t{}\n"[..]).await.unwrap();
    let no = copy.finish().await.expect_err("entry 1 is there").to_string();
    assert!(no.contains("audit_pkey"), "{no}");
    for from in ["from '/dev/null'", "from program 'true'", "to '/tmp/audit'"] {
        let no = try_to(&w.server, &format!("copy audit {from}")).await.expect_err(from);
        assert!(no.contains("permission denied") || no.contains("must be superuser"), "{from}: {no}");
    }

    assert_eq!(w.audit().await, before);
    let append =
        "insert into audit (at, job, permission, event) values (now(), 'shelf', 'exception.see', '{}')";
    assert!(try_to(&w.server, append).await.is_ok());
}

#[sqlx::test(migrations = "../migrations")]
async fn even_the_owner_is_stopped_by_the_trigger(pool: PgPool) {
    let w = world_with_an_entry(pool).await;
    for sql in TAMPERINGS {
        let no = try_to(&w.owner, sql).await.expect_err(sql);
        assert!(no.contains("append-only"), "{sql}: {no}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn what_cannot_be_written_down_is_not_done(pool: PgPool) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    let break_it = "create function no_more() returns trigger language plpgsql as
                    $$ begin raise exception 'the disk is full'; end $$;
                    create trigger no_more before insert on audit for each row execute function no_more();";
    sqlx::raw_sql(break_it).execute(&w.owner).await.unwrap();
    let failed = exception::request(&w.portal, &ann, w.wanted()).await;
    assert!(matches!(failed, Err(Error::Internal { .. })), "{failed:?}");
    let requested = async || {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from exception");
        count.fetch_one(&w.owner).await.unwrap()
    };
    assert_eq!(requested().await, 0);
    sqlx::raw_sql("drop trigger no_more on audit").execute(&w.owner).await.unwrap();
    exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    assert_eq!(requested().await, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_entry_is_by_exactly_one_actor(pool: PgPool) {
    let w = World::new(pool).await;
    for by in ["null, null, null", "gen_random_uuid(), null, 'shelf'"] {
        let sql = format!(
            "insert into audit (at, person, token, job, permission, event) values (now(), {by}, 'exception.see', '{{}}')"
        );
        let no = try_to(&w.server, &sql).await.expect_err(by);
        assert!(no.contains("an_entry_is_by_one_actor"), "{no}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_serving_role_owns_nothing(pool: PgPool) {
    let w = World::new(pool).await;
    let owned: i64 = sqlx::query_scalar(
        "select count(*) from pg_class where pg_has_role('aegis_server_test', relowner, 'usage')",
    )
    .fetch_one(&w.owner)
    .await
    .unwrap();
    assert_eq!(owned, 0);
}

#[sqlx::test(migrations = "../migrations")]
async fn signs_of_a_pattern_are_sought_as_they_are(pool: PgPool) {
    let w = World::new(pool).await;
    let iris = w.person("iris", &[Role::Auditor]).await;
    w.pushed(&w.author().await).await;
    let found = async |by: &str| {
        let filter = audit::Filter { by: Some(by.into()), ..audit::Filter::default() };
        audit::list(&w.portal, &iris, filter, None).await.unwrap().len()
    };
    assert_eq!((found("ca").await, found("c%t").await, found("c_t").await), (1, 0, 0));
    assert!(found("set-up").await > 0, "a job by its whole name");
}

#[sqlx::test(migrations = "../migrations")]
async fn entries_are_found_by_whose_hands_it_was(pool: PgPool) {
    let w = World::new(pool).await;
    let (iris, ann) = (w.person("iris", &[Role::Auditor]).await, w.requester().await);
    w.pushed(&w.author().await).await;
    let by_token = token_of(&ann, &[TokenScope::ExceptionRequest]);
    exception::request(&w.portal, &by_token, w.wanted()).await.unwrap();
    let found = async |source| {
        let filter = audit::Filter { source: Some(source), ..audit::Filter::default() };
        let listed = audit::list(&w.portal, &iris, filter, None).await.unwrap();
        listed.into_iter().map(|entry| entry.permission).collect::<Vec<_>>()
    };
    assert_eq!(found(Source::Person).await, ["policy.push"]);
    assert_eq!(found(Source::Token).await, ["exception.request"]);
    assert!(found(Source::Job).await.iter().all(|permission| permission == "person.manage"));
}

#[sqlx::test(migrations = "../migrations")]
async fn entries_are_found_by_from_where_it_was_asked_for(pool: PgPool) {
    let w = World::new(pool).await;
    let (iris, ann) = (w.person("iris", &[Role::Auditor]).await, w.requester().await);
    w.pushed(&w.author().await).await;
    let addresses = ["10.8.0.17", "10.8.3.1", "2001:db8::7"];
    for address in addresses {
        let there = ann.clone().coming_from(address.parse().ok());
        exception::request(&w.portal, &there, w.wanted()).await.unwrap();
    }
    let found = async |from: &str| {
        let filter = audit::Filter { from: from.parse().ok(), ..audit::Filter::default() };
        let question = Question { filter, sort: ByTime::Oldest, start: Start::Head };
        let (page, hits) = audit::search(&w.portal, &iris, &question).await.unwrap();
        assert_eq!(hits, Hits(page.rows.len() as u32));
        page.rows.into_iter().filter_map(|entry| entry.address).collect::<Vec<_>>()
    };
    assert_eq!(found("10.8.0.17").await, addresses[..1]);
    assert_eq!(found("10.8.0.0/16").await, addresses[..2]);
    assert_eq!(found("2001:db8::/32").await, addresses[2..]);
    assert!(found("192.0.2.0/24").await.is_empty());
}
