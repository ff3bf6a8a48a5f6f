//! Whom the portal knows, for those who grant and review.

use chrono::{DateTime, Utc};

use super::{
    IDLE, SESSION,
    grant::{by_hand, grants_of},
};
use crate::{
    Actor, Id, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Grant},
};

/// People on one page.
const PAGE: i64 = 100;

struct List;
impl Action for List {
    type On = Everything;
    const PERMISSION: Permission = Permission::SeePerson;
}

/// Somebody whom the portal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    pub id: Id<Person>,
    pub name: String,
    pub email: Option<String>,
    /// What they are known by at the provider.
    pub subject: Option<String>,
    /// The groups that they were in when they last signed in.
    pub groups: Vec<String>,
    pub grants: Vec<Grant>,
    /// Those that were given by hand.
    pub by_hand: Vec<Grant>,
    pub disabled_at: Option<DateTime<Utc>>,
    /// Sessions of theirs that are open.
    pub sessions: i64,
}

/// People by their names, a hundred at a time, from the one after `after`, and whether there are more; the demo's only
/// where it has them.
pub async fn people(
    portal: &Portal,
    actor: &Actor,
    after: Option<Id<Person>>,
) -> Result<(Vec<Enrolled>, bool)> {
    let mut view = portal.view::<List>(actor, Everything).await?;
    let (oldest, idle) = (view.at - SESSION, view.at - IDLE);
    let rows = sqlx::query!(
        r#"select id, name, email, disabled_at,
                  (select min(subject) from person_identity where person_id = person.id) as subject,
                  array(select group_name from person_group where person_id = person.id order by 1) as "groups!",
                  (select count(*) from session where person_id = person.id and closed_at is null
                   and opened_at > $1 and used_at > $2) as "sessions!"
           from person
           where (not demo or $3)
             and ($4::uuid is null or (name, id) > (select name, id from person where id = $4))
           order by name, id limit $5"#,
        oldest,
        idle,
        portal.parts.demo,
        after.map(Id::uuid),
        PAGE + 1,
    )
    .fetch_all(view.conn())
    .await?;
    let (page, mut people) =
        (usize::try_from(PAGE).expect("a page is short"), Vec::with_capacity(rows.len()));
    let more = rows.len() > page;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let (mut grants, mut given) = (grants_of(view.conn(), &ids).await?, by_hand(view.conn(), &ids).await?);
    for row in rows.into_iter().take(page) {
        people.push(Enrolled {
            id: row.id.into(),
            name: row.name,
            email: row.email,
            subject: row.subject,
            groups: row.groups,
            grants: as_granted(grants.remove(&row.id).unwrap_or_default()),
            by_hand: given.remove(&row.id).unwrap_or_default(),
            disabled_at: row.disabled_at,
            sessions: row.sessions,
        });
    }
    Ok((people, more))
}

/// Without the policies of owners, which follow from the grants for those.
fn as_granted(grants: Vec<Grant>) -> Vec<Grant> {
    let of_owners = |role| grants.iter().any(|one| one.role == role && matches!(one.scope, Scope::Owner(_)));
    let follows = |one: &&Grant| matches!(one.scope, Scope::Policy(_)) && of_owners(one.role);
    let mut shown: Vec<_> = grants.iter().filter(|one| !follows(one)).cloned().collect();
    shown.sort_by_key(|one| (one.role.to_string(), format!("{:?}", one.scope)));
    shown
}
