//! Exceptions by what people call them.

use super::{List, Row};
use crate::{
    Actor, Portal, Result,
    exception::{Exception, Number},
    find::Hit,
    search::anywhere,
};

/// The exceptions of this number, or with these words in a resource or the ticket: the newest so many.
pub(crate) async fn find(
    portal: &Portal,
    actor: &Actor,
    number: Option<Number>,
    words: Option<&str>,
    most: i64,
) -> Result<Vec<Hit>> {
    if actor.reach(super::Permission::SeeException).is_nothing() || (number.is_none() && words.is_none()) {
        return Ok(vec![]);
    }
    let (mut view, reach) = portal.list::<List>(actor).await?;
    let (now, policies) = (view.at, reach.policies());
    // Each side of the `or` has an index of its own.
    let rows = sqlx::query_as!(
        Row,
        r#"select exception.id, number, policy_id, package, severity, rule, resources, environments, justification,
                ticket, category, wanted_until, requested_by, requester.name as requester, requested_at, state,
                decided_by, decider.name as "decider?", decided_at, ends_at, decision,
                revoked_by, revoker.name as "revoker?", revoked_at, revocation
           from exception join person requester on requester.id = requested_by
           left join person decider on decider.id = decided_by left join person revoker on revoker.id = revoked_by
           where ($1::uuid[] is null or policy_id = any($1))
             and (number = $2 or exception_words(resources, ticket) ilike $3)
           order by number desc limit $4"#,
        policies.as_deref(),
        number.map(|number| number.0),
        words.map(anywhere),
        most,
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
