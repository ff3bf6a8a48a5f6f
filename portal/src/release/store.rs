use bytes::Bytes;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Board, Filter, Pointer, Promotion, PromotionState, Refusal, Release};
use crate::{
    Actor, Environment, Error, Id, Permission, Person, Portal, Result,
    access::{Action, Everything},
    environment, fleet,
    identity::Who,
    list::{ByTime, COUNTED, Hits, Mark, Page, Question, SIZE},
    policy::{self, Bundle, Number},
    search::anywhere,
};

const PAGE: i64 = 100;

pub(super) struct See;
impl Action for See {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

/// What is in force in each environment, how far it has come, and what waits. It costs six questions, however many
/// environments there are.
pub async fn board(portal: &Portal, actor: &Actor) -> Result<Vec<Board>> {
    let places = environment::list(portal, actor).await?;
    let mut view = portal.view::<See>(actor, Everything).await?;
    let now = view.at;
    let reached = fleet::converged(view.conn(), now).await?;
    let mut pointers: Vec<Pointer> = in_force(view.conn())
        .await?
        .into_iter()
        .map(|release| {
            let reached = reached.iter().find(|one| one.release == release.id);
            let (instances, converged) = reached.map_or((0, 0), |one| (one.instances, one.converged));
            Pointer { stored: reached.is_none_or(|one| one.stored), release, instances, converged }
        })
        .collect();
    let mut waiting = promotions(view.conn(), "asked").await?;
    let mut rolled_back = rolled_back(view.conn()).await?;
    let mut declined = promotions(view.conn(), "declined").await?;
    let board = |place: environment::Place| Board {
        in_force: pointers.extract_if(.., |one| one.release.environment == place.environment).collect(),
        waiting: waiting.extract_if(.., |one| one.environment == place.environment).collect(),
        rolled_back: rolled_back.extract_if(.., |one| one.environment == place.environment).collect(),
        declined: declined.extract_if(.., |one| one.environment == place.environment).collect(),
        environment: place.environment,
        guarded: place.guarded,
    };
    Ok(places.into_iter().map(board).collect())
}

async fn in_force(conn: &mut PgConnection) -> Result<Vec<Release>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select release.id, release.sequence, release.environment, release.bundle, version_id, revision, served_digest,
                released_by, person.name as "releaser?", released_at, how, reason, replaced
           from pointer join release on release.id = pointer.release_id left join person on person.id = released_by
           order by release.bundle"#,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Release::try_from).collect()
}

/// The roll backs that still stand: what they replaced is not in force, and was not since.
async fn rolled_back(conn: &mut PgConnection) -> Result<Vec<Release>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select release.id, release.sequence, release.environment, release.bundle, version_id, revision, served_digest,
                released_by, person.name as "releaser?", released_at, how, reason, replaced
           from release left join person on person.id = released_by
           where how = 'rolled_back'
             and not exists (select from release later
                 where later.environment = release.environment and later.bundle = release.bundle
                   and later.sequence > release.sequence and later.revision = release.replaced)
           order by sequence desc limit $1"#,
        PAGE,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Release::try_from).collect()
}

/// Releases, newest first.
pub async fn history(
    portal: &Portal,
    actor: &Actor,
    environment: Option<Environment>,
    bundle: Option<Bundle>,
) -> Result<Vec<Release>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select release.id, release.sequence, release.environment, release.bundle, version_id, revision, served_digest,
                released_by, person.name as "releaser?", released_at, how, reason, replaced
           from release left join person on person.id = released_by
           where ($1::text is null or environment = $1) and ($2::text is null or bundle = $2)
           order by sequence desc limit $3"#,
        environment.as_ref().map(Environment::as_str),
        bundle.map(|bundle| bundle.to_string()),
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Release::try_from).collect()
}

/// A page of the releases, and how many there are.
pub async fn search(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
) -> Result<(Page<Release>, Hits)> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let Question { filter, sort, start } = question;
    let environment = filter.environment.as_ref().map(Environment::as_str);
    let (bundle, how) = (filter.bundle.map(|one| one.to_string()), filter.how.map(|one| one.to_string()));
    let text = filter.text.as_deref().map(anywhere);
    let hits = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from release left join person on person.id = released_by
             where ($1::text is null or environment = $1) and ($2::text is null or bundle = $2)
               and ($3::text is null or how = $3)
               and ($4::text is null or revision ilike $4 or reason ilike $4 or person.name ilike $4)
             limit $5) found"#,
        environment,
        bundle,
        how,
        text,
        COUNTED + 1,
    )
    .fetch_one(view.conn())
    .await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select release.id, release.sequence, release.environment, release.bundle, version_id, revision, served_digest,
                released_by, person.name as "releaser?", released_at, how, reason, replaced
           from release left join person on person.id = released_by
           where ($1::text is null or environment = $1) and ($2::text is null or bundle = $2)
             and ($3::text is null or how = $3)
             and ($4::text is null or revision ilike $4 or reason ilike $4 or person.name ilike $4)
             and ($5::bigint is null or case when $6 then sequence < $5 else sequence > $5 end)
           order by case when $6 then sequence end desc, sequence limit $7"#,
        environment,
        bundle,
        how,
        text,
        start.mark().map(|mark| mark.key),
        sort.falls(start),
        SIZE as i64 + 1,
    )
    .fetch_all(view.conn())
    .await?;
    let found = rows.into_iter().map(Release::try_from).collect::<Result<_>>()?;
    Ok((Page::of(found, start, SIZE, |release| Mark::number(release.sequence)), Hits::counted(hits)))
}

pub(super) async fn find(conn: &mut PgConnection, id: Id<Release>) -> Result<Release> {
    sqlx::query_as!(
        Row,
        r#"select release.id, release.sequence, release.environment, release.bundle, version_id, revision, served_digest,
                released_by, person.name as "releaser?", released_at, how, reason, replaced
           from release left join person on person.id = released_by where release.id = $1"#,
        id.uuid(),
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Promotions that wait for somebody, oldest first.
pub async fn waiting(portal: &Portal, actor: &Actor) -> Result<Vec<Promotion>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    promotions(view.conn(), "asked").await
}

/// Promotions in a state that still stands: nobody has asked for the same since. Those that wait come with the oldest first,
/// those that were decided with the newest.
async fn promotions(conn: &mut PgConnection, state: &str) -> Result<Vec<Promotion>> {
    let rows = sqlx::query_as!(
        PromotionRow,
        r#"select promotion.id, promotion.environment, version_id, version.bundle, major, minor, patch,
                asked_by, asker.name as asker, asked_at, reason, pushed_by, pointer.sequence as "seen?", state,
                decided_by, decider.name as "decider?", decided_at, decision
           from promotion join version on version.id = version_id join person asker on asker.id = asked_by
           left join person decider on decider.id = decided_by
           left join pointer on pointer.environment = promotion.environment and pointer.bundle = version.bundle
           where state = $1
             and not exists (select from promotion later
                 where later.environment = promotion.environment and later.version_id = promotion.version_id
                   and later.asked_at > promotion.asked_at)
           order by decided_at desc, asked_at limit $2"#,
        state,
        PAGE,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Promotion::try_from).collect()
}

/// Promotions that the actor asked for and somebody else has answered since.
pub async fn answered(portal: &Portal, actor: &Actor, since: DateTime<Utc>) -> Result<Vec<Promotion>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        PromotionRow,
        r#"select promotion.id, promotion.environment, version_id, version.bundle, major, minor, patch,
                asked_by, asker.name as asker, asked_at, reason, pushed_by, pointer.sequence as "seen?", state,
                decided_by, decider.name as "decider?", decided_at, decision
           from promotion join version on version.id = version_id join person asker on asker.id = asked_by
           left join person decider on decider.id = decided_by
           left join pointer on pointer.environment = promotion.environment and pointer.bundle = version.bundle
           where asked_by = $1 and decided_by <> $1 and decided_at > $2 order by decided_at limit $3"#,
        actor.by().and_then(|by| by.answerable()).map(Id::uuid),
        since,
        PAGE,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Promotion::try_from).collect()
}

/// How many promotions wait that this person may confirm, as far as the rules go.
pub async fn waiting_for(portal: &Portal, actor: &Actor, person: Id<Person>) -> Result<usize> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from promotion
           where state = 'asked' and asked_by <> $1 and pushed_by is distinct from $1"#,
        person.uuid(),
    )
    .fetch_one(view.conn())
    .await?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// One request for a promotion, decided or not.
pub async fn promotion(portal: &Portal, actor: &Actor, id: Id<Promotion>) -> Result<Promotion> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    find_promotion(view.conn(), id).await
}

pub(super) async fn find_promotion(conn: &mut PgConnection, id: Id<Promotion>) -> Result<Promotion> {
    let row = sqlx::query_as!(
        PromotionRow,
        r#"select promotion.id, promotion.environment, version_id, version.bundle, major, minor, patch,
                asked_by, asker.name as asker, asked_at, reason, pushed_by, pointer.sequence as "seen?", state,
                decided_by, decider.name as "decider?", decided_at, decision
           from promotion join version on version.id = version_id join person asker on asker.id = asked_by
           left join person decider on decider.id = decided_by
           left join pointer on pointer.environment = promotion.environment and pointer.bundle = version.bundle
           where promotion.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.ok_or_else(|| Error::NotFound("promotion".into()))?.try_into()
}

/// Any version's archive, as it is served to OPA.
pub async fn archive(portal: &Portal, actor: &Actor, bundle: Bundle, number: Number) -> Result<Bytes> {
    let version = policy::version_by_number(portal, actor, bundle, number).await?.version;
    let stored = portal.parts.objects.archive(&version.served_digest).await?;
    stored.ok_or_else(|| Refusal::NotStored.into())
}

impl Refusal {
    /// The rule that a constraint of the table stands for.
    pub(crate) fn of_constraint(name: &str) -> Option<Self> {
        match name {
            "four_eyes" => Some(Self::OwnRequest),
            "not_the_author" => Some(Self::OwnVersion),
            "asked_once" => Some(Self::AlreadyAsked),
            "a_reason_is_given" => Some(Self::NoReason),
            _ => None,
        }
    }
}

struct Row {
    id: Uuid,
    sequence: i64,
    environment: String,
    bundle: String,
    version_id: Option<Uuid>,
    revision: String,
    served_digest: String,
    released_by: Option<Uuid>,
    releaser: Option<String>,
    released_at: DateTime<Utc>,
    how: String,
    reason: String,
    replaced: Option<String>,
}

impl TryFrom<Row> for Release {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            environment: row.environment.parse()?,
            bundle: policy::bundle(&row.bundle)?,
            sequence: row.sequence,
            revision: row.revision,
            version: row.version_id.map(Id::from),
            digest: row.served_digest,
            by: policy::who(row.released_by, row.releaser),
            at: row.released_at,
            how: row
                .how
                .parse()
                .unwrap_or_else(|_| unreachable!("the table's `how_is_known` forbids {}", row.how)),
            reason: row.reason,
            replaced: row.replaced,
        })
    }
}

struct PromotionRow {
    id: Uuid,
    environment: String,
    version_id: Uuid,
    bundle: String,
    major: i32,
    minor: i32,
    patch: i32,
    asked_by: Uuid,
    asker: String,
    asked_at: DateTime<Utc>,
    reason: String,
    pushed_by: Option<Uuid>,
    seen: Option<i64>,
    state: String,
    decided_by: Option<Uuid>,
    decider: Option<String>,
    decided_at: Option<DateTime<Utc>>,
    decision: String,
}

impl TryFrom<PromotionRow> for Promotion {
    type Error = Error;
    fn try_from(row: PromotionRow) -> Result<Self> {
        let state = match (row.state.as_str(), policy::who(row.decided_by, row.decider), row.decided_at) {
            ("asked", None, None) => PromotionState::Asked,
            ("confirmed", Some(by), Some(at)) => PromotionState::Confirmed { by, at },
            ("declined", Some(by), Some(at)) => PromotionState::Declined { by, at, reason: row.decision },
            ("withdrawn", _, Some(at)) => PromotionState::Withdrawn { at },
            other => unreachable!("the table's `a_state_knows_its_own` forbids {other:?}"),
        };
        Ok(Self {
            id: row.id.into(),
            environment: row.environment.parse()?,
            version: row.version_id.into(),
            bundle: policy::bundle(&row.bundle)?,
            number: Number { major: row.major, minor: row.minor, patch: row.patch },
            asked_by: Who { id: row.asked_by.into(), name: row.asker },
            asked_at: row.asked_at,
            reason: row.reason,
            pushed_by: row.pushed_by.map(Id::from),
            seen: row.seen.unwrap_or_default(),
            state,
        })
    }
}
