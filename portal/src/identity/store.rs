use super::Person;
use crate::{
    Actor, Id, Permission, Portal, Result,
    access::{Action, Everything, Job, Role},
    audit::Event,
};

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePerson;
}

struct Enrol;
impl Action for Enrol {
    type On = Everything;
    const PERMISSION: Permission = Permission::ManagePerson;
    const PROVEN: bool = true;
}

/// One of the demo's people, as the sign-in page offers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPerson {
    pub id: Id<Person>,
    pub name: String,
    /// What they come to do.
    pub about: String,
    pub roles: Vec<Role>,
    /// Whether an admin keeps them out.
    pub disabled: bool,
}

/// Enrols somebody with roles that hold in the whole portal. One of the demo's people who is there
/// already stays as they are.
pub async fn enrol(
    portal: &Portal,
    actor: &Actor,
    name: &str,
    about: &str,
    roles: &[Role],
    demo: bool,
) -> Result<Id<Person>> {
    portal
        .change::<Enrol, _>(actor, Everything, async |change| {
            let (id, at) = (Id::<Person>::fresh(), change.at);
            sqlx::query!(
                "insert into person (id, name, about, demo, created_at) values ($1, $2, $3, $4, $5)",
                id.uuid(),
                name,
                about,
                demo,
                at,
            )
            .execute(change.conn())
            .await?;
            for role in roles {
                sqlx::query!(
                    "insert into person_grant (person_id, role) values ($1, $2)",
                    id.uuid(),
                    role.to_string()
                )
                .execute(change.conn())
                .await?;
            }
            Ok((id, Event::PersonEnrolled { id, name: name.into(), roles: roles.to_vec() }))
        })
        .await
}

/// The demo's people, of whom the sign-in page offers those whom nobody has disabled; nobody where this portal has no
/// demo people.
pub async fn demo_people(portal: &Portal) -> Result<Vec<DemoPerson>> {
    if !portal.parts.demo {
        return Ok(vec![]);
    }
    let mut view = portal.view::<List>(&Actor::Job(Job::SignIn), Everything).await?;
    let rows = sqlx::query!(
        r#"select person.id, person.name, person.about, disabled_at is not null as "disabled!", array_agg(person_grant.role order by person_grant.role) as "roles!"
         from person join person_grant on person_grant.person_id = person.id
         where person.demo group by person.id order by person.created_at, person.name"#
    )
    .fetch_all(view.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DemoPerson {
            id: row.id.into(),
            name: row.name,
            about: row.about,
            disabled: row.disabled,
            roles: row.roles.iter().filter_map(|role| role.parse().ok()).collect(),
        })
        .collect())
}
