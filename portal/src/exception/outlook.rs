//! What a request would meet, before somebody makes it.

use super::{Number, Outlook, request::MOST_RESOURCES, store::List};
use crate::{
    Actor, Environment, Invalid, Permission, Portal, Result,
    access::{Everything, Role},
    policy,
    report::Severity,
};
use strum::VariantArray;

/// Names that a page shows; whoever else may decide is counted.
const MOST: usize = 20;

/// What leave from a rule for these resources would meet: how severe the policy is where it would hold, which other
/// exceptions hold there already, and who would be asked.
pub async fn outlook(
    portal: &Portal,
    actor: &Actor,
    package: &str,
    rule: &str,
    resources: &[String],
    environments: &[Environment],
) -> Result<Outlook> {
    if resources.len() > MOST_RESOURCES {
        return Err(Invalid::new("resources", format!("name 1 to {MOST_RESOURCES} resources")).into());
    }
    let mut view = portal.view::<List>(actor, Everything).await?;
    let policy = policy::by_package(view.conn(), package).await?;
    let described = policy::described(view.conn(), &policy, environments).await?;
    let severity: Severity = described.iter().map(|one| one.severity).fold(policy.severity, Severity::max);
    let now = view.at;
    let held = sqlx::query_scalar!(
        "select number from exception
         where state = 'approved' and ends_at > $1 and package = $2 and rule = $3 and resources && $4
         order by number limit 20",
        now,
        package,
        rule,
        resources,
    )
    .fetch_all(view.conn())
    .await?;
    let roles: Vec<String> = Role::VARIANTS
        .iter()
        .filter(|role| role.allows(Permission::DecideException))
        .map(Role::to_string)
        .collect();
    // Nobody decides their own request.
    let asker = match actor {
        Actor::Person { id, .. } => Some(id.uuid()),
        _ => None,
    };
    let deciders = sqlx::query_scalar!(
        r#"select distinct person.name from person join held on person_id = person.id
           where disabled_at is null and role = any ($1) and environment is null and (policy_id is null or policy_id = $2)
             and person.id is distinct from $3
           order by 1"#,
        &roles,
        policy.id.uuid(),
        asker,
    )
    .fetch_all(view.conn())
    .await?;
    let more = deciders.len().saturating_sub(MOST);
    let deciders = deciders.into_iter().take(MOST).collect();
    Ok(Outlook { severity, held: held.into_iter().map(Number).collect(), deciders, more })
}
