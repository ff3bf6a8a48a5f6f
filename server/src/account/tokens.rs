//! Tokens: one's own, and, for whoever manages them, everybody's.

use app::{
    CameBack,
    access::{EVERYWHERE, FRESH, NOBODY, TokensPage, tokens_page},
};
use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use chrono::TimeDelta;
use portal::{
    Actor, Error, Id, Invalid, Permission, Scope, Token,
    access::TokenScope,
    environment,
    identity::{self, WantedToken},
};

use super::{Asked, No, can_be_mended, kept, not_done, start};
use crate::{
    fields::{Fields, wrong},
    render::{refused, written},
    site::Site,
};

const PAGE: &str = "/access/tokens";
const DAYS: &str = "takes 1 to 365";

pub(crate) async fn tokens(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let (before, unread) = start(&parts, "before");
    match shown(&site, &actor, before).await.map(|shown| TokensPage { unread, ..shown }) {
        Ok(shown) => written(&site, &parts, StatusCode::OK, tokens_page(&actor, shown)).await,
        Err(error) => refused(&site, &parts, error).await,
    }
}

async fn shown(site: &Site, actor: &Actor, before: Option<Id<Token>>) -> portal::Result<TokensPage> {
    let portal = &site.portal;
    let (tokens, more) = identity::tokens(portal, actor, before).await?;
    let places = environment::list(portal, actor).await?;
    // Whoever manages tokens issues anybody's.
    let people = if actor.may(Permission::ManageToken, &Scope::Portal) {
        let (people, _) = identity::people(portal, actor, None).await?;
        let mine = actor.by().and_then(|by| by.person()).map(|me| (me.to_string(), actor.name()));
        let named = people.into_iter().map(|one| (one.id.to_string(), one.name));
        let others = named.filter(|(id, _)| mine.as_ref().is_none_or(|(me, _)| id != me)).collect::<Vec<_>>();
        mine.iter().cloned().chain(others).collect()
    } else {
        vec![]
    };
    Ok(TokensPage {
        tokens,
        more,
        environments: places.into_iter().map(|place| place.environment).collect(),
        people,
        now: portal.now(),
        unread: vec![],
        issued: None,
        kept: None,
    })
}

/// Issues or revokes.
pub(crate) async fn act(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    request: Request,
) -> Response {
    let asked = match Asked::read(request, actor, PAGE).await {
        Ok(asked) if asked.came_back => {
            return with_page(&site, asked, StatusCode::OK, None, Some(CameBack::SignedIn)).await;
        }
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    match deed(&site, &asked.actor, &asked.fields).await {
        Ok(Some(issued)) => with_page(&site, asked, StatusCode::CREATED, Some(issued), None).await,
        Ok(None) => asked.answer(&site, Ok(()), what).await,
        Err(No::Refused(error)) if can_be_mended(&error) => {
            let (status, came_back) = not_done(&error);
            with_page(&site, asked, status, None, Some(came_back)).await
        }
        Err(no) => asked.answer(&site, Err(no), what).await,
    }
}

fn what(fields: &Fields) -> String {
    match fields.get("act") {
        Some("revoke") => format!("Revoke the token {}", fields.get("called").unwrap_or_default()),
        _ => format!("Issue the token {}", fields.get("name").unwrap_or_default()),
    }
}

/// The name and the secret of what was issued, if anything was.
async fn deed(site: &Site, actor: &Actor, fields: &Fields) -> Result<Option<(String, String)>, No> {
    match fields.get("act").unwrap_or_default() {
        "revoke" => {
            identity::revoke_token(&site.portal, actor, fields.needed("token")?).await?;
            Ok(None)
        }
        "issue" => {
            let wanted = wanted(site, actor, fields)?;
            let name = wanted.name.clone();
            let issued = identity::issue_token(&site.portal, actor, wanted).await;
            let (_, secret) = issued.map_err(by_days)?;
            Ok(Some((name, secret.reveal().to_owned())))
        }
        _ => Err(wrong("act", "names nothing that can be done here").into()),
    }
}

/// The form asks for days, and the portal for a moment.
fn by_days(error: Error) -> Error {
    match error {
        Error::Invalid(invalid) if invalid.field == "ends_at" => Invalid::new("days", DAYS).into(),
        error => error,
    }
}

fn wanted(site: &Site, actor: &Actor, fields: &Fields) -> Result<WantedToken, No> {
    let scopes: Result<Vec<TokenScope>, _> = fields.all("scopes").map(str::parse).collect();
    let scopes = scopes.map_err(|_| wrong("scopes", "names no scope"))?;
    let said = |name, nothing| fields.get(name).is_some_and(|said| said != nothing);
    let owner = match fields.get("owner") {
        // Whoever may issue but their own is not asked.
        None => actor.by().and_then(|by| by.person()),
        Some(_) if said("owner", NOBODY) => fields.parsed("owner")?,
        Some(_) => None,
    };
    let environment = if said("environment", EVERYWHERE) { fields.parsed("environment")? } else { None };
    let days: i64 = fields.needed("days")?;
    let lasts = TimeDelta::try_days(days).filter(|lasts| *lasts > TimeDelta::zero());
    let ends_at = lasts.and_then(|lasts| site.portal.now().checked_add_signed(lasts));
    let ends_at = ends_at.ok_or_else(|| Invalid::new("days", DAYS));
    Ok(WantedToken {
        id: fields.parsed(FRESH)?.unwrap_or_else(Id::fresh),
        name: fields.get("name").unwrap_or_default().trim().to_owned(),
        owner,
        environment,
        scopes,
        ends_at: ends_at.map_err(Error::from)?,
    })
}

async fn with_page(
    site: &Site,
    asked: Asked,
    status: StatusCode,
    issued: Option<(String, String)>,
    came_back: Option<CameBack>,
) -> Response {
    let Asked { parts, actor, fields, .. } = asked;
    let shown = match shown(site, &actor, None).await {
        Ok(shown) => shown,
        // A secret is told now or never, whatever else can be shown.
        Err(_) if issued.is_some() => TokensPage {
            tokens: vec![],
            environments: vec![],
            people: vec![],
            now: site.portal.now(),
            more: false,
            unread: vec![],
            issued: None,
            kept: None,
        },
        Err(error) => return refused(site, &parts, error).await,
    };
    let kept = came_back.map(|came_back| kept(&fields, came_back));
    written(site, &parts, status, tokens_page(&actor, TokensPage { issued, kept, ..shown })).await
}
