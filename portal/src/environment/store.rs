use sqlx::PgConnection;

use super::{Environment, Place};
use crate::{
    Actor, Error, Permission, Portal, Result, Scope,
    access::{Action, Everything, Target},
};

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeeRelease;
}

impl Target for Environment {
    const NAME: &str = "environment";
    const SEE: Option<Permission> = None;
    async fn scope(&self, conn: &mut PgConnection) -> Result<Scope> {
        place(conn, self).await.map(|place| Scope::Environment(place.environment))
    }
}

/// All environments, in the order in which versions move through them.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<Place>> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let rows = sqlx::query_as!(Row, "select name, position, guarded from environment order by position")
        .fetch_all(view.conn())
        .await?;
    Ok(rows.into_iter().map(Place::from).collect())
}

pub(crate) async fn place(conn: &mut PgConnection, environment: &Environment) -> Result<Place> {
    let row = sqlx::query_as!(
        Row,
        "select name, position, guarded from environment where name = $1",
        environment.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Place::from).ok_or_else(|| Error::NotFound(Environment::NAME.into()))
}

/// The environment that versions come from, if it is not the first.
pub(crate) async fn before(conn: &mut PgConnection, place: &Place) -> Result<Option<Environment>> {
    let name = sqlx::query_scalar!(
        "select name from environment where position < $1 order by position desc limit 1",
        place.position
    )
    .fetch_optional(conn)
    .await?;
    Ok(name.map(Environment))
}

struct Row {
    name: String,
    position: i32,
    guarded: bool,
}

impl From<Row> for Place {
    fn from(row: Row) -> Self {
        Self { environment: Environment(row.name), position: row.position, guarded: row.guarded }
    }
}
