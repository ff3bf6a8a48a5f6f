//! Decisions as people look for them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, types::Json};

use super::{
    Detail, Filter, Judged,
    find::{Known, SeeOne},
    findings::findings,
    shown,
    store::{self, See, SeeWithin, path_of},
};
use crate::{
    Actor, Environment, Error, Portal, Result,
    access::{Action, Everything, Target, door::View},
    audit::Event,
    list::{ByTime, COUNTED, EXPORTED, Hits, List, Mark, Page, Question, SIZE, between, exportable},
};

/// Bytes, as they are stored, of the largest decision whose findings a list tells; one's own page tells them always.
const LARGEST_TOLD: i32 = 256 << 10;

/// A page of decisions, and how many there are.
///
/// Who may see those of one environment alone has to name it. Decisions lie in the order of their time alone: a
/// path or an instance that hardly ever decides is looked for among all that lie between the days named.
pub async fn search(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
) -> Result<(Page<Judged>, Hits)> {
    let mut view = look(portal, actor, &question.filter).await?;
    let hits = Hits::counted(count(view.conn(), &question.filter, COUNTED + 1).await?);
    Ok((select(&mut view, question, SIZE).await?, hits))
}

/// A page of that many of them, without a count.
pub async fn batch(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, ByTime>,
    size: usize,
) -> Result<Page<Judged>> {
    let mut view = look(portal, actor, &question.filter).await?;
    select(&mut view, question, size).await
}

/// Writes down that the list leaves the portal as a file, and says with how many rows.
///
/// # Errors
/// Invalid where they are too many.
pub async fn exported(portal: &Portal, actor: &Actor, question: &Question<Filter, ByTime>) -> Result<u32> {
    match &question.filter.environment {
        Some(one) => export::<SeeWithin>(portal, actor, one.clone(), question).await,
        None => export::<See>(portal, actor, Everything, question).await,
    }
}

async fn export<A: Action>(
    portal: &Portal,
    actor: &Actor,
    on: A::On,
    question: &Question<Filter, ByTime>,
) -> Result<u32> {
    portal
        .change::<A, _>(actor, on, async |change| {
            let rows = exportable(count(change.conn(), &question.filter, EXPORTED + 1).await?)?;
            Ok((rows, Event::ListExported { list: List::Decisions, query: question.query(), rows }))
        })
        .await
}

/// One decision as it was kept.
pub async fn show(portal: &Portal, actor: &Actor, id: &str) -> Result<Detail> {
    let mut view = portal.view::<SeeOne>(actor, Known(id.to_owned())).await?;
    let row = sqlx::query!(
        r#"select decision_id, environment, instance, path, decided_at, outcome, received_at,
                event as "event: Json<Value>"
           from decision where decision_id = $1"#,
        id,
    )
    .fetch_optional(view.conn())
    .await?
    .ok_or_else(|| Error::NotFound(Known::NAME.into()))?;
    let (event, received_at) = (row.event.0, row.received_at);
    let texts = |name: &str| -> Vec<String> {
        let all = event.get(name).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (masked, erased) = (texts("masked"), texts("erased"));
    let shown = |name: &str| event.get(name).map(|value| shown::lines(value, &format!("/{name}"), &masked));
    let (input, result) = (shown("input").unwrap_or_default(), shown("result").unwrap_or_default());
    let error =
        event.get("error").map(|error| error["message"].as_str().map_or(error.to_string(), str::to_owned));
    let requested_by = event.get("requested_by").and_then(Value::as_str).map(str::to_owned);
    let row = Row {
        decision_id: row.decision_id,
        environment: row.environment,
        instance: row.instance,
        path: row.path,
        decided_at: row.decided_at,
        outcome: row.outcome,
        result: event.get("result").cloned().map(Json),
        bundles: event.get("bundles").cloned().map(Json),
        nanoseconds: event.pointer("/metrics/timer_server_handler_ns").cloned().map(Json),
        subject: event.pointer("/input/resource/name").and_then(Value::as_str).map(str::to_owned),
    };
    Ok(Detail { judged: row.try_into()?, received_at, requested_by, input, result, error, masked, erased })
}

async fn look(portal: &Portal, actor: &Actor, filter: &Filter) -> Result<View> {
    let mut view = match &filter.environment {
        Some(environment) => portal.view::<SeeWithin>(actor, environment.clone()).await?,
        None => portal.view::<See>(actor, Everything).await?,
    };
    view.plan_anew().await?;
    Ok(view)
}

async fn count(conn: &mut PgConnection, filter: &Filter, most: i64) -> Result<i64> {
    let (since, until) = between(filter.since, filter.until);
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from decision
             where ($1::text is null or environment = $1) and ($2::text is null or instance = $2)
               and ($3::text is null or path = $3 or starts_with(path, $3 || '/'))
               and ($4::timestamptz is null or decided_at >= $4) and ($5::timestamptz is null or decided_at < $5)
               and ($6::text is null or outcome = $6)
             limit $7) found"#,
        filter.environment.as_ref().map(Environment::as_str),
        filter.instance,
        filter.path.as_deref().map(path_of),
        since,
        until,
        filter.outcome.map(|outcome| outcome.to_string()),
        most,
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

async fn select(view: &mut View, question: &Question<Filter, ByTime>, size: usize) -> Result<Page<Judged>> {
    let Question { filter, sort, start } = question;
    let (since, until) = between(filter.since, filter.until);
    let rows = sqlx::query_as!(
        Row,
        r#"select decision_id, environment, instance, path, decided_at, outcome,
                case when pg_column_size(event) < $11 then event->'result' end as "result: Json<Value>",
                event->'bundles' as "bundles: Json<Value>",
                event#>'{metrics,timer_server_handler_ns}' as "nanoseconds: Json<Value>",
                event#>>'{input,resource,name}' as subject
           from decision
           where ($1::text is null or environment = $1) and ($2::text is null or instance = $2)
             and ($3::text is null or path = $3 or starts_with(path, $3 || '/'))
             and ($4::timestamptz is null or decided_at >= $4) and ($5::timestamptz is null or decided_at < $5)
             and ($10::text is null or outcome = $10)
             and ($6::timestamptz is null or case when $8
                  then (decided_at, decision_id) < ($6, $7::text) else (decided_at, decision_id) > ($6, $7::text) end)
           order by case when $8 then decided_at end desc, case when $8 then decision_id end desc, decided_at, decision_id
           limit $9"#,
        filter.environment.as_ref().map(Environment::as_str),
        filter.instance,
        filter.path.as_deref().map(path_of),
        since,
        until,
        start.mark().map(Mark::at),
        start.mark().map(|mark| mark.id.as_str()),
        sort.falls(start),
        size as i64 + 1,
        filter.outcome.map(|outcome| outcome.to_string()),
        LARGEST_TOLD,
    )
    .fetch_all(view.conn())
    .await?;
    let found = rows.into_iter().map(Judged::try_from).collect::<Result<_>>()?;
    let mark = |one: &Judged| Mark::moment(one.line.at, &one.line.decision_id);
    Ok(Page::of(found, start, size, mark))
}

struct Row {
    decision_id: String,
    environment: String,
    instance: String,
    path: String,
    decided_at: DateTime<Utc>,
    outcome: String,
    result: Option<Json<Value>>,
    bundles: Option<Json<Value>>,
    nanoseconds: Option<Json<Value>>,
    subject: Option<String>,
}

impl TryFrom<Row> for Judged {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let findings = row.result.as_deref().map(|result| findings(&row.path, result)).unwrap_or_default();
        let bundles = row.bundles.as_deref().and_then(Value::as_object).into_iter().flatten();
        let revision = |(name, bundle): (&String, &Value)| {
            Some((name.clone(), bundle.get("revision")?.as_str()?.to_owned()))
        };
        Ok(Self {
            line: store::Row {
                decision_id: row.decision_id,
                environment: row.environment,
                instance: row.instance,
                path: row.path,
                decided_at: row.decided_at,
                outcome: row.outcome,
            }
            .try_into()?,
            subject: row.subject.or_else(|| findings.iter().find_map(|one| one.resource.clone())),
            findings,
            revisions: bundles.filter_map(revision).collect(),
            nanoseconds: row.nanoseconds.and_then(|all| all.as_u64()),
        })
    }
}
