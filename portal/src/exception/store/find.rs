//! Exceptions by what people call them.

use super::{List, Row};
use crate::{
    Actor, Portal, Result,
    exception::{Exception, Number},
    find::Hit,
    search::anywhere,
};

/// The exceptions of this number, of one in these ranges, or with these words in a resource, the rule or the ticket:
/// the newest so many.
pub(crate) async fn find(
    portal: &Portal,
    actor: &Actor,
    number: Option<Number>,
    ranges: &[(i64, i64)],
    words: Option<&str>,
    most: i64,
) -> Result<Vec<Hit>> {
    let asks_nothing = number.is_none() && ranges.is_empty() && words.is_none();
    if actor.reach(super::Permission::SeeException).is_nothing() || asks_nothing {
        return Ok(vec![]);
    }
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let (now, policies) = (view.at, reach.policies());
    let (from, to): (Vec<i64>, Vec<i64>) = ranges.iter().copied().unzip();
    // Each side of the `or` has an index of its own. Of the ranges so many are taken that the number itself is left.
    let rows = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where ($1::uuid[] is null or policy_id = any($1))
             and (number = $2 or exception_names(resources, rule, ticket) ilike $3
                  or number = any (array(
                      select begun.number from unnest($5::bigint[], $6::bigint[]) as range (low, high)
                      cross join lateral (
                          select one.number from exception one
                          where one.number between low and high and ($1::uuid[] is null or one.policy_id = any($1))
                          order by one.number desc limit $4::bigint - 1) begun
                      order by 1 desc limit $4::bigint - 1)))
           order by number desc limit $4"#,
        policies.as_deref(),
        number.map(|number| number.0),
        words.map(anywhere),
        most,
        &from,
        &to,
    )
    .fetch_all(view.conn())
    .await?;
    let hit = |row: Row| {
        let found = Exception::try_from(row)?;
        let standing = found.standing(now);
        Ok(Hit::Exception { number: found.number, resources: found.resources, rule: found.rule, standing })
    };
    rows.into_iter().map(hit).collect()
}
