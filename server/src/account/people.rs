//! Who is here, by which right, and what admins change of that.

use app::{
    CameBack,
    access::{PeoplePage, people_page, scope_written},
};
use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use portal::{
    Actor, Id, Permission, Person, Scope,
    access::{Grant, Role},
    environment,
    identity::{self, GroupRole},
    policy,
};

use super::{Asked, No, SIGNED_IN, can_be_mended, kept, not_done, start};
use crate::{
    fields::{Fields, wrong},
    problem::Problem,
    render::{refused, written},
    site::Site,
};

const PAGE: &str = "/access";

pub(crate) async fn people(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let (after, unread) = start(&parts, "after");
    match shown(&site, &actor, after).await.map(|shown| PeoplePage { unread, ..shown }) {
        Ok(shown) => written(&site, &parts, StatusCode::OK, people_page(&actor, shown)).await,
        Err(error) => refused(&site, &parts, error).await,
    }
}

async fn shown(site: &Site, actor: &Actor, after: Option<Id<Person>>) -> portal::Result<PeoplePage> {
    let (people, more) = identity::people(&site.portal, actor, after).await?;
    let groups = identity::group_roles(&site.portal, actor).await?;
    let places = environment::list(&site.portal, actor).await?;
    let environments = places.into_iter().map(|place| place.environment).collect();
    let owners = policy::owners(&site.portal, actor).await?;
    let manages = actor.may(Permission::ManagePerson, &Scope::Portal);
    Ok(PeoplePage { people, groups, environments, owners, more, manages, unread: vec![], kept: None })
}

pub(crate) async fn manage(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let asked = match Asked::read(request, actor, PAGE).await {
        Ok(asked) if asked.came_back => return again(&site, asked, SIGNED_IN).await,
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    match deed(&site, &asked.actor, &asked.fields).await {
        Err(No::Refused(error)) if can_be_mended(&error) => again(&site, asked, not_done(&error)).await,
        done => asked.answer(&site, done, what).await,
    }
}

/// What a form asks for, as the beginning of a sentence.
fn what(fields: &Fields) -> String {
    let said = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    match said("act").as_str() {
        "disable" => format!("Disable {}", said("called")),
        "enable" => format!("Enable {} again", said("called")),
        "end" => format!("End the sessions of {}", said("called")),
        "map" => format!("Grant the group {} the role {}", said("group"), said("role")),
        "unmap" => format!("Take the role {} from the group {}", said("role"), said("group")),
        "grant" => format!("Grant the role {}", said("their_role")),
        "take" => format!("Take the role {} from {}", said("their_role"), said("called")),
        _ => "Change access".to_owned(),
    }
}

async fn deed(site: &Site, actor: &Actor, fields: &Fields) -> Result<(), No> {
    let portal = &site.portal;
    match fields.get("act").unwrap_or_default() {
        "disable" => identity::disable(portal, actor, fields.needed("person")?).await?,
        "enable" => identity::enable(portal, actor, fields.needed("person")?).await?,
        "end" => drop(identity::end_sessions_of(portal, actor, fields.needed("person")?).await?),
        "map" => identity::map_group(portal, actor, group_role(fields)?).await?,
        "unmap" => identity::unmap_group(portal, actor, group_role(fields)?).await?,
        "grant" => identity::grant(portal, actor, fields.needed("person")?, their_grant(fields)?).await?,
        "take" => identity::take_grant(portal, actor, fields.needed("person")?, their_grant(fields)?).await?,
        _ => return Err(wrong("act", "names nothing that can be done here").into()),
    }
    Ok(())
}

fn group_role(fields: &Fields) -> Result<GroupRole, Problem> {
    let group = fields.get("group").unwrap_or_default().trim().to_owned();
    Ok(GroupRole { group, role: fields.needed::<Role>("role")?, scope: scope(fields, "scope")? })
}

fn their_grant(fields: &Fields) -> Result<Grant, Problem> {
    Ok(Grant { role: fields.needed("their_role")?, scope: scope(fields, "their_scope")? })
}

fn scope(fields: &Fields, name: &str) -> Result<Scope, Problem> {
    fields.get(name).and_then(scope_written).ok_or_else(|| wrong(name, "is no place where a grant can hold"))
}

/// The page around a form that was not done.
async fn again(site: &Site, asked: Asked, (status, came_back): (StatusCode, CameBack)) -> Response {
    let Asked { parts, actor, fields, .. } = asked;
    match shown(site, &actor, None).await {
        Ok(shown) => {
            let shown = PeoplePage { kept: Some(kept(&fields, came_back)), ..shown };
            written(site, &parts, status, people_page(&actor, shown)).await
        }
        Err(error) => refused(site, &parts, error).await,
    }
}
