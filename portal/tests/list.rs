//! Lists on a real Postgres: every order, both ways, page by page; views that are kept; files that leave.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use portal::{
    Actor, Environment, Error,
    access::Role,
    audit,
    clock::Clock,
    decision::{self, Batch, Event, Outcome},
    exception::{self, Exception, Filter, Number, Order, Standing, Wanted},
    list::{ByTime, Day, List, Page, Question, Start},
    policy, release,
    saved_view::{self, MOST},
    testing::{World, opa},
};
use sqlx::PgPool;
use strum::VariantArray;

/// Requests of ann's, each with an end of its own; bob has approved every second one.
async fn world_with(pool: PgPool, number: i64) -> (World, Actor, Actor) {
    let w = World::new(pool).await;
    let author = w.author().await;
    let version = w.pushed(&author).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    let (ann, bob) = (w.requester().await, w.approver().await);
    for n in 0..number {
        let wanted = Wanted {
            resources: vec![format!("Bucket-{n}")],
            ticket: format!("SEC-{}", n % 3),
            until: w.in_days(2 + (n * 7) % number),
            ..w.wanted()
        };
        let asked = exception::request(&w.portal, &ann, wanted).await.unwrap();
        if n % 2 == 0 {
            let ends_at = asked.wanted_until;
            exception::approve(&w.portal, &bob, asked.number, &asked.seen(), ends_at, "").await.unwrap();
        }
    }
    (w, ann, bob)
}

fn numbers(page: &Page<Exception>) -> Vec<i64> {
    page.rows.iter().map(|one| one.number.0).collect()
}

async fn batch(w: &World, by: &Actor, question: &Question<Filter, Order>) -> Page<Exception> {
    exception::batch(&w.portal, by, question, 4).await.unwrap()
}

/// All pages of a list, from the head down and from the last one up again.
async fn both_ways(w: &World, by: &Actor, question: &Question<Filter, Order>) -> (Vec<i64>, Vec<i64>) {
    let (mut down, mut up) = (vec![], vec![]);
    let mut page = batch(w, by, question).await;
    loop {
        down.extend(numbers(&page));
        let Some(after) = page.after.clone() else { break };
        page = batch(w, by, &question.at(Start::After(after))).await;
    }
    loop {
        up = [numbers(&page), up].concat();
        let Some(before) = page.before.clone() else { break };
        page = batch(w, by, &question.at(Start::Before(before))).await;
    }
    (down, up)
}

#[sqlx::test(migrations = "../migrations")]
async fn every_order_of_exceptions_is_gone_through_whole_both_ways(pool: PgPool) {
    let (w, ann, _) = world_with(pool, 11).await;
    let severities =
        "update exception set severity = (array['critical', 'high', 'medium', 'low'])[1 + number * 7 % 4]";
    sqlx::query(severities).execute(&w.owner).await.unwrap();
    for order in Order::VARIANTS {
        let question = Question { sort: *order, ..Question::default() };
        let (down, up) = both_ways(&w, &ann, &question).await;
        assert_eq!(down, up, "{order}");
        let mut all = exception::batch(&w.portal, &ann, &Question::default(), 50).await.unwrap().rows;
        all.sort_by_key(|one| match order {
            Order::EndsFirst | Order::EndsLast => (one.wanted_until.timestamp_micros(), one.number),
            Order::MostSevere | Order::LeastSevere => (one.severity as i64, one.number),
            _ => (0, one.number),
        });
        let mut wanted: Vec<i64> = all.iter().map(|one| one.number.0).collect();
        if matches!(order, Order::Newest | Order::EndsLast | Order::MostSevere) {
            wanted.reverse();
        }
        assert_eq!(down, wanted, "{order}");
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_page_stays_where_it_is_while_others_come(pool: PgPool) {
    let (w, ann, _) = world_with(pool, 9).await;
    let first = batch(&w, &ann, &Question::default()).await;
    let second = Question { start: Start::After(first.after.clone().unwrap()), ..Question::default() };
    let before = numbers(&batch(&w, &ann, &second).await);
    exception::request(&w.portal, &ann, w.wanted()).await.unwrap();
    assert_eq!(numbers(&batch(&w, &ann, &second).await), before);
    let above = batch(&w, &ann, &second.at(Start::Before(first.after.unwrap()))).await;
    assert_eq!(numbers(&above), [10, 9, 8, 7], "what came meanwhile is further up");
}

#[sqlx::test(migrations = "../migrations")]
async fn hits_are_as_many_as_the_rows_whatever_narrows_them(pool: PgPool) {
    let (w, ann, bob) = world_with(pool, 8).await;
    for (query, wanted) in [
        ("", 8),
        ("text=bucket-3", 1),
        ("text=BUCKET", 8),
        ("text=sec-1", 3),
        ("text=exc-002", 1),
        ("text=%25", 0),
        ("text=_", 8),
        ("standing=requested", 4),
        ("standing=in-force", 4),
        ("standing=expiring", 0),
        ("standing=lapsed", 0),
        ("environment=production&severity=high", 8),
        ("environment=staging", 0),
        ("severity=low", 0),
        ("package=aegis.provisioning.s3&standing=in-force&text=bucket", 4),
    ] {
        let (question, unread) = Question::read(query);
        assert_eq!(unread.len(), 0, "{query}");
        let (page, hits) = exception::search(&w.portal, &bob, &question).await.unwrap();
        assert_eq!((page.rows.len(), hits.0), (wanted, wanted as u32), "{query}");
    }
    let mine = Question { filter: Filter { mine: true, ..Filter::default() }, ..Question::default() };
    assert_eq!(exception::search(&w.portal, &ann, &mine).await.unwrap().1.0, 8);
    assert_eq!(exception::search(&w.portal, &bob, &mine).await.unwrap().1.0, 0);
    let for_me = Question { filter: Filter { for_me: true, ..Filter::default() }, ..Question::default() };
    let waiting = exception::waiting_for(&w.portal, &bob).await.unwrap();
    assert_eq!((exception::search(&w.portal, &bob, &for_me).await.unwrap().1.0 as usize, waiting), (4, 4));
    assert_eq!(exception::search(&w.portal, &ann, &for_me).await.unwrap().1.0, 0, "she answers none");
    w.clock.advance(chrono::TimeDelta::hours(36));
    let (soon, _) = Question::read("package=aegis.provisioning.s3&standing=expiring&text=bucket");
    let (page, hits) = exception::search(&w.portal, &bob, &soon).await.unwrap();
    assert_eq!((page.rows.len(), hits.0), (1, 1), "of that which lasts two days");
    w.clock.advance(chrono::TimeDelta::days(7));
    let lapsed = Filter { standing: Some(Standing::Lapsed), ..Filter::default() };
    let lapsed = Question { filter: lapsed, ..Question::default() };
    assert_eq!(exception::search(&w.portal, &bob, &lapsed).await.unwrap().1.0, 4);
}

#[sqlx::test(migrations = "../migrations")]
async fn several_are_revoked_each_for_itself(pool: PgPool) {
    let (w, ann, bob) = world_with(pool, 4).await;
    let numbers: Vec<Number> = (1..=4).map(Number).collect();
    let chosen = exception::chosen(&w.portal, &bob, &[numbers.as_slice(), &[Number(99)]].concat()).await;
    assert_eq!(chosen.unwrap().len(), 4, "what is not there is left out");

    let told = exception::revoke_all(&w.portal, &bob, &numbers, "the audit is over").await;
    let told: Vec<bool> = told.iter().map(|(_, told)| told.is_ok()).collect();
    assert_eq!(told, [true, false, true, false], "a request is not in force");
    let revoked = w.audit().await.iter().filter(|entry| entry.ends_with("exception_revoked")).count();
    assert_eq!(revoked, 2, "each has an entry of its own");

    let mine = exception::revoke_all(&w.portal, &ann, &numbers[..1], "mine").await;
    assert!(matches!(mine[0].1, Err(Error::Forbidden(_))));
}

#[sqlx::test(migrations = "../migrations")]
async fn the_audit_is_found_by_who_what_when_and_its_words(pool: PgPool) {
    let (w, _, bob) = world_with(pool, 3).await;
    let today = w.clock.now().format("%Y-%m-%d").to_string();
    let tomorrow = w.in_days(1).format("%Y-%m-%d").to_string();
    for (query, wanted) in [
        ("about=EXC-001".to_owned(), 2),
        ("about=exc-001+exception_approved".to_owned(), 1),
        ("about=EXC-00".to_owned(), 0),
        ("by=ann".to_owned(), 3),
        ("by=nobody".to_owned(), 0),
        ("kind=exception_requested&by=a".to_owned(), 3),
        (format!("kind=exception_requested&since={today}&until={today}"), 3),
        (format!("kind=exception_requested&since={tomorrow}"), 0),
        ("kind=exception_requested&until=1999-01-01".to_owned(), 0),
    ] {
        let (question, unread) = Question::read(&query);
        assert_eq!(unread.len(), 0, "{query}");
        let (page, hits) = audit::search(&w.portal, &bob, &question).await.unwrap();
        assert_eq!((page.rows.len(), hits.0), (wanted, wanted as u32), "{query}");
    }
    let oldest = Question { sort: ByTime::Oldest, ..Question::default() };
    let first = audit::batch(&w.portal, &bob, &oldest, 2, None).await.unwrap();
    assert_eq!(first.rows[0].seq, 1);
    let rest = oldest.at(Start::After(first.after.unwrap()));
    let second = audit::batch(&w.portal, &bob, &rest, 2, None).await.unwrap();
    assert_eq!(second.rows[0].seq, first.rows[1].seq + 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn versions_changesets_and_releases_come_in_pages_as_well(pool: PgPool) {
    let (w, _, bob) = world_with(pool, 2).await;
    let (page, hits) = policy::search_versions(&w.portal, &bob, &Question::default()).await.unwrap();
    assert_eq!((page.rows.len(), hits.0), (1, 1));
    let (in_force, _) = Question::read("in-force=yes&bundle=aegis-provisioning");
    assert_eq!(policy::search_versions(&w.portal, &bob, &in_force).await.unwrap().1.0, 1);
    let (passed, _) = Question::read("outcome=passed&text=a+test");
    assert_eq!(policy::search_changesets(&w.portal, &bob, &passed).await.unwrap().1.0, 1);
    let (refused, _) = Question::read("outcome=refused");
    assert_eq!(policy::search_changesets(&w.portal, &bob, &refused).await.unwrap().1.0, 0);
    let (past, hits) = release::search(&w.portal, &bob, &Question::default()).await.unwrap();
    assert_eq!(past.rows.len(), hits.0 as usize);
    let (excepted, _) = Question::read("how=excepted&environment=production&text=exc-001");
    assert_eq!(release::search(&w.portal, &bob, &excepted).await.unwrap().1.0, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_view_is_its_keepers_alone(pool: PgPool) {
    let w = World::new(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let keep = async |by: &Actor, name: &str, query: &str| {
        saved_view::keep(&w.portal, by, List::Exceptions, name, query).await
    };
    let kept = keep(&ann, "  Team 7 ", "text=team-7&sort=ends").await.unwrap();
    assert_eq!((kept.name.as_str(), kept.query.as_str()), ("Team 7", "text=team-7&sort=ends"));
    let again = keep(&ann, "Team 7", "text=team-8").await.unwrap();
    assert_eq!(again.id, kept.id, "one of the same name is replaced");
    let of = async |by: &Actor, list| saved_view::of(&w.portal, by, list).await.unwrap();
    assert_eq!(of(&ann, List::Exceptions).await, [again]);
    assert!(of(&bob, List::Exceptions).await.is_empty() && of(&ann, List::Audit).await.is_empty());

    let no_view = Err(Error::NotFound("view".into()));
    assert_eq!(saved_view::remove(&w.portal, &bob, kept.id).await, no_view);
    saved_view::remove(&w.portal, &ann, kept.id).await.unwrap();
    assert!(of(&ann, List::Exceptions).await.is_empty());
    let entries = w.audit().await;
    assert_eq!(
        entries[entries.len() - 3..],
        ["person view.keep: view_kept", "person view.keep: view_kept", "person view.keep: view_removed"]
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_view_has_a_name_and_there_is_an_end_of_them(pool: PgPool) {
    let w = World::new(pool).await;
    let ann = w.requester().await;
    let keep = async |name: &str, query: &str| {
        saved_view::keep(&w.portal, &ann, List::Audit, name, query).await.map(|view| view.name)
    };
    for (name, query) in [
        (" ", ""),
        ("x".repeat(41).as_str(), ""),
        ("a\0b", ""),
        ("a", "\n"),
        ("a", "x".repeat(2001).as_str()),
    ] {
        assert!(matches!(keep(name, query).await, Err(Error::Invalid(_))), "{name:?} {query:?}");
    }
    assert_eq!(keep(&"é".repeat(40), "").await, Ok("é".repeat(40)));
    for n in 1..MOST {
        keep(&n.to_string(), "").await.unwrap();
    }
    assert!(matches!(keep("one more", "").await, Err(Error::Invalid(_))));
    assert!(keep("1", "by=ann").await.is_ok(), "what is there can be replaced");
}

fn decided(id: &str, path: &str, at: chrono::DateTime<chrono::Utc>, event: serde_json::Value) -> Event {
    let event = serde_json::value::to_raw_value(&event).unwrap();
    Event { decision_id: id.into(), instance: "opa-1".into(), path: path.into(), at, event }
}

#[sqlx::test(migrations = "../migrations")]
async fn decisions_are_found_and_one_is_told_with_what_was_masked(pool: PgPool) {
    let w = World::new(pool).await;
    let staging: Environment = "staging".parse().unwrap();
    let (iris, now) = (w.person("iris", &[Role::Auditor]).await, w.clock.now());
    let denied = serde_json::json!({
        "input": {"resource": {"name": "checkout", "tags": {"owner": "***"}}},
        "result": {"allow": false, "deny": [{"rule": "deny_no_encryption", "name": "checkout", "msg": "none"}]},
        "masked": ["/input/resource/tags/owner"], "erased": ["/input/secret"],
        "bundles": {"aegis-provisioning": {"revision": "v1.0.0"}},
        "metrics": {"timer_server_handler_ns": 912_345},
    });
    let events = vec![
        decided("d/1", "aegis/provisioning/s3", now, denied),
        decided("d2", "aegis/ai/pii", w.in_days(-1), serde_json::json!({"result": {"allow": true}})),
        decided("d3", "aegis/ai/piix", w.in_days(-2), serde_json::json!({"error": {"message": "broken"}})),
    ];
    let batch = Batch { events, quarantined: vec![] };
    decision::keep(&w.portal, &opa(staging.clone()), staging, &batch).await.unwrap();

    let found = async |query: &str| {
        let (question, unread) = Question::read(query);
        assert_eq!(unread.len(), 0, "{query}");
        let (page, hits) = decision::search(&w.portal, &iris, &question).await.unwrap();
        assert_eq!(page.rows.len(), hits.0 as usize);
        page.rows.iter().map(|one| (one.line.decision_id.clone(), one.line.outcome)).collect::<Vec<_>>()
    };
    let one = |id: &str, outcome| (id.to_owned(), outcome);
    let all = [one("d/1", Outcome::Denied), one("d2", Outcome::Allowed), one("d3", Outcome::Error)];
    assert_eq!(found("").await, all);
    assert_eq!(found("path=aegis.ai.pii").await, all[1..2]);
    assert_eq!(found("environment=staging&instance=opa-1&path=/aegis/").await, all);
    assert!(found("environment=production").await.is_empty());
    let yesterday = Day(w.in_days(-1).date_naive());
    assert_eq!(found(&format!("since={yesterday}&until={yesterday}")).await, all[1..2]);
    let then = w.in_days(-1).format("%Y-%m-%dT%H:%M:%SZ");
    assert_eq!(found(&format!("since={then}&outcome=allowed")).await, all[1..2]);
    assert_eq!(found("outcome=error").await, all[2..]);
    assert_eq!(found("sort=time").await[0], all[2]);

    let detail = decision::show(&w.portal, &iris, "d/1").await.unwrap();
    let marked: Vec<_> =
        detail.input.iter().filter(|line| line.masked).map(|line| line.text.trim()).collect();
    assert_eq!(marked, [r#""owner": "***""#]);
    assert_eq!(detail.erased, ["/input/secret"]);
    assert_eq!(detail.judged.subject.as_deref(), Some("checkout"));
    assert_eq!(detail.judged.nanoseconds, Some(912_345));
    let no = decision::show(&w.portal, &iris, "nothing").await;
    assert_eq!(no, Err(Error::NotFound("decision".into())));
    let ann = w.requester().await;
    assert_eq!(decision::show(&w.portal, &ann, "d2").await, Err(Error::NotFound("decision".into())));
}

#[sqlx::test(migrations = "../migrations")]
async fn an_export_is_written_down_with_what_was_asked(pool: PgPool) {
    let (w, ann, bob) = world_with(pool, 3).await;
    let (question, _) = Question::read("text=bucket&sort=ends");
    assert_eq!(exception::exported(&w.portal, &bob, &question).await, Ok(3));
    let (by_bob, _) = Question::read("by=bob");
    let (approvals, _) = audit::exported(&w.portal, &bob, &by_bob).await.unwrap();
    assert_eq!(approvals, 3, "two approvals and the export before it");
    assert_eq!(decision::exported(&w.portal, &bob, &Question::default()).await, Ok(0));
    let told: Vec<String> = w.audit().await.into_iter().rev().take(3).collect();
    assert_eq!(
        told,
        [
            "person decision.see: list_exported",
            "person audit.see: list_exported",
            "person exception.see: list_exported"
        ]
    );
    let event: serde_json::Value = sqlx::query_scalar(
        "select event from audit where permission = 'exception.see' order by seq desc limit 1",
    )
    .fetch_one(&w.owner)
    .await
    .unwrap();
    assert_eq!(event["query"], "text=bucket&sort=ends");
    assert!(matches!(audit::exported(&w.portal, &ann, &by_bob).await, Err(Error::Forbidden(_))));
}
