//! Releases: what is in force, who puts it there, and that it never goes back by itself.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use portal::{
    Actor, Environment, Error, Permission,
    access::{Job, Role, TokenScope},
    policy::{Bundle, VersionRef},
    release::{self, How, PromotionState, Refusal},
    testing::{POLICY, POLICY_TEST, World, token_of},
};
use sqlx::PgPool;
use strum::VariantArray;

const SET_UP: Actor = Actor::Job(Job::SetUp);

struct Two {
    w: World,
    author: Actor,
    first: VersionRef,
    second: VersionRef,
}

/// Two versions; the first in force everywhere.
async fn two_versions(pool: PgPool) -> Two {
    let w = World::new(pool).await;
    let author = w.author().await;
    let first = w.pushed(&author).await;
    for environment in [Environment::development(), Environment::staging(), Environment::production()] {
        release::begin(&w.portal, &SET_UP, environment, first.id).await.unwrap();
    }
    let second = version(&w, &author, "not encrypted").await;
    Two { w, author, first, second }
}

/// A version that says this where it denies.
async fn version(w: &World, author: &Actor, says: &str) -> VersionRef {
    let changed = POLICY.replace("no encryption", says);
    let changeset = w.push(author, &[("s3/s3.rego", &changed), ("s3/s3_test.rego", POLICY_TEST)]).await;
    changeset.versions[0].clone()
}

async fn in_force(w: &World, environment: &Environment) -> String {
    let boards = release::board(&w.portal, &w.requester().await).await.unwrap();
    let board = boards.into_iter().find(|board| board.environment == *environment).unwrap();
    let pointer = board.in_force.into_iter().find(|pointer| pointer.release.bundle == Bundle::Provisioning);
    pointer.unwrap().release.revision
}

#[sqlx::test(migrations = "../migrations")]
async fn versions_move_up_the_environments_in_order_or_for_a_reason(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let (development, staging) = (Environment::development(), Environment::staging());

    let skipped = release::promote(&w.portal, &author, second.id, staging.clone(), "").await;
    assert_eq!(skipped, Err(Refusal::OutOfOrder(development.clone()).into()));
    let moved = release::promote(&w.portal, &author, second.id, development, "").await.unwrap();
    assert_eq!(
        (moved.revision.as_str(), moved.replaced.as_deref(), moved.how),
        ("v1.1.0", Some("v1.0.0"), How::Promoted)
    );
    release::promote(&w.portal, &author, second.id, staging.clone(), "").await.unwrap();
    let again = release::promote(&w.portal, &author, second.id, staging.clone(), "").await;
    assert_eq!(again, Err(Refusal::InForce.into()));
    assert_eq!(in_force(&w, &staging).await, "v1.1.0");
    assert_eq!(in_force(&w, &Environment::production()).await, "v1.0.0");
}

#[sqlx::test(migrations = "../migrations")]
async fn into_production_one_asks_and_another_confirms(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let production = Environment::production();
    let other = w.person("dora", &[Role::Author]).await;

    let alone = release::promote(&w.portal, &author, second.id, production.clone(), "quick").await;
    assert_eq!(alone, Err(Refusal::Guarded(production.clone()).into()));
    let unexplained = release::ask(&w.portal, &other, second.id, production.clone(), " ").await;
    assert_eq!(unexplained, Err(Refusal::NoReason.into()));
    let asked =
        release::ask(&w.portal, &other, second.id, production.clone(), "a clearer word").await.unwrap();
    let twice = release::ask(&w.portal, &author, second.id, production.clone(), "a clearer word").await;
    assert_eq!(twice, Err(Refusal::AlreadyAsked.into()));

    assert_eq!(
        release::confirm(&w.portal, &other, asked.id, asked.seen).await,
        Err(Refusal::OwnRequest.into())
    );
    assert_eq!(
        release::confirm(&w.portal, &author, asked.id, asked.seen).await,
        Err(Refusal::OwnVersion.into())
    );
    let bob = w.approver().await;
    let confirmed = release::confirm(&w.portal, &bob, asked.id, asked.seen).await.unwrap();

    assert_eq!((confirmed.revision.as_str(), confirmed.reason.as_str()), ("v1.1.0", "a clearer word"));
    assert_eq!(in_force(&w, &production).await, "v1.1.0");
    assert_eq!(
        release::confirm(&w.portal, &bob, asked.id, asked.seen).await,
        Err(Refusal::AlreadyDecided.into())
    );
    let kept = release::promotion(&w.portal, &bob, asked.id).await.unwrap();
    assert!(matches!(kept.state, PromotionState::Confirmed { .. }));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_confirmation_binds_to_what_it_replaces(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let (production, bob) = (Environment::production(), w.approver().await);
    let third = version(&w, &author, "encrypt it").await;
    let ask =
        async |version| release::ask(&w.portal, &author, version, production.clone(), "why").await.unwrap();
    let (old, new) = (ask(second.id).await, ask(third.id).await);
    assert_eq!(old.seen, new.seen);
    let dora = w.person("dora", &[Role::Approver]).await;
    release::confirm(&w.portal, &dora, new.id, new.seen).await.unwrap();

    // The page with the older promotion was opened before that.
    let late = release::confirm(&w.portal, &bob, old.id, old.seen).await;
    assert_eq!(late, Err(Refusal::Changed.into()));
    assert_eq!(in_force(&w, &production).await, "v1.2.0");
    let shown = release::promotion(&w.portal, &bob, old.id).await.unwrap();
    release::confirm(&w.portal, &bob, old.id, shown.seen).await.unwrap();
    assert_eq!(in_force(&w, &production).await, "v1.1.0");
}

#[sqlx::test(migrations = "../migrations")]
async fn of_two_who_release_the_same_at_once_one_does(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let development = Environment::development();
    let other = w.hold_pointer(&development, Bundle::Provisioning).await;
    let promote = || release::promote(&w.portal, &author, second.id, development.clone(), "");
    let (one, two, _) = tokio::join!(promote(), promote(), async {
        w.until_waiting(2).await;
        other.rollback().await
    });

    assert!(one.is_ok() != two.is_ok());
    assert_eq!(one.and(two).unwrap_err(), Refusal::InForce.into());
    let past = release::history(&w.portal, &author, Some(development), Some(Bundle::Provisioning)).await;
    assert_eq!(past.unwrap().len(), 2);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_machine_confirms_nothing(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let asked = release::ask(&w.portal, &author, second.id, Environment::production(), "why").await.unwrap();
    let ci = token_of(&w.approver().await, TokenScope::VARIANTS);

    let forbidden = Err(Error::Forbidden(Permission::DecideRelease));
    assert_eq!(release::confirm(&w.portal, &ci, asked.id, asked.seen).await, forbidden);
    assert_eq!(release::confirm(&w.portal, &Actor::Job(Job::Shelf), asked.id, asked.seen).await, forbidden);
    // Set-up does not even see it.
    assert_eq!(
        release::confirm(&w.portal, &SET_UP, asked.id, asked.seen).await,
        Err(Error::NotFound("promotion".into()))
    );
}

#[sqlx::test(migrations = "../migrations")]
async fn the_table_itself_knows_four_eyes(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    release::ask(&w.portal, &author, second.id, Environment::production(), "why").await.unwrap();

    let forged = "update promotion set state = 'confirmed', decided_by = asked_by, decided_at = now()";
    let refused = sqlx::query(forged).execute(&w.server).await.unwrap_err().to_string();

    assert!(refused.contains("four_eyes") || refused.contains("not_the_author"), "{refused}");
}

#[sqlx::test(migrations = "../migrations")]
async fn one_operator_rolls_back_to_what_was_before(pool: PgPool) {
    let Two { w, author, first, second } = two_versions(pool).await;
    let staging = Environment::staging();
    let otto = w.person("otto", &[Role::Operator]).await;
    let bundle = Bundle::Provisioning;
    let nothing = release::roll_back(&w.portal, &otto, staging.clone(), bundle, None, "it broke").await;
    assert_eq!(nothing, Err(Refusal::NothingBefore.into()));
    release::promote(&w.portal, &author, second.id, staging.clone(), "now").await.unwrap();

    let silent = release::roll_back(&w.portal, &otto, staging.clone(), bundle, None, "").await;
    assert_eq!(silent, Err(Refusal::NoReason.into()));
    let back = release::roll_back(&w.portal, &otto, staging.clone(), bundle, None, "it broke").await.unwrap();

    assert_eq!((back.version, back.how), (Some(first.id), How::RolledBack));
    assert_eq!(in_force(&w, &staging).await, "v1.0.0");
    let never =
        release::roll_back(&w.portal, &otto, Environment::production(), bundle, Some(second.id), "x").await;
    assert_eq!(never, Err(Refusal::NeverInForce.into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_second_roll_back_goes_further_back(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let (staging, third) = (Environment::staging(), version(&w, &author, "encrypt it").await);
    for version in [second, third] {
        release::promote(&w.portal, &author, version.id, staging.clone(), "now").await.unwrap();
    }
    let back = async || {
        let back =
            release::roll_back(&w.portal, &author, staging.clone(), Bundle::Provisioning, None, "it broke");
        back.await.map(|release| release.revision)
    };

    assert_eq!(back().await.unwrap(), "v1.1.0");
    assert_eq!(back().await.unwrap(), "v1.0.0");
    assert_eq!(back().await, Err(Refusal::NothingBefore.into()));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_whose_archive_is_gone_is_refused_and_changes_nothing(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    std::fs::remove_dir_all(w.folder.path().join("objects/archive")).unwrap();

    let refused = release::promote(&w.portal, &author, second.id, Environment::development(), "").await;

    assert_eq!(refused, Err(Refusal::NotStored.into()));
    assert_eq!(in_force(&w, &Environment::development()).await, "v1.0.0");
}

#[sqlx::test(migrations = "../migrations")]
async fn the_object_stores_latest_follows_and_never_leads(pool: PgPool) {
    let Two { w, author, second, .. } = two_versions(pool).await;
    let objects = w.folder.path().join("objects");
    assert!(!objects.join("staging/provisioning/latest.tar.gz").exists());

    assert_eq!(release::follow_with_the_object_store(&w.portal).await, Ok(6));
    let first = std::fs::read(objects.join("provisioning/latest.tar.gz")).unwrap();
    release::promote(&w.portal, &author, second.id, Environment::staging(), "now").await.unwrap();
    assert_eq!(release::follow_with_the_object_store(&w.portal).await, Ok(1));

    let staging = std::fs::read(objects.join("staging/provisioning/latest.tar.gz")).unwrap();
    assert_ne!(staging, first, "staging moved");
    let production = std::fs::read(objects.join("provisioning/latest.tar.gz")).unwrap();
    assert_eq!(production, first, "the bundle's own latest is production's");
    assert_eq!(staging, std::fs::read(objects.join("provisioning/v1.1.0.tar.gz")).unwrap());
}

#[sqlx::test(migrations = "../migrations")]
async fn a_pointer_does_not_go_back_whoever_says_so(pool: PgPool) {
    let Two { w, .. } = two_versions(pool).await;
    let back = sqlx::query("update pointer set sequence = sequence - 1").execute(&w.server).await;
    assert!(back.unwrap_err().to_string().contains("only moves to a later release"));
}
