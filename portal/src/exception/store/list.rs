//! Lists of exceptions: found, waiting for an answer, and soon to end.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{List, Row, find};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result,
    access::{Action, Everything, Reach, door::View},
    audit::Event,
    exception::{ANSWERED_WITHIN, ENDS_SOON, Exception, Filter, Number, Order, State},
    list::{self, COUNTED, EXPORTED, Hits, Mark, Page, Question, SIZE, Start},
    report::Severity,
    search::anywhere,
};

struct Answer;
impl Action for Answer {
    type On = Everything;
    const PERMISSION: Permission = Permission::DecideException;
}

/// The exceptions that the actor may see, newest first, from the one before `before`; 50 at a time.
pub async fn list(
    portal: &Portal,
    actor: &Actor,
    filter: Filter,
    before: Option<Number>,
) -> Result<Vec<Exception>> {
    let start = before.map_or(Start::Head, |number| Start::After(mark_of(number.0, number)));
    let question = Question { filter, sort: Order::Newest, start };
    batch(portal, actor, &question, SIZE).await.map(|page| page.rows)
}

/// A page of the exceptions that the actor may see, and how many there are.
///
/// Of 20,000 exceptions a page takes 3 ms, and 25 ms where a text is looked for that is in many of them.
pub async fn search(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, Order>,
) -> Result<(Page<Exception>, Hits)> {
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let whose = Whose::asked(&question.filter, actor);
    view.plan_anew().await?;
    let at = view.at;
    let hits = count(view.conn(), at, &reach, &question.filter, &whose, COUNTED + 1).await?;
    let page = match hits {
        // What is nowhere is looked for once.
        0 => Page::of(vec![], &question.start, SIZE, |exception| mark(exception, question.sort)),
        _ => select(&mut view, &reach, question, &whose, SIZE).await?,
    };
    Ok((page, Hits::counted(hits)))
}

/// A page of that many of them, without a count.
pub async fn batch(
    portal: &Portal,
    actor: &Actor,
    question: &Question<Filter, Order>,
    size: usize,
) -> Result<Page<Exception>> {
    let (mut view, reach) = portal.list::<List>(actor).await?;
    view.plan_anew().await?;
    select(&mut view, &reach, question, &Whose::asked(&question.filter, actor), size).await
}

/// The exceptions that were asked for before the period's end and were not over before its beginning, by their numbers,
/// behind that of `after`. For whoever may see every exception.
pub(crate) async fn of_period(
    portal: &Portal,
    actor: &Actor,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    after: i64,
    most: i64,
) -> Result<Vec<Exception>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where requested_at < $2 and number > $3
             and case state
                 when 'requested' then requested_at + $4::interval
                 when 'approved' then ends_at
                 when 'revoked' then revoked_at
                 else decided_at end >= $1
           order by number limit $5"#,
        since,
        until,
        after,
        sqlx::postgres::types::PgInterval::try_from(ANSWERED_WITHIN).expect("a week is an interval"),
        most,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Exception::try_from).collect()
}

/// Those of these that the actor may see, as they stand; of too many, the first of them.
pub async fn chosen(portal: &Portal, actor: &Actor, numbers: &[Number]) -> Result<Vec<Exception>> {
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let mut chosen = Vec::new();
    for number in numbers.iter().take(SIZE) {
        match find(view.conn(), *number).await {
            Ok(exception) if reach.holds(exception.policy) => chosen.push(exception),
            Ok(_) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(chosen)
}

/// Writes down that the list leaves the portal as a file, and says with how many rows. For whoever may see every
/// exception.
///
/// # Errors
/// Invalid where they are too many.
pub async fn exported(portal: &Portal, actor: &Actor, question: &Question<Filter, Order>) -> Result<u32> {
    let whose = Whose::asked(&question.filter, actor);
    portal
        .change::<List, _>(actor, Everything, async |change| {
            let at = change.at;
            let count =
                count(change.conn(), at, &Reach::Everything, &question.filter, &whose, EXPORTED + 1).await?;
            let rows = list::exportable(count)?;
            let event = Event::ListExported { list: list::List::Exceptions, query: question.query(), rows };
            Ok((rows, event))
        })
        .await
}

/// Requests that the actor may answer, the one that lapses first at the head; at most 50.
pub async fn waiting(portal: &Portal, actor: &Actor) -> Result<Vec<Exception>> {
    if actor.reach(Answer::PERMISSION).is_nothing() {
        return Ok(vec![]);
    }
    let (mut view, reach) = portal.list::<Answer>(actor).await?;
    let filter = Filter { for_me: true, ..Filter::default() };
    let whose = Whose::asked(&filter, actor);
    let question = Question { filter, sort: Order::Oldest, start: Start::Head };
    select(&mut view, &reach, &question, &whose, SIZE).await.map(|page| page.rows)
}

/// How many requests [`waiting`] would find, were there no end to it.
pub async fn waiting_for(portal: &Portal, actor: &Actor) -> Result<usize> {
    if actor.reach(Answer::PERMISSION).is_nothing() {
        return Ok(0);
    }
    let (mut view, reach) = portal.list::<Answer>(actor).await?;
    let (since, policies) = (view.at - ANSWERED_WITHIN, reach.policies());
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from exception
           where state = 'requested' and requested_at > $1 and ($2::uuid[] is null or policy_id = any($2))
             and requested_by is distinct from $3"#,
        since,
        policies.as_deref(),
        actor.by().and_then(|by| by.answerable()).map(Id::uuid),
    )
    .fetch_one(view.conn())
    .await?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// What of a filter depends on who asks.
#[derive(Default)]
struct Whose {
    asked_by: Option<Id<Person>>,
    others_than: Option<Id<Person>>,
    /// The policies on which they answer, where that narrows the list; none where they answer on all.
    answered: Option<Vec<uuid::Uuid>>,
}

impl Whose {
    fn asked(filter: &Filter, actor: &Actor) -> Self {
        let me = || actor.by().and_then(|by| by.answerable());
        Self {
            asked_by: filter.mine.then(me).flatten(),
            others_than: filter.for_me.then(me).flatten(),
            answered: filter.for_me.then(|| actor.reach(Answer::PERMISSION).policies()).flatten(),
        }
    }
}

/// An exception's place in this order.
fn mark(exception: &Exception, order: Order) -> Mark {
    let ends = match &exception.state {
        State::Approved(approval) | State::Revoked { approval, .. } => approval.ends_at,
        State::Requested | State::Denied { .. } | State::Withdrawn { .. } => exception.wanted_until,
    };
    let key = match order {
        Order::Newest | Order::Oldest => exception.number.0,
        Order::EndsFirst | Order::EndsLast => ends.timestamp_micros(),
        Order::MostSevere | Order::LeastSevere => match exception.severity {
            Severity::Critical => 4,
            Severity::High => 3,
            Severity::Medium => 2,
            Severity::Low => 1,
        },
    };
    mark_of(key, exception.number)
}

fn mark_of(key: i64, number: Number) -> Mark {
    Mark { key, id: number.0.to_string() }
}

async fn count(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    reach: &Reach,
    filter: &Filter,
    whose: &Whose,
    most: i64,
) -> Result<i64> {
    let policies = reach.policies();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
             select from exception
             where ($1::uuid[] is null or policy_id = any($1)) and ($2::text is null or package = $2)
               and ($3::text is null or $3 = any (environments)) and ($4::uuid is null or requested_by = $4)
               and ($5::text is null or words like lower($5)) and ($6::text is null or severity = $6)
               and ($7::text is null or case $7
                    when 'requested' then state = 'requested' and requested_at > $8
                    when 'lapsed' then state = 'requested' and requested_at <= $8
                    when 'expired' then state = 'approved' and ends <= $9
                    when 'expiring' then state = 'approved' and ends > $9 and ends <= $10
                         and (ends - $9::timestamptz) * 4 <= ends - decided_at
                    when 'in-force' then state = 'approved' and ends > $9
                    else state = $7 end)
               and (not $12 or state = 'requested' and requested_at > $8)
               and ($13::uuid is null or requested_by <> $13) and ($14::uuid[] is null or policy_id = any ($14))
             limit $11) found"#,
        policies.as_deref(),
        filter.package,
        filter.environment.as_ref().map(crate::Environment::as_str),
        whose.asked_by.map(Id::uuid),
        filter.text.as_deref().map(anywhere),
        filter.severity.map(|severity| severity.to_string()),
        filter.standing.map(|standing| standing.to_string()),
        now - ANSWERED_WITHIN,
        now,
        now + ENDS_SOON,
        most,
        filter.for_me,
        whose.others_than.map(Id::uuid),
        whose.answered.as_deref(),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

async fn select(
    view: &mut View,
    reach: &Reach,
    question: &Question<Filter, Order>,
    whose: &Whose,
    size: usize,
) -> Result<Page<Exception>> {
    let (now, policies, filter) = (view.at, reach.policies(), &question.filter);
    let order = if question.start.is_backwards() { question.sort.reversed() } else { question.sort };
    let mark = question.start.mark();
    let rows = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where ($1::uuid[] is null or policy_id = any($1)) and ($2::text is null or package = $2)
             and ($3::text is null or $3 = any (environments)) and ($4::uuid is null or requested_by = $4)
             and ($5::text is null or words like lower($5)) and ($6::text is null or severity = $6)
             and ($7::text is null or case $7
                  when 'requested' then state = 'requested' and requested_at > $8
                  when 'lapsed' then state = 'requested' and requested_at <= $8
                  when 'expired' then state = 'approved' and ends <= $9
                  when 'expiring' then state = 'approved' and ends > $9 and ends <= $10
                       and (ends - $9::timestamptz) * 4 <= ends - decided_at
                  when 'in-force' then state = 'approved' and ends > $9
                  else state = $7 end)
             and ($12::uuid is null or requested_by <> $12)
             and (not $17 or state = 'requested' and requested_at > $8)
             and ($18::uuid[] is null or policy_id = any ($18))
             and ($13::bigint is null or case $16
                  when 'number' then number > $13
                  when '-number' then number < $13
                  when 'ends' then (ends, number) > ($14::timestamptz, $13)
                  when '-ends' then (ends, number) < ($14::timestamptz, $13)
                  when 'severity' then (rank, number) > ($15::int, $13)
                  else (rank, number) < ($15::int, $13) end)
           order by case when $16::text = 'ends' then ends end, case when $16 = '-ends' then ends end desc,
                    case when $16 = 'severity' then rank end, case when $16 = '-severity' then rank end desc,
                    case when $16 in ('number', 'ends', 'severity') then number end, number desc
           limit $11"#,
        policies.as_deref(),
        filter.package,
        filter.environment.as_ref().map(crate::Environment::as_str),
        whose.asked_by.map(Id::uuid),
        filter.text.as_deref().map(anywhere),
        filter.severity.map(|severity| severity.to_string()),
        filter.standing.map(|standing| standing.to_string()),
        now - ANSWERED_WITHIN,
        now,
        now + ENDS_SOON,
        size as i64 + 1,
        whose.others_than.map(Id::uuid),
        mark.map(|mark| mark.id.parse::<i64>().unwrap_or_default()),
        mark.map(Mark::at),
        mark.map(|mark| mark.key as i32),
        order.to_string(),
        filter.for_me,
        whose.answered.as_deref(),
    )
    .fetch_all(view.conn())
    .await?;
    let found = rows.into_iter().map(Exception::try_from).collect::<Result<_>>()?;
    Ok(Page::of(found, &question.start, size, |exception| self::mark(exception, question.sort)))
}
