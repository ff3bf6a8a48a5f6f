use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use sqlx::{PgConnection, types::Json};

use super::{Filter, Line, Outcome};
use crate::{
    Actor, Environment, Error, Invalid, Permission, Portal, Result,
    access::{Action, Everything},
    list::between,
    live,
};

struct Keep;
impl Action for Keep {
    type On = Environment;
    const PERMISSION: Permission = Permission::ReportDecision;
}

pub(super) struct See;
impl Action for See {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeDecision;
}

pub(super) struct SeeWithin;
impl Action for SeeWithin {
    type On = Environment;
    const PERMISSION: Permission = Permission::SeeDecision;
}

const PAGE: i64 = 100;

/// One decision as its log tells it.
#[derive(Debug, Clone)]
pub struct Event {
    pub decision_id: String,
    pub instance: String,
    pub path: String,
    pub at: DateTime<Utc>,
    /// The event as it came.
    pub event: Box<RawValue>,
}

/// What one upload holds.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub events: Vec<Event>,
    /// What is no decision, and why.
    pub quarantined: Vec<(Vec<u8>, String)>,
}

/// What is kept of something that is no decision.
const LARGEST_ASIDE: usize = 64 << 10;

impl Batch {
    /// Puts aside what is no decision, and why; of a long one its beginning.
    pub fn put_aside(&mut self, event: &[u8], reason: impl Into<String>) {
        self.quarantined.push((event[..event.len().min(LARGEST_ASIDE)].to_vec(), reason.into()));
    }

    /// The same in batches of so many at most, decisions before what is none; an empty one is one.
    pub fn parts(self, most: usize) -> impl Iterator<Item = Self> {
        let Self { events, quarantined } = self;
        let empty = (events.is_empty() && quarantined.is_empty()).then(Self::default);
        let events = pieces(events, most).map(|events| Self { events, quarantined: vec![] });
        let aside = pieces(quarantined, most).map(|quarantined| Self { events: vec![], quarantined });
        events.chain(aside).chain(empty)
    }
}

fn pieces<T>(all: Vec<T>, most: usize) -> impl Iterator<Item = Vec<T>> {
    let mut all = all.into_iter();
    std::iter::from_fn(move || {
        Some(all.by_ref().take(most).collect()).filter(|piece: &Vec<_>| !piece.is_empty())
    })
}

/// Keeps a batch; what is there already is left as it is.
///
/// Where some event spoils it, halves are kept by themselves until that one is found, and it is put aside.
///
/// # Errors
/// Where nothing can be kept just now, or this actor may not; some of it may have been kept by then.
pub async fn keep(portal: &Portal, actor: &Actor, environment: Environment, batch: &Batch) -> Result<()> {
    let spoiled = |error: &Error| matches!(error, Error::Internal { .. } | Error::Invalid(_));
    match keep_whole(portal, actor, environment.clone(), batch).await {
        Err(error) if spoiled(&error) => {}
        other => return other,
    }
    let mut aside = Batch { events: vec![], quarantined: batch.quarantined.clone() };
    let mut left = vec![batch.events.as_slice()];
    while let Some(events) = left.pop() {
        let part = Batch { events: events.to_vec(), quarantined: vec![] };
        match (keep_whole(portal, actor, environment.clone(), &part).await, events) {
            (Err(error), [event]) if spoiled(&error) => {
                aside.put_aside(event.event.get().as_bytes(), "Postgres does not take it");
            }
            (Err(error), events) if spoiled(&error) && !events.is_empty() => {
                left.extend(<[_; 2]>::from(events.split_at(events.len() / 2)));
            }
            (other, _) => other?,
        }
    }
    keep_whole(portal, actor, environment, &aside).await
}

async fn keep_whole(portal: &Portal, actor: &Actor, environment: Environment, batch: &Batch) -> Result<()> {
    let on = environment.clone();
    portal
        .record::<Keep, _>(actor, on, async |record| {
            let at = record.at;
            let column = |of: fn(&Event) -> String| batch.events.iter().map(of).collect::<Vec<_>>();
            let events: Vec<Json<&RawValue>> = batch.events.iter().map(|event| Json(&*event.event)).collect();
            sqlx::query(
                "insert into decision (decision_id, environment, instance, path, decided_at, received_at, event)
                 select id, $2, instance, path, decided_at, $6, event
                 from unnest($1::text[], $3::text[], $4::text[], $5::timestamptz[], $7::jsonb[])
                      as batch (id, instance, path, decided_at, event)
                 on conflict (decision_id) do nothing",
            )
            .bind(column(|event| event.decision_id.clone()))
            .bind(environment.as_str())
            .bind(column(|event| event.instance.clone()))
            .bind(column(|event| event.path.clone()))
            .bind(batch.events.iter().map(|event| event.at).collect::<Vec<_>>())
            .bind(at)
            .bind(events)
            .execute(record.conn())
            .await?;
            let (aside, reasons): (Vec<_>, Vec<_>) = batch.quarantined.iter().cloned().unzip();
            sqlx::query!(
                "insert into decision_quarantine (environment, received_at, reason, event)
                 select $1, $2, reason, event from unnest($3::text[], $4::bytea[]) as aside (reason, event)",
                environment.as_str(),
                at,
                &reasons,
                &aside,
            )
            .execute(record.conn())
            .await?;
            if batch.events.is_empty() {
                return Ok(());
            }
            live::tell(record.conn(), &[live::Kind::Decision]).await
        })
        .await
}

/// Decisions, newest first, 100 at a time, from the one before the one of this `decision_id`.
///
/// Who may see those of one environment alone has to name it.
///
/// # Errors
/// Invalid where there is no decision to begin before.
pub async fn recent(
    portal: &Portal,
    actor: &Actor,
    filter: Filter,
    before: Option<String>,
) -> Result<Vec<Line>> {
    let mut view = match &filter.environment {
        Some(environment) => portal.view::<SeeWithin>(actor, environment.clone()).await?,
        None => portal.view::<See>(actor, Everything).await?,
    };
    let from = match before {
        Some(id) => Some((decided_at(view.conn(), &id).await?, id)),
        None => None,
    };
    let (from, id) = from.unzip();
    let (since, until) = between(filter.since, filter.until);
    let rows = sqlx::query_as!(
        Row,
        "select decision_id, environment, instance, path, decided_at, outcome from decision
         where (decided_at, decision_id) < (coalesce($1::timestamptz, 'infinity'), coalesce($2::text, ''))
           and ($3::text is null or environment = $3)
           and ($4::text is null or path = $4 or starts_with(path, $4 || '/'))
           and ($6::text is null or outcome = $6) and ($7::text is null or instance = $7)
           and ($8::timestamptz is null or decided_at >= $8) and ($9::timestamptz is null or decided_at < $9)
         order by decided_at desc, decision_id desc limit $5",
        from,
        id,
        filter.environment.as_ref().map(Environment::as_str),
        filter.path.as_deref().map(path_of),
        PAGE,
        filter.outcome.map(|outcome| outcome.to_string()),
        filter.instance,
        since,
        until,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Line::try_from).collect()
}

/// What a row tells of a decision without its event.
pub(super) struct Row {
    pub(super) decision_id: String,
    pub(super) environment: String,
    pub(super) instance: String,
    pub(super) path: String,
    pub(super) decided_at: DateTime<Utc>,
    pub(super) outcome: String,
}

impl TryFrom<Row> for Line {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            decision_id: row.decision_id,
            environment: row.environment.parse()?,
            instance: row.instance,
            path: row.path,
            at: row.decided_at,
            outcome: outcome(&row.outcome),
        })
    }
}

async fn decided_at(conn: &mut PgConnection, id: &str) -> Result<DateTime<Utc>> {
    let found = sqlx::query_scalar!("select decided_at from decision where decision_id = $1", id)
        .fetch_optional(conn)
        .await?;
    Ok(found.ok_or_else(|| Invalid::new("before", "there is no such decision"))?)
}

/// A path as it is kept, however it was typed.
pub(super) fn path_of(text: &str) -> String {
    // Who writes it as OPA's API does may mean a dot in a step of it.
    let path = if text.contains('/') { text.to_owned() } else { text.replace('.', "/") };
    path.trim_matches('/').to_owned()
}

/// As the table writes it.
pub(super) fn outcome(name: &str) -> Outcome {
    name.parse().unwrap_or_else(|_| unreachable!("the column's own expression writes no {name}"))
}
