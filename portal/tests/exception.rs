//! Exceptions as people and machines live with them.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use chrono::TimeDelta;
use portal::{
    Actor, Environment, Error, Permission, Scope,
    access::{Role, TokenScope},
    exception::{self, Filter, Number, Order, Refusal, Standing, State, Wanted},
    list::Question,
    report::Severity,
    testing::{POLICY, POLICY_TEST, World, person, token_of},
};
use sqlx::PgPool;
use strum::VariantArray;

/// A world with the small policy pushed and in force in production.
async fn world(pool: PgPool) -> World {
    let w = World::new(pool).await;
    let version = w.pushed(&w.author().await).await;
    let set_up = Actor::Job(portal::access::Job::SetUp);
    portal::release::begin(&w.portal, &set_up, Environment::production(), version.id).await.unwrap();
    w
}

async fn asked(w: &World, by: &Actor) -> exception::Exception {
    exception::request(&w.portal, by, w.wanted()).await.unwrap()
}

async fn approve(
    w: &World,
    by: &Actor,
    asked: &exception::Exception,
) -> portal::Result<exception::Exception> {
    exception::approve(&w.portal, by, asked.number, &asked.seen(), w.in_days(30), "").await
}

/// How often the exceptions bundle was put in force.
async fn bundles(w: &World) -> i64 {
    sqlx::query_scalar("select count(*) from release where bundle = 'aegis-exceptions'")
        .fetch_one(&w.owner)
        .await
        .unwrap()
}

#[sqlx::test(migrations = "../migrations")]
async fn an_approved_exception_is_in_force_until_it_ends_and_reaches_the_bundle(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let (before, entries) = (bundles(&w).await, w.audit().await.len());
    let asked = asked(&w, &ann).await;

    let approved = approve(&w, &bob, &asked).await.unwrap();

    assert!(approved.in_force(w.in_days(29)) && !approved.in_force(w.in_days(30)));
    assert_eq!(bundles(&w).await, before + 1);
    let shown = exception::show(&w.portal, &ann, asked.number).await.unwrap();
    assert_eq!((shown.exception, shown.reach.len()), (approved, 1));
    assert_eq!(
        w.audit().await.split_off(entries),
        ["person exception.request: exception_requested", "person exception.decide: exception_approved"]
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn a_revoked_exception_ends_there_and_then(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let approved = approve(&w, &bob, &asked(&w, &ann).await).await.unwrap();
    let before = bundles(&w).await;
    w.clock.advance(TimeDelta::days(1));

    let revoked = exception::revoke(&w.portal, &bob, approved.number, "it leaked").await.unwrap();

    assert!(approved.in_force(w.in_days(0)) && !revoked.in_force(w.in_days(0)));
    assert_eq!(bundles(&w).await, before + 1);
    assert_eq!(exception::show(&w.portal, &ann, approved.number).await.unwrap().exception, revoked);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_denied_request_stays_denied(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = asked(&w, &ann).await;

    let denied = exception::deny(&w.portal, &bob, asked.number, "encrypt it").await.unwrap();

    assert_eq!(exception::show(&w.portal, &ann, asked.number).await.unwrap().exception, denied);
    assert_eq!(approve(&w, &bob, &asked).await, Err(Refusal::AlreadyDecided.into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn an_approval_binds_to_what_was_seen(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = asked(&w, &ann).await;
    sqlx::query("update exception set resources = '{another-bucket}'").execute(&w.owner).await.unwrap();

    assert_eq!(approve(&w, &bob, &asked).await, Err(Refusal::Changed.into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_approvers_at_once_one_decides(pool: PgPool) {
    let w = world(pool).await;
    let asked = asked(&w, &w.requester().await).await;
    let (bob, eve) = (w.approver().await, w.person("eve", &[Role::Approver]).await);

    let other = w.hold(asked.number).await;
    let (approved, denied, _) = tokio::join!(
        approve(&w, &bob, &asked),
        exception::deny(&w.portal, &eve, asked.number, "no"),
        async {
            w.until_waiting(2).await;
            other.rollback().await
        },
    );

    assert!(approved.is_ok() != denied.is_ok());
    assert_eq!(approved.and(denied), Err(Refusal::AlreadyDecided.into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn nobody_decides_what_they_or_their_token_asked_for(pool: PgPool) {
    let w = world(pool).await;
    let ann = w.person("ann", &[Role::Requester, Role::Approver]).await;
    let ci = token_of(&ann, &[TokenScope::ExceptionRequest]);

    for asker in [&ann, &ci] {
        let asked = asked(&w, asker).await;
        assert_eq!(approve(&w, &ann, &asked).await, Err(Refusal::OwnRequest.into()));
        let denied = exception::deny(&w.portal, &ann, asked.number, "no").await;
        assert_eq!(denied, Err(Refusal::OwnRequest.into()));
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn the_table_itself_knows_four_eyes(pool: PgPool) {
    let w = world(pool).await;
    let asked = asked(&w, &w.requester().await).await;

    let forged = sqlx::query(
        "update exception set state = 'approved', decided_by = requested_by, decided_at = now(), ends_at = now() + interval '1 day'
         where number = $1",
    )
    .bind(asked.number.0)
    .execute(&w.server)
    .await;

    assert!(forged.unwrap_err().to_string().contains("four_eyes"));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_machine_approves_nothing(pool: PgPool) {
    let w = world(pool).await;
    let asked = asked(&w, &w.requester().await).await;
    let ci = token_of(&w.approver().await, TokenScope::VARIANTS);

    assert_eq!(approve(&w, &ci, &asked).await, Err(Error::Forbidden(Permission::DecideException)));
    // A job does not even see it.
    let job = Actor::Job(portal::access::Job::SetUp);
    assert_eq!(approve(&w, &job, &asked).await, Err(Error::NotFound("exception".into())));
}

#[sqlx::test(migrations = "../migrations")]
async fn what_you_may_not_see_is_not_there(pool: PgPool) {
    let w = world(pool).await;
    let asked = asked(&w, &w.requester().await).await;
    let elsewhere =
        person(portal::Id::fresh(), "eve", &[Role::Approver], &Scope::Policy(portal::Id::fresh()));

    assert_eq!(approve(&w, &elsewhere, &asked).await, Err(Error::NotFound("exception".into())));
    let list = exception::list(&w.portal, &elsewhere, Filter::default(), None).await;
    assert_eq!(list, Ok(vec![]));
    let nobody = exception::list(&w.portal, &Actor::Anonymous, Filter::default(), None).await;
    assert_eq!(nobody, Err(Error::Unauthenticated));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_list_is_narrowed_by_where_exceptions_stand(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let old = asked(&w, &ann).await;
    w.clock.advance(exception::ANSWERED_WITHIN);
    let (short, waiting) = (asked(&w, &ann).await, asked(&w, &ann).await);
    let ends_at = w.in_days(1);
    exception::approve(&w.portal, &bob, short.number, &short.seen(), ends_at, "").await.unwrap();
    let now = w.in_days(0);
    let in_force = Filter { standing: Some(Standing::InForce), ..Filter::default() };
    let soon = Filter { standing: Some(Standing::Expiring), ..Filter::default() };
    assert_eq!(
        exception::list(&w.portal, &bob, in_force, None).await.unwrap()[0].standing(now),
        Standing::InForce
    );
    assert_eq!(
        exception::list(&w.portal, &bob, soon, None).await,
        Ok(vec![]),
        "it has a day of its day left"
    );
    w.clock.advance(chrono::TimeDelta::hours(18));

    for (standing, number) in [
        (Standing::Lapsed, old.number),
        (Standing::Expiring, short.number),
        (Standing::Requested, waiting.number),
    ] {
        let filter = Filter { standing: Some(standing), ..Filter::default() };
        let found = exception::list(&w.portal, &bob, filter, None).await.unwrap();
        assert_eq!(found.iter().map(|found| found.number).collect::<Vec<_>>(), [number], "{standing}");
        assert_eq!(found[0].standing(w.in_days(0)), standing);
    }
    let by_text = Filter { text: Some(format!("{}", waiting.number)), ..Filter::default() };
    assert_eq!(exception::list(&w.portal, &bob, by_text, None).await.unwrap().len(), 1);
    let per_cent = Filter { text: Some("%".into()), ..Filter::default() };
    assert_eq!(exception::list(&w.portal, &bob, per_cent, None).await, Ok(vec![]));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_long_list_comes_in_pages(pool: PgPool) {
    let w = world(pool).await;
    let ann = w.requester().await;
    for _ in 0..51 {
        asked(&w, &ann).await;
    }

    let first = exception::list(&w.portal, &ann, Filter::default(), None).await.unwrap();
    let last = first.last().map(|last| last.number);
    let rest = exception::list(&w.portal, &ann, Filter::default(), last).await.unwrap();

    assert_eq!((first.len(), first[0].number), (50, Number(51)));
    assert_eq!((rest.len(), rest[0].number), (1, Number(1)));
}

#[sqlx::test(migrations = "../migrations")]
async fn who_asked_may_take_it_back_and_nobody_else(pool: PgPool) {
    let w = world(pool).await;
    let (ann, joe) = (w.requester().await, w.person("joe", &[Role::Requester]).await);
    let asked = asked(&w, &ann).await;

    let stolen = exception::withdraw(&w.portal, &joe, asked.number).await;
    let withdrawn = exception::withdraw(&w.portal, &ann, asked.number).await.unwrap();

    assert_eq!(stolen, Err(Refusal::NotYours.into()));
    assert!(matches!(withdrawn.state, State::Withdrawn { .. }));
}

/// The small policy as severe as that, pushed and released nowhere.
async fn push_as(w: &World, severity: Severity) {
    let policy = POLICY.replace("severity: high", &format!("severity: {severity}"));
    let pushed =
        w.push(&w.author().await, &[("s3/s3.rego", &policy), ("s3/s3_test.rego", POLICY_TEST)]).await;
    assert!(pushed.passed, "{:?}", pushed.report);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_nobody_released_makes_no_exception_longer(pool: PgPool) {
    let w = world(pool).await;
    let ann = w.requester().await;
    push_as(&w, Severity::Low).await;

    let long = Wanted { until: w.in_days(91), ..w.wanted() };
    let refused = exception::request(&w.portal, &ann, long.clone()).await;
    assert_eq!(refused, Err(Refusal::EndOutOfReach { severity: Severity::High, days: 90 }.into()));
    // Nothing is in force there, so the newest version is all there is to go by.
    let staging = Wanted { environments: vec![Environment::staging()], ..long };
    assert_eq!(exception::request(&w.portal, &ann, staging).await.unwrap().severity, Severity::Low);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_policy_that_became_more_severe_ends_its_exceptions_sooner(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let asked = asked(&w, &ann).await;
    push_as(&w, Severity::Critical).await;
    let approve = async |seen: &str, days| {
        exception::approve(&w.portal, &bob, asked.number, seen, w.in_days(days), "").await
    };

    assert_eq!(approve(&asked.seen(), 30).await, Err(Refusal::Changed.into()));
    let seen = exception::show(&w.portal, &bob, asked.number).await.unwrap().seen;
    let late = Err(Refusal::EndOutOfReach { severity: Severity::Critical, days: 30 }.into());
    assert_eq!(approve(&seen, 31).await, late);
    approve(&seen, 30).await.unwrap();
    let kept = exception::show(&w.portal, &ann, asked.number).await.unwrap().exception;
    assert_eq!(kept.severity, Severity::Critical);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_waits_longest_and_what_ends_first_stand_at_the_head(pool: PgPool) {
    let w = world(pool).await;
    let (ann, bob) = (w.requester().await, w.approver().await);
    let both = w.person("eve", &[Role::Requester, Role::Approver]).await;
    for days in [8, 9] {
        let asked = asked(&w, &ann).await;
        let end = w.in_days(days);
        exception::approve(&w.portal, &bob, asked.number, &asked.seen(), end, "").await.unwrap();
    }
    for _ in 0..51 {
        asked(&w, &ann).await;
    }
    asked(&w, &both).await;

    let waiting = exception::waiting(&w.portal, &bob).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].number), (50, Number(3)));
    assert_eq!(exception::waiting_for(&w.portal, &bob).await, Ok(52));
    assert_eq!(exception::waiting_for(&w.portal, &both).await, Ok(51), "less what they asked for");
    assert_eq!(exception::waiting_for(&w.portal, &ann).await, Ok(0));
    w.clock.advance(exception::ANSWERED_WITHIN);
    assert_eq!(exception::waiting_for(&w.portal, &bob).await, Ok(0), "they lapsed");
    let filter = Filter { standing: Some(Standing::Expiring), ..Default::default() };
    let question = Question { filter, sort: Order::EndsFirst, ..Question::default() };
    let ending = exception::batch(&w.portal, &ann, &question, 50).await.unwrap().rows;
    assert_eq!(ending.iter().map(|one| one.number).collect::<Vec<_>>(), [Number(1), Number(2)]);
}
