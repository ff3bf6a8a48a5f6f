//! Releases on the screen: what is in force where, how it came there, and the way back.

use leptos::prelude::*;
use portal::{Environment, Id, Promotion, Release, Version, policy::Bundle, release::Board};
use serde::{Deserialize, Serialize};

use crate::{
    Problem,
    list::Listed,
    sent::Sent,
    ui::{Changes, DiffView},
};
#[cfg(feature = "ssr")]
use crate::{
    diff,
    problem::{answer, answer_page, caller, lead_to},
};

mod board;
mod history;
mod pipeline;
mod promotion;
mod roll_back;
#[cfg(feature = "ssr")]
mod told;
mod way;
mod words;

pub use board::*;
pub use history::*;
pub use promotion::*;
pub(crate) use way::{Way, way, why_back};
pub(crate) use words::{converged, version_page};

/// A promotion, and what it would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionPage {
    pub promotion: Promotion,
    /// The environment's, as it is now.
    pub board: Option<Board>,
    pub changes: Changes,
    /// Policies in force there that the version asked for does not have.
    pub removed: Vec<String>,
}

/// What is in force, what there is to put in force, and the roll back that is considered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasePage {
    pub boards: Vec<Board>,
    pub versions: Vec<Version>,
    pub considered: Option<Considered>,
}

/// A bundle in an environment whose roll back is being considered, with its releases so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    pub environment: Environment,
    pub bundle: Bundle,
    pub past: Vec<Release>,
}

/// `environment` and `bundle` are where a roll back is considered.
#[server(endpoint = "release/board")]
pub async fn show_releases(
    #[server(default)] environment: Option<Environment>,
    #[server(default)] bundle: Option<Bundle>,
) -> Result<Sent<ReleasePage>, Problem> {
    let (portal, actor) = caller();
    let boards = answer(portal::release::board(&portal, &actor).await)?;
    let considered = match environment.zip(bundle) {
        Some((environment, bundle)) => {
            let past =
                portal::release::history(&portal, &actor, Some(environment.clone()), Some(bundle)).await;
            Some(Considered { environment, bundle, past: answer(past)? })
        }
        None => None,
    };
    let versions = portal::policy::versions(&portal, &actor, None).await;
    answer_page(versions.map(|versions| ReleasePage { boards, versions, considered }))
}

/// `query` is the query of the list's address.
#[server(endpoint = "release/history")]
pub async fn release_history(#[server(default)] query: String) -> Result<Sent<Listed<Release>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::history(&portal, &actor, &query).await)
}

#[server(endpoint = "promotion/show")]
pub async fn show_promotion(
    id: String,
    #[server(default)] look: DiffView,
) -> Result<Sent<PromotionPage>, Problem> {
    let (portal, actor) = caller();
    answer_page(promotion_page::read(&portal, &actor, &id, look).await)
}

/// To an environment that nobody guards.
#[server(endpoint = "release/promote")]
pub async fn promote_version(
    version: Id<Version>,
    environment: Environment,
    #[server(default)] reason: String,
) -> Result<Release, Problem> {
    let (portal, actor) = caller();
    let promoted = portal::release::promote(&portal, &actor, version, environment, &reason).await;
    lead_to(promoted, |release| version_page(release.bundle, &release.revision))
}

/// To a guarded environment: somebody else confirms it.
#[server(endpoint = "promotion/ask")]
pub async fn ask_promotion(
    version: Id<Version>,
    environment: Environment,
    #[server(default)] reason: String,
) -> Result<Promotion, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::release::ask(&portal, &actor, version, environment, &reason).await, page_of)
}

/// `seen` is what was in force when they looked; `typed` the name of the environment, typed by whoever confirms.
#[server(endpoint = "promotion/confirm")]
pub async fn confirm_promotion(
    id: Id<Promotion>,
    seen: i64,
    #[server(default)] typed: String,
) -> Result<Release, Problem> {
    let (portal, actor) = caller();
    let environment = answer(portal::release::promotion(&portal, &actor, id).await)?.environment;
    let confirmed = match words::check_typed(&typed, &environment) {
        Ok(()) => portal::release::confirm(&portal, &actor, id, seen).await,
        Err(invalid) => Err(invalid.into()),
    };
    lead_to(confirmed, |_| page(id))
}

#[server(endpoint = "promotion/decline")]
pub async fn decline_promotion(
    id: Id<Promotion>,
    #[server(default)] reason: String,
) -> Result<Promotion, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::release::decline(&portal, &actor, id, &reason).await, page_of)
}

#[server(endpoint = "promotion/withdraw")]
pub async fn withdraw_promotion(id: Id<Promotion>) -> Result<Promotion, Problem> {
    let (portal, actor) = caller();
    lead_to(portal::release::withdraw(&portal, &actor, id).await, page_of)
}

/// `typed` is the name of the environment, typed by whoever rolls back.
#[server(endpoint = "release/roll-back")]
pub async fn roll_back(
    environment: Environment,
    bundle: Bundle,
    to: Id<Version>,
    #[server(default)] reason: String,
    #[server(default)] typed: String,
) -> Result<Release, Problem> {
    let (portal, actor) = caller();
    let rolled = match words::check_typed(&typed, &environment) {
        Ok(()) => portal::release::roll_back(&portal, &actor, environment, bundle, Some(to), &reason).await,
        Err(invalid) => Err(invalid.into()),
    };
    lead_to(rolled, |_| "/releases".to_owned())
}

/// The address of a promotion's own page.
pub(crate) fn page(id: Id<Promotion>) -> String {
    format!("/promotions/{id}")
}

#[cfg(feature = "ssr")]
fn page_of(promotion: &Promotion) -> String {
    page(promotion.id)
}

#[cfg(feature = "ssr")]
mod promotion_page {
    use chrono::{DateTime, Utc};
    use portal::{
        Actor, Error, Id, Portal, Release, Version, policy,
        release::{self, PromotionState},
    };

    use super::{DiffView, PromotionPage, diff};

    pub(super) async fn read(
        portal: &Portal,
        actor: &Actor,
        id: &str,
        look: DiffView,
    ) -> portal::Result<PromotionPage> {
        let id = id.parse().map_err(|_| Error::NotFound("promotion".into()))?;
        let promotion = release::promotion(portal, actor, id).await?;
        let boards = release::board(portal, actor).await?;
        let board = boards.into_iter().find(|board| board.environment == promotion.environment);
        let before = match promotion.state {
            PromotionState::Confirmed { at, .. } => {
                let (environment, bundle) = (promotion.environment.clone(), promotion.bundle);
                replaced(&release::history(portal, actor, Some(environment), Some(bundle)).await?, at)
            }
            _ => {
                let in_force = board.iter().flat_map(|board| &board.in_force);
                let mut same_bundle = in_force.filter(|pointer| pointer.release.bundle == promotion.bundle);
                same_bundle.find_map(|pointer| pointer.release.version)
            }
        };
        let (files, removed) = match before {
            Some(before) => (
                policy::compare(portal, actor, before, promotion.version).await?,
                policy::removed(portal, actor, before, promotion.version).await?,
            ),
            None => (vec![], vec![]),
        };
        Ok(PromotionPage { promotion, board, changes: diff::changes(&files, look), removed })
    }

    /// The version that what was released at this moment took the place of, as far back as the history tells.
    /// `past` is of one bundle in one environment, newest first.
    fn replaced(past: &[Release], at: DateTime<Utc>) -> Option<Id<Version>> {
        let mut before = past.iter().skip_while(|release| release.at != at).skip(1);
        before.find_map(|release| release.version)
    }
}
