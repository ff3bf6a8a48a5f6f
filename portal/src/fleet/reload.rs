//! Reload: every held poll of an environment is answered at once, on every server.

use serde::{Deserialize, Serialize};

use crate::{
    Actor, Environment, Permission, Portal, Result,
    access::{Action, door::RELOAD_CHANNEL},
    audit::Event,
    environment,
};

struct Trigger;
impl Action for Trigger {
    type On = Environment;
    const PERMISSION: Permission = Permission::ReloadFleet;
}

/// What a reload set off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    pub environment: Environment,
    /// Live instances whose held polls are answered now.
    pub instances: u32,
}

pub async fn reload(portal: &Portal, actor: &Actor, environment: Environment) -> Result<Reload> {
    let on = environment.clone();
    portal
        .change::<Trigger, _>(actor, on, async |change| {
            environment::place(change.conn(), &environment).await?;
            let since = change.at - super::SILENT_AFTER;
            let instances = sqlx::query_scalar!(
                r#"select count(*) as "count!" from fleet where environment = $1 and last_seen >= $2"#,
                environment.as_str(),
                since,
            )
            .fetch_one(change.conn())
            .await?;
            sqlx::query!("select pg_notify($1, $2)", RELOAD_CHANNEL, environment.as_str())
                .execute(change.conn())
                .await?;
            let reload = Reload { environment: environment.clone(), instances: instances as u32 };
            Ok((reload, Event::ReloadTriggered { environment: environment.clone() }))
        })
        .await
}
