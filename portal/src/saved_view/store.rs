use super::{LONGEST_NAME, LONGEST_QUERY, MOST, SavedView};
use crate::{
    Actor, Id, Invalid, Permission, Portal, Result,
    access::{Action, Everything},
    audit::Event,
    list::List,
};

struct Keep;
impl Action for Keep {
    type On = Everything;
    const PERMISSION: Permission = Permission::KeepView;
}

/// The views that somebody keeps of a list, by name. Nobody but a person keeps any.
pub async fn of(portal: &Portal, actor: &Actor, list: List) -> Result<Vec<SavedView>> {
    let Some(person) = actor.by().and_then(|by| by.person()) else { return Ok(vec![]) };
    if !actor.may_somewhere(Keep::PERMISSION) {
        return Ok(vec![]);
    }
    let mut view = portal.view::<Keep>(actor, Everything).await?;
    let rows = sqlx::query_as!(
        SavedView,
        "select id, name, query from saved_view where person_id = $1 and list = $2 order by name",
        person.uuid(),
        list.to_string(),
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows)
}

/// Keeps what a list's address asks under a name; what was kept under it before is replaced.
pub async fn keep(portal: &Portal, actor: &Actor, list: List, name: &str, query: &str) -> Result<SavedView> {
    let name = name.trim().to_owned();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || name.contains(char::is_control) {
        return Err(Invalid::new("name", format!("takes 1 to {LONGEST_NAME} characters")).into());
    }
    if query.chars().count() > LONGEST_QUERY || query.contains(char::is_control) {
        return Err(Invalid::new("query", format!("takes at most {LONGEST_QUERY} characters")).into());
    }
    portal
        .change::<Keep, _>(actor, Everything, async |change| {
            let (person, at) = (change.person()?.id, change.at);
            let id = sqlx::query_scalar!(
                "insert into saved_view (id, person_id, list, name, query, saved_at)
                 select $1, $2, $3, $4, $5, $6
                 where exists (select from saved_view where person_id = $2 and list = $3 and name = $4)
                    or (select count(*) from saved_view where person_id = $2 and list = $3) < $7
                 on conflict (person_id, list, name) do update set query = $5, saved_at = $6
                 returning id",
                Id::<SavedView>::fresh().uuid(),
                person.uuid(),
                list.to_string(),
                name,
                query,
                at,
                MOST,
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or_else(|| Invalid::new("name", format!("you keep {MOST} views of this list already")))?;
            let event = Event::ViewKept { list, name: name.clone() };
            Ok((SavedView { id: id.into(), name, query: query.to_owned() }, event))
        })
        .await
}

/// Throws one of one's own views away.
///
/// # Errors
/// Not found where there is none, or it is somebody else's.
pub async fn remove(portal: &Portal, actor: &Actor, id: Id<SavedView>) -> Result<()> {
    portal
        .change::<Keep, _>(actor, Everything, async |change| {
            let person = change.person()?.id;
            let gone = sqlx::query!(
                "delete from saved_view where id = $1 and person_id = $2 returning list, name",
                id.uuid(),
                person.uuid(),
            )
            .fetch_optional(change.conn())
            .await?
            .ok_or_else(|| crate::Error::NotFound("view".into()))?;
            let list = gone.list.parse().map_err(|_| crate::Error::internal("list", &gone.list))?;
            Ok(((), Event::ViewRemoved { list, name: gone.name }))
        })
        .await
}
