//! Lists of exceptions: found, waiting for an answer, and soon to end.

use chrono::TimeDelta;

use super::{List, Row};
use crate::{
    Actor, Id, Permission, Person, Portal, Result,
    access::{Action, Everything, Reach, door::View},
    exception::{ANSWERED_WITHIN, Exception, Filter, Number, Standing},
    search::anywhere,
};

/// The longest list that one question gets.
const PAGE: i64 = 50;

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
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let mine = filter.mine.then(|| actor.by().and_then(|by| by.answerable())).flatten();
    let whose = Whose { asked_by: mine, others_than: None };
    select(&mut view, &reach, filter, whose, Order::Newest(before)).await
}

/// Requests that the actor may answer, the one that lapses first at the head; at most 50.
pub async fn waiting(portal: &Portal, actor: &Actor) -> Result<Vec<Exception>> {
    if !actor.may_somewhere(Answer::PERMISSION) {
        return Ok(vec![]);
    }
    let (mut view, reach) = portal.list::<Answer>(actor).await?;
    let whose = Whose { asked_by: None, others_than: actor.by().and_then(|by| by.answerable()) };
    let filter = Filter { standing: Some(Standing::Requested), ..Filter::default() };
    select(&mut view, &reach, filter, whose, Order::Oldest).await
}

/// How many requests [`waiting`] would find, were there no end to it.
pub async fn waiting_for(portal: &Portal, actor: &Actor) -> Result<usize> {
    if !actor.may_somewhere(Answer::PERMISSION) {
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

/// Exceptions that end within 14 days, the first to end at the head; at most 50.
pub async fn ending(portal: &Portal, actor: &Actor) -> Result<Vec<Exception>> {
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let whose = Whose { asked_by: None, others_than: None };
    let filter = Filter { standing: Some(Standing::Expiring), ..Filter::default() };
    select(&mut view, &reach, filter, whose, Order::Ending).await
}

/// Which come first; the newest may go on from the one before a number.
enum Order {
    Newest(Option<Number>),
    Oldest,
    Ending,
}

struct Whose {
    asked_by: Option<Id<Person>>,
    others_than: Option<Id<Person>>,
}

async fn select(
    view: &mut View,
    reach: &Reach,
    filter: Filter,
    whose: Whose,
    order: Order,
) -> Result<Vec<Exception>> {
    let (now, policies) = (view.at, reach.policies());
    let text = filter.text.as_deref().map(anywhere);
    let (before, first) = match order {
        Order::Newest(before) => (before, "newest"),
        Order::Oldest => (None, "oldest"),
        Order::Ending => (None, "ending"),
    };
    let rows = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where ($1::uuid[] is null or policy_id = any($1)) and ($2::bigint is null or number < $2)
             and ($3::text is null or package = $3) and ($4::text is null or $4 = any (environments))
             and ($5::uuid is null or requested_by = $5)
             and ($6::text is null or ticket ilike $6 or rule ilike $6 or justification ilike $6
                  or array_to_string(resources, ' ') ilike $6 or 'EXC-' || lpad(number::text, 3, '0') ilike $6)
             and ($7::text is null or $7 = case
                  when state = 'requested' and requested_at <= $8 then 'lapsed'
                  when state = 'approved' and ends_at <= $9 then 'expired'
                  when state = 'approved' and ends_at <= $10 then 'expiring'
                  when state = 'approved' then 'in-force'
                  else state end)
             and ($12::uuid is null or requested_by <> $12)
           order by case when $13 = 'ending' then ends_at end, case when $13 = 'oldest' then number end, number desc
           limit $11"#,
        policies.as_deref(),
        before.map(|number| number.0),
        filter.package,
        filter.environment.as_ref().map(crate::Environment::as_str),
        whose.asked_by.map(Id::uuid),
        text,
        filter.standing.map(|standing| standing.to_string()),
        now - ANSWERED_WITHIN,
        now,
        now + TimeDelta::days(14),
        PAGE,
        whose.others_than.map(Id::uuid),
        first,
    )
    .fetch_all(view.conn())
    .await?;
    rows.into_iter().map(Exception::try_from).collect()
}
