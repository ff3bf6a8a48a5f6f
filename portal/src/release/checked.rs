//! Releases as an auditor is shown them: with who confirmed them, and what their versions were checked for.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Promotion, PromotionState, Release,
    store::{See, find, find_promotion},
};
use crate::{Actor, Id, Portal, Result, access::Everything, identity::Who, report::Outcome};

/// A release with what it stands on.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    #[serde(flatten)]
    pub(crate) release: Release,
    /// Who asked for it and who confirmed it, where the environment is guarded.
    promotion: Option<Confirmed>,
    /// What came of each check of its version; none of the exceptions bundle, which has no versions.
    checks: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
struct Confirmed {
    id: Id<Promotion>,
    asked_by: Who,
    asked_at: DateTime<Utc>,
    reason: String,
    state: PromotionState,
}

/// The releases of a period, by their sequence, behind that of `after`.
pub(crate) async fn of_period(
    portal: &Portal,
    actor: &Actor,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    after: i64,
    most: i64,
) -> Result<Vec<Checked>> {
    let mut view = portal.view::<See>(actor, Everything).await?;
    // A confirmation and its release are one change, so that they bear one moment.
    let rows = sqlx::query!(
        r#"select release.id,
                (select promotion.id from promotion
                 where promotion.environment = release.environment and promotion.version_id = release.version_id
                   and state = 'confirmed' and decided_at = released_at limit 1) as "promotion: Uuid",
                (select report->'outcomes' from version join changeset on changeset.id = changeset_id
                 where version.id = release.version_id) as "checks: Json<Vec<Outcome>>"
           from release where released_at >= $1 and released_at < $2 and sequence > $3 order by sequence limit $4"#,
        since,
        until,
        after,
        most,
    )
    .fetch_all(view.conn())
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let release = find(view.conn(), row.id.into()).await?;
        let promotion = match row.promotion {
            Some(id) => Some(Confirmed::from(find_promotion(view.conn(), id.into()).await?)),
            None => None,
        };
        found.push(Checked {
            release,
            promotion,
            checks: row.checks.map(|checks| checks.0).unwrap_or_default(),
        });
    }
    Ok(found)
}

impl From<Promotion> for Confirmed {
    fn from(Promotion { id, asked_by, asked_at, reason, state, .. }: Promotion) -> Self {
        Self { id, asked_by, asked_at, reason, state }
    }
}
