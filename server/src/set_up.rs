//! What a fresh portal is given: the demo's people, the shipped policies in force, and tokens for its OPAs.
//!
//! All of it goes through the same deeds that people use, with the rights of a job.

use std::path::Path;

use anyhow::{Context, Result, bail};
use portal::{
    Actor, Environment, Error, Id, Portal, Scope, Token, Version,
    access::{Job, Role, TokenScope},
    identity::{self, GroupRole, WantedToken},
    policy::{self, Bundle, Number},
    release,
};
use rego::folder::Folder;

const SET_UP: Actor = Actor::Job(Job::SetUp);

/// The demo's people: their name, what they come to do, and their roles.
pub const PEOPLE: [(&str, &str, &[Role]); 7] = [
    ("Rita Requester", "asks for exceptions when a pipeline went red", &[Role::Requester]),
    ("Arthur Author", "writes policies and asks for their promotion", &[Role::Author]),
    ("Audrey Author", "writes policies too, and confirms what Arthur asks for", &[Role::Author]),
    ("Adam Approver", "decides exceptions, and confirms promotions", &[Role::Approver]),
    ("Iris Auditor", "reads everything and changes nothing", &[Role::Auditor]),
    ("Otto Operator", "is on call: sees the fleet, reloads it, rolls back", &[Role::Operator]),
    ("Ada Admin", "says who may do what, and issues tokens", &[Role::Admin]),
];

/// Enrols the demo's people who are not there yet.
pub async fn people(portal: &Portal) -> Result<()> {
    let there = identity::demo_people(portal).await?;
    for (name, about, roles) in PEOPLE {
        if !there.iter().any(|person| person.name == name) {
            identity::enrol(portal, &SET_UP, name, about, roles, true).await?;
        }
    }
    Ok(())
}

/// Makes a group's members admins, as a setting has it; also where an admin took that from them: so whoever runs the
/// portal gets in again who was locked out.
pub async fn admins(portal: &Portal, group: Option<&str>) -> Result<()> {
    let Some(group) = group else { return Ok(()) };
    let admins = GroupRole { group: group.to_owned(), role: Role::Admin, scope: Scope::Portal };
    match identity::map_group(portal, &SET_UP, admins).await {
        Ok(()) | Err(Error::Identity(identity::Refusal::AlreadyMapped)) => Ok(()),
        // It opens all the same, for looking and exporting; whoever could before can sign in.
        Err(Error::ReadOnly) => {
            tracing::warn!("ADMIN_GROUP is seen to by the first start after the restore is recorded");
            Ok(())
        }
        Err(error) => Err(error).context("ADMIN_GROUP"),
    }
}

/// Imports a folder of policies where there are none, and puts what was so imported in force wherever nothing is,
/// as the first release.
///
/// It goes on where an earlier start was stopped on the way. What people pushed is for people to release.
///
/// # Errors
/// Where the folder does not pass its checks; all faults are in the message.
pub async fn policies(portal: &Portal, folder: &Path) -> Result<()> {
    if policy::versions(portal, &SET_UP, None).await?.is_empty() {
        import(portal, folder).await?;
    }
    for bundle in Bundle::OF_POLICIES {
        let first = match policy::version_by_number(portal, &SET_UP, bundle, Number::FIRST).await {
            Ok(detail) => detail.version,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if first.by.is_none() {
            begin(portal, &first).await?;
        }
    }
    Ok(())
}

async fn import(portal: &Portal, folder: &Path) -> Result<()> {
    let changeset =
        policy::push(portal, &SET_UP, Folder::from_dir(folder), "the policies that come with the portal")
            .await
            .context("the shipped policies could not be checked")?;
    if !changeset.passed {
        let faults = changeset.report.faults().map(|fault| {
            let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line}: {}", fault.file, fault.reason)
        });
        bail!("{} does not pass its checks:\n{}", folder.display(), faults.collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}

async fn begin(portal: &Portal, version: &Version) -> Result<()> {
    for environment in [Environment::development(), Environment::staging(), Environment::production()] {
        match release::begin(portal, &SET_UP, environment, version.id).await {
            Ok(_) | Err(Error::Release(release::Refusal::NotEmpty)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A fresh token for the OPA of an environment. The demo makes one at every start, which lasts until the next one.
pub async fn opa_token(portal: &Portal, environment: Environment) -> Result<(Id<Token>, String)> {
    let (name, ends_at) = (token_name(&environment), portal.now() + identity::LONGEST_TOKEN);
    let (environment, scopes) = (Some(environment), vec![TokenScope::Opa]);
    let wanted = WantedToken { id: Id::fresh(), name, owner: None, environment, scopes, ends_at };
    let (id, secret) = identity::issue_token(portal, &SET_UP, wanted).await?;
    Ok((id, secret.reveal().to_owned()))
}

/// Revokes the tokens that earlier starts of the demo made, once these are in place.
pub async fn revoke_earlier_tokens(portal: &Portal, in_place: &[Id<Token>]) -> Result<()> {
    let mut before = None;
    loop {
        let (page, _) = identity::tokens(portal, &SET_UP, before).await?;
        let Some(last) = page.last() else { return Ok(()) };
        before = Some(last.id);
        let made_here =
            |token: &Token| token.environment.as_ref().map(token_name).as_ref() == Some(&token.name);
        let stands = |token: &Token| token.revoked_at.is_none() && token.ends_at > portal.now();
        for token in page.iter().filter(|token| made_here(token) && token.scopes == [TokenScope::Opa]) {
            if stands(token) && !in_place.contains(&token.id) {
                identity::revoke_token(portal, &SET_UP, token.id).await?;
            }
        }
    }
}

fn token_name(environment: &Environment) -> String {
    format!("demo OPA of {environment}")
}
