use std::fmt;

use sqlx::PgConnection;

use crate::{Permission, Result, Scope};

/// Something an actor asks to do, and the permission it takes.
pub(crate) trait Action: Send + Sync + 'static {
    type On: Target;
    const PERMISSION: Permission;
    /// Whether it is done also while the portal is read-only: what alters nothing that is in force.
    const WHILE_READ_ONLY: bool = false;
    /// Whether a person must have proved lately who they are: what most depends on that.
    const PROVEN: bool = false;
}

/// What an action is done to. Its scope decides which grants count.
pub(crate) trait Target: Clone + fmt::Display + Send + Sync + 'static {
    const NAME: &str;
    /// Without this permission its existence is not admitted either; `None` where it is no secret.
    const SEE: Option<Permission>;
    /// Found with a plain select: asking must not hold up whoever is changing it. A deed locks.
    fn scope(&self, conn: &mut PgConnection) -> impl Future<Output = Result<Scope>> + Send;

    /// The same of what is done to several things at once: it has to be allowed on each. Of none of them it has to be
    /// allowed somewhere.
    fn scopes(&self, conn: &mut PgConnection) -> impl Future<Output = Result<Vec<Scope>>> + Send {
        async { Ok(vec![self.scope(conn).await?]) }
    }
}

/// What a list, a setting or a report is done to: no one thing, but the portal.
#[derive(Clone, Copy)]
pub(crate) struct Everything;

impl Target for Everything {
    const NAME: &str = "portal";
    const SEE: Option<Permission> = None;
    async fn scope(&self, _: &mut PgConnection) -> Result<Scope> {
        Ok(Scope::Portal)
    }
}

impl fmt::Display for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("everything")
    }
}
