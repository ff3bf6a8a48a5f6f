//! Somebody whom the identity provider vouches for: how they come in, and who they are from then on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Refusal, Secret, admin, session};
use crate::{
    Actor, Error, Id, Permission, Person, Portal, Result, Scope,
    access::{Action, Everything, Role},
    audit::Event,
};

/// Characters of a name.
const NAME: usize = 200;
/// Characters of a mail address (RFC 3696, erratum 1690, and the angle brackets around it).
const EMAIL: usize = 320;
/// Groups of one person. Whoever is in more has the others left out, which is logged.
const GROUPS: usize = 500;
/// Characters of a group's name.
const GROUP: usize = 256;

/// What the provider says of somebody, once all of it was verified.
#[derive(Debug, Clone)]
pub struct Proven {
    pub issuer: String,
    /// Theirs alone at that issuer, and nobody's after them: the one thing by which they are known.
    pub subject: String,
    pub name: String,
    pub email: Option<String>,
    pub groups: Vec<String>,
    /// Whether a setting makes them an admin.
    pub admin: bool,
    pub session: ProviderSession,
}

/// What a session by the provider is known by there.
#[derive(Debug, Clone, Default)]
pub struct ProviderSession {
    pub id: Option<String>,
    pub id_token: Option<String>,
    pub proven_at: Option<DateTime<Utc>>,
    /// What the browser calls itself.
    pub browser: String,
}

struct Admit;
impl Action for Admit {
    type On = Everything;
    const PERMISSION: Permission = Permission::OpenSession;
}

/// Signs somebody in, whom it enrols if they have never been here.
///
/// # Errors
/// Refused where an admin has disabled them, and no setting names them.
pub async fn sign_in_proven(portal: &Portal, visitor: &Actor, proven: Proven) -> Result<Secret> {
    let proven = proven.cleaned();
    let person = match find(portal, visitor, &proven).await? {
        Some(person) => person,
        None => enrol(portal, visitor, &proven).await?,
    };
    if proven.admin {
        let_in_again(portal, visitor, person).await?;
        make_admin(portal, visitor, person, &proven.name).await?;
    }
    portal
        .change::<Admit, _>(visitor, Everything, async |change| {
            let at = change.at;
            renew(change.conn(), person, &proven).await?;
            let secret =
                session::insert(change.conn(), person, at, Some((&proven.issuer, &proven.session))).await?;
            Ok((secret, Event::SignedIn { id: person, name: proven.name.clone() }))
        })
        .await
}

async fn find(portal: &Portal, visitor: &Actor, proven: &Proven) -> Result<Option<Id<Person>>> {
    let mut view = portal.view::<Admit>(visitor, Everything).await?;
    let found = sqlx::query_scalar!(
        "select person_id from person_identity where issuer = $1 and subject = $2",
        &proven.issuer,
        &proven.subject,
    )
    .fetch_optional(view.conn())
    .await?;
    Ok(found.map(Id::from))
}

/// Whoever comes for the first time through two windows at once is enrolled once.
async fn enrol(portal: &Portal, visitor: &Actor, proven: &Proven) -> Result<Id<Person>> {
    let enrolled = portal
        .change::<Admit, _>(visitor, Everything, async |change| {
            let (id, at) = (Id::<Person>::fresh(), change.at);
            sqlx::query!(
                "insert into person (id, name, created_at) values ($1, $2, $3)",
                id.uuid(),
                &proven.name,
                at
            )
            .execute(change.conn())
            .await?;
            let new = sqlx::query!(
                "insert into person_identity (issuer, subject, person_id) values ($1, $2, $3) on conflict do nothing",
                &proven.issuer,
                &proven.subject,
                id.uuid(),
            )
            .execute(change.conn())
            .await?;
            if new.rows_affected() == 0 {
                return Err(Error::NotFound("new person".into()));
            }
            Ok((id, Event::PersonEnrolled { id, name: proven.name.clone(), roles: vec![] }))
        })
        .await;
    match enrolled {
        Err(Error::NotFound(_)) => {
            find(portal, visitor, proven).await?.ok_or_else(|| Error::NotFound("person".into()))
        }
        enrolled => enrolled,
    }
}

/// Nobody keeps out whom a setting names: it is the way back of an owner whom another admin has locked out.
async fn let_in_again(portal: &Portal, visitor: &Actor, person: Id<Person>) -> Result<()> {
    let enabled =
        portal.change::<Admit, _>(visitor, Everything, async |change| admin::enabled(change, person).await);
    match enabled.await {
        Err(Error::Identity(Refusal::NotDisabled)) => Ok(()),
        enabled => enabled,
    }
}

/// What a setting grants is granted by hand, and stays when the setting goes: an admin may then remove it.
async fn make_admin(portal: &Portal, visitor: &Actor, person: Id<Person>, name: &str) -> Result<()> {
    let mut view = portal.view::<Admit>(visitor, Everything).await?;
    let role = Role::Admin.to_string();
    let held = sqlx::query_scalar!(
        r#"select exists (select from person_grant where person_id = $1 and role = $2
           and num_nonnulls(policy_id, environment, owner) = 0) as "held!""#,
        person.uuid(),
        &role,
    )
    .fetch_one(view.conn())
    .await?;
    drop(view);
    if held {
        return Ok(());
    }
    portal
        .change::<Admit, _>(visitor, Everything, async |change| {
            sqlx::query!(
                "insert into person_grant (person_id, role) values ($1, $2) on conflict do nothing",
                person.uuid(),
                &role,
            )
            .execute(change.conn())
            .await?;
            Ok((
                (),
                Event::RoleGranted { id: person, name: name.into(), role: Role::Admin, scope: Scope::Portal },
            ))
        })
        .await
}

/// Name, address and groups are as the provider says now. What they are granted by groups follows from these.
async fn renew(conn: &mut PgConnection, person: Id<Person>, proven: &Proven) -> Result<()> {
    let uuid: Uuid = person.uuid();
    let enabled = sqlx::query!(
        "update person set name = $2, email = $3 where id = $1 and disabled_at is null",
        uuid,
        &proven.name,
        proven.email.as_deref(),
    )
    .execute(&mut *conn)
    .await?;
    if enabled.rows_affected() == 0 {
        return Err(Refusal::Disabled.into());
    }
    sqlx::query!(
        "delete from person_group where person_id = $1 and group_name <> all ($2)",
        uuid,
        &proven.groups
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into person_group (person_id, group_name) select $1, unnest($2::text[]) on conflict do nothing",
        uuid,
        &proven.groups,
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Proven {
    /// The same, of which nothing is longer than is kept, and nothing shows as what it is not.
    fn cleaned(self) -> Self {
        let name = [&self.name, self.email.as_ref().unwrap_or(&self.subject), &self.subject]
            .into_iter()
            .map(|name| cleaned(name, NAME))
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| "somebody without a name".into());
        let email =
            self.email.as_deref().map(|email| cleaned(email, EMAIL)).filter(|email| !email.is_empty());
        let said = self.groups.len();
        let mut groups: Vec<String> =
            self.groups.into_iter().filter(|group| is_a_group(group)).take(GROUPS).collect();
        if groups.len() < said {
            tracing::warn!(subject = %self.subject, said, kept = groups.len(), "groups of somebody are left out");
        }
        groups.sort();
        groups.dedup();
        Self { name, email, groups, ..self }
    }
}

/// Whether a group may be called so. Its name is never altered, for it is what is compared; so one that could pass for
/// another is no name here.
pub(super) fn is_a_group(name: &str) -> bool {
    // Two that join letters, or keep them apart, belong to how some languages are written (Unicode Standard, 23.2).
    let shows = |c: char| !is_hidden(c) || matches!(c, '\u{200C}' | '\u{200D}');
    !name.trim().is_empty() && name.chars().count() <= GROUP && name.chars().all(shows)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// One line of letters that show: no control characters, and none that turn the direction of what comes after
/// (Unicode Technical Report 36, section 2.2).
pub(super) fn cleaned(text: &str, most: usize) -> String {
    let shown: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(most).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Proven, ProviderSession, cleaned};

    fn said(name: &str, email: Option<&str>, groups: Vec<String>) -> Proven {
        let (issuer, subject) = ("https://id.example".to_owned(), "s-1".to_owned());
        let email = email.map(str::to_owned);
        let session = ProviderSession::default();
        Proven { issuer, subject, name: name.into(), email, groups, admin: false, session }.cleaned()
    }

    #[test]
    fn a_name_is_one_line_of_what_shows() {
        assert_eq!(cleaned(" Ann\n\u{202E}  Lee\u{0} ", 200), "Ann Lee");
        assert_eq!(cleaned("Zoë 李", 5), "Zoë 李");
        assert_eq!(cleaned("abc def", 4), "abc");
    }

    #[test]
    fn whoever_has_no_name_is_called_by_their_address_or_their_subject() {
        assert_eq!(said("", Some("ann@example.com"), vec![]).name, "ann@example.com");
        assert_eq!(said(" \u{200B}", None, vec![]).name, "s-1");
    }

    #[test]
    fn groups_are_kept_once_as_they_are_written_and_not_without_end() {
        let groups = ["b", "a", "b", "", "A "].map(str::to_owned).to_vec();
        assert_eq!(said("x", None, groups).groups, ["A ", "a", "b"]);
        let many = (0..900).map(|n| format!("group {n}")).collect();
        assert_eq!(said("x", None, many).groups.len(), 500);
        let persian = "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}";
        assert_eq!(said("x", None, vec![persian.into()]).groups, [persian]);
        for none in ["g".repeat(257), "a\u{202E}b".into(), "a\0".into(), " ".into(), "a\nb".into()] {
            assert!(said("x", None, vec![none]).groups.is_empty());
        }
    }
}
