//! Things as people look for them.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use portal::{
    Actor, Environment, Error, Id, Scope,
    access::Role,
    decision,
    exception::{self, Standing},
    find::{Hit, find},
    policy::Bundle,
    testing::{World, person},
};
use sqlx::PgPool;

async fn world(pool: PgPool) -> (World, Actor) {
    let w = World::new(pool).await;
    w.pushed(&w.author().await).await;
    let ann = w.requester().await;
    (w, ann)
}

async fn found(w: &World, actor: &Actor, text: &str) -> Vec<Hit> {
    find(&w.portal, actor, text).await.unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn an_exception_is_found_by_its_number_a_resource_and_its_ticket(pool: PgPool) {
    let (w, ann) = world(pool).await;
    let mut wanted = w.wanted();
    wanted.resources = vec!["Legacy-Archive_bucket".into()];
    wanted.ticket = "SEC-4711".into();
    let asked = exception::request(&w.portal, &ann, wanted).await.unwrap();
    let expected = Hit::Exception {
        number: asked.number,
        resources: asked.resources.clone(),
        rule: asked.rule.clone(),
        standing: Standing::Requested,
    };
    let number = asked.number.to_string();
    for text in [number.as_str(), "exc1", "EXC-00", "exc-", "archive_b", "LEGACY", "4711", "no_encryp"] {
        assert_eq!(found(&w, &ann, text).await.first(), Some(&expected), "{text}");
    }
    for text in ["EXC-002", "EXC-02", "archive%b", "gacy-x", "  ", "\0"] {
        let hits = find(&w.portal, &ann, text).await.unwrap_or_default();
        assert!(!hits.contains(&expected), "{text:?}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn policies_and_versions_are_found_by_name_number_and_digest(pool: PgPool) {
    let (w, ann) = world(pool).await;
    let versions = portal::policy::versions(&w.portal, &ann, Some(Bundle::Provisioning)).await.unwrap();
    let version = versions.first().unwrap();
    let policy = Hit::Policy { package: "aegis.provisioning.s3".into(), title: "S3 encryption".into() };
    for text in ["aegis.provisioning.s3", "ning.s3", "encryption", "deny_no_enc"] {
        assert!(found(&w, &ann, text).await.contains(&policy), "{text}");
    }
    let of = |digest: &String| Hit::Version {
        bundle: Bundle::Provisioning,
        number: version.number,
        digest: digest.clone(),
    };
    for text in ["v1.0.0", "1.0", "v1", "aegis-provisioning v1.0.0", "provisioning", &version.digest[..8]] {
        assert!(found(&w, &ann, text).await.contains(&of(&version.digest)), "{text}");
    }
    let served = format!("sha256:{}", version.served_digest);
    assert_eq!(found(&w, &ann, &served).await, [of(&version.served_digest)]);
    assert!(!found(&w, &ann, "v1.0.1").await.contains(&of(&version.digest)));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_decision_is_found_by_its_id_by_whoever_may_see_it(pool: PgPool) {
    let (w, ann) = world(pool).await;
    let id = "9f2b64f2-0c3c-4f9e-8a54-6d8f8b1e7a10";
    let event = decision::Event {
        decision_id: id.into(),
        instance: "opa-1".into(),
        path: "aegis/provisioning/s3/deny".into(),
        at: w.in_days(0),
        event: serde_json::value::RawValue::from_string("{}".into()).unwrap(),
    };
    let batch = decision::Batch { events: vec![event], quarantined: vec![] };
    let engine = Actor::Job(portal::access::Job::Engine);
    decision::keep(&w.portal, &engine, Environment::production(), &batch).await.unwrap();

    let iris = w.person("iris", &[Role::Auditor]).await;
    let hit = Hit::Decision {
        id: id.into(),
        path: "aegis/provisioning/s3/deny".into(),
        environment: Environment::production(),
    };
    assert_eq!(found(&w, &iris, id).await, [hit]);
    assert_eq!(found(&w, &ann, id).await, [], "a requester sees no decisions");
    let elsewhere = Scope::Environment("staging".parse().unwrap());
    let stan = person(Id::fresh(), "stan", &[Role::Auditor], &elsewhere);
    let entries = w.audit().await.len();
    assert_eq!(found(&w, &stan, id).await, [], "it is of another environment");
    assert_eq!(w.audit().await.len(), entries, "and nothing was refused");
    let own = person(Id::fresh(), "prue", &[Role::Auditor], &Scope::Environment(Environment::production()));
    assert_eq!(found(&w, &own, id).await.len(), 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_exact_number_is_found_among_the_many_that_begin_so(pool: PgPool) {
    let (w, ann) = world(pool).await;
    exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    // As if a hundred had been asked for since.
    let more = "select setval('exception_number', 99)";
    sqlx::query(more).execute(&w.owner).await.unwrap();
    for _ in 0..12 {
        exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    }
    let numbers = async |text: &str| -> Vec<i64> {
        let number = |hit: &Hit| match hit {
            Hit::Exception { number, .. } => Some(number.0),
            _ => None,
        };
        found(&w, &ann, text).await.iter().filter_map(number).collect()
    };
    assert_eq!(numbers("EXC-1").await, [1, 111, 110, 109, 108, 107, 106, 105]);
    assert_eq!(numbers("EXC-10").await, [109, 108, 107, 106, 105, 104, 103]);
    assert_eq!(numbers("EXC-11").await, [111, 110]);
}

#[sqlx::test(migrations = "../migrations")]
async fn an_opa_is_found_by_a_part_of_its_name_by_whoever_may_see_the_fleet(pool: PgPool) {
    let (w, ann) = world(pool).await;
    let row = "insert into instance (id, environment, name, process, opa_version, first_seen, last_seen, bundles, dropped, ready)
               values (gen_random_uuid(), 'production', 'eu-edge-7', 'p', '1.21.3', now(), now(), '[]', 0, true)";
    sqlx::query(row).execute(&w.owner).await.unwrap();
    let hits = found(&w, &ann, "EDGE-7").await;
    assert!(matches!(hits.as_slice(), [Hit::Instance { name, .. }] if name == "eu-edge-7"), "{hits:?}");
    let nobody = person(Id::fresh(), "noah", &[], &Scope::Portal);
    assert_eq!(found(&w, &nobody, "edge-7").await, []);
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_finds_what_they_may_not_see(pool: PgPool) {
    let (w, ann) = world(pool).await;
    let asked = exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    let entries = w.audit().await.len();
    let nobody = person(Id::fresh(), "noah", &[], &Scope::Portal);
    let other = person(Id::fresh(), "olga", &[Role::Approver], &Scope::Policy(Id::fresh()));
    let number = asked.number.to_string();
    for text in [number.as_str(), "encryption", "v1.0.0"] {
        assert_eq!(found(&w, &nobody, text).await, [], "{text}");
    }
    // Whoever holds a role anywhere sees policies and versions, and exceptions where it holds.
    assert_eq!(found(&w, &other, &number).await, []);
    assert_eq!(
        (found(&w, &other, "encryption").await.len(), found(&w, &other, "v1.0.0").await.len()),
        (1, 1)
    );
    assert_eq!(w.audit().await.len(), entries, "and nothing was refused");
    let own = person(Id::fresh(), "otis", &[Role::Approver], &Scope::Policy(asked.policy));
    assert_eq!(found(&w, &own, &asked.number.to_string()).await.len(), 1);
    assert_eq!(find(&w.portal, &Actor::Anonymous, "v1").await, Err(Error::Unauthenticated));
}

#[sqlx::test(migrations = "../migrations")]
async fn looking_for_a_part_of_a_name_reads_an_index(pool: PgPool) {
    let (w, ann) = world(pool).await;
    exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    for (text, index) in [
        (
            "select 1 from exception where exception_names(resources, rule, ticket) ilike '%archive%'",
            "exception_by_names",
        ),
        (
            "select 1 from policy where policy_names(package, title, rules) ilike '%encryption%'",
            "policy_by_names",
        ),
        ("select 1 from fleet where name ilike '%edge%'", "instance_by_name"),
        ("select 1 from version where digest ~>=~ 'ab12cd' and digest ~<~ 'ab12cdg'", "version_by_digest"),
    ] {
        let mut tx = w.owner.begin().await.unwrap();
        sqlx::query("set local enable_seqscan = off").execute(&mut *tx).await.unwrap();
        let explain = sqlx::AssertSqlSafe(format!("explain {text}"));
        let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&mut *tx).await.unwrap();
        assert!(plan.join("\n").contains(index), "{plan:?}");
    }
}
