//! Versions on the screen: what each holds, what it changes, and where it goes next.

use leptos::prelude::*;
use portal::{policy::VersionDetail, release::Board};
use serde::{Deserialize, Serialize};

use crate::{Problem, ui::DiffLine};
#[cfg(feature = "ssr")]
use crate::{
    diff,
    problem::{answer, caller},
};

mod list;
mod next;
mod one;
mod removed;

pub use list::*;
pub use one::*;
pub use removed::*;

/// A version, what it changes, and what is in force now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionPage {
    /// Without the texts of its files: the diff shows what differs.
    pub detail: VersionDetail,
    pub diff: Vec<DiffLine>,
    /// Policies of the version before that this one does not have.
    pub removed: Vec<String>,
    pub boards: Vec<Board>,
}

#[server(endpoint = "version/show")]
pub async fn show_version(bundle: String, number: String) -> Result<VersionPage, Problem> {
    let (portal, actor) = caller();
    let (Ok(bundle), Ok(number)) = (bundle.parse(), number.parse()) else {
        return answer(Err(portal::Error::NotFound("version".into())));
    };
    let mut detail = answer(portal::policy::version_by_number(&portal, &actor, bundle, number).await)?;
    let diff = diff::lines(&std::mem::take(&mut detail.changes));
    let removed = match &detail.before {
        Some(before) => portal::policy::removed(&portal, &actor, before.id, detail.version.id).await,
        None => Ok(vec![]),
    };
    let removed = answer(removed)?;
    let boards = answer(portal::release::board(&portal, &actor).await)?;
    Ok(VersionPage { detail, diff, removed, boards })
}
