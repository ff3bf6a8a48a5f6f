use chrono::{SubsecRound, TimeDelta};
use strum::VariantArray;

use super::{
    Day, HOURS, Outcome,
    store::{See, outcome},
};
use crate::{Actor, Portal, Result, access::Everything};

/// What the decisions of the last 24 hours came to.
///
/// # Errors
/// Forbidden to whoever may not see the decisions of every environment.
pub async fn day(portal: &Portal, actor: &Actor) -> Result<Day> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    let hours = i64::try_from(HOURS).expect("a day has few hours");
    let mut day = Day::from(view.at.trunc_subsecs(0) - TimeDelta::hours(hours));
    // All outcomes by name, so that the index is enough: no event is read.
    let outcomes: Vec<String> = Outcome::VARIANTS.iter().map(Outcome::to_string).collect();
    let rows = sqlx::query!(
        r#"select date_bin('1 hour', decided_at, $1) as "begin!", outcome, count(*) as "count!" from decision
           where outcome = any($2) and decided_at >= $1 group by 1, 2"#,
        day.since,
        &outcomes,
    )
    .fetch_all(view.conn())
    .await?;
    for row in rows {
        day.count(row.begin, outcome(&row.outcome), u64::try_from(row.count).unwrap_or_default());
    }
    let aside = sqlx::query_scalar!(
        r#"select count(*) as "count!" from decision_quarantine where received_at >= $1"#,
        day.since,
    )
    .fetch_one(view.conn())
    .await?;
    day.put_aside = u64::try_from(aside).unwrap_or_default();
    Ok(day)
}
