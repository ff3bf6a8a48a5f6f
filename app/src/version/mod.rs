//! Versions on the screen: what each holds, what it changes, and where it goes next.

use leptos::prelude::*;
use portal::{Version, policy::Number, release::Board};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem,
    drawn::Drawn,
    list::Listed,
    sent::Sent,
    ui::{Changes, DiffView},
};

#[cfg(feature = "ssr")]
mod compare;
mod list;
mod next;
mod one;
mod removed;
#[cfg(feature = "ssr")]
mod told;

pub use list::*;
pub use one::*;
pub use removed::*;

/// A version, what it changes, and what is in force now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionPage {
    pub version: Version,
    pub note: String,
    pub passed: bool,
    pub checks: Drawn,
    /// What it is compared with, and how it differs in numbers; none of the first version.
    pub compared: Option<(Number, Drawn)>,
    pub changes: Changes,
    /// Policies of the version that it is compared with that this one does not have.
    pub removed: Vec<String>,
    /// The others of its bundle, newest first.
    pub others: Vec<Number>,
    pub boards: Vec<Board>,
}

/// `query` is the query of the list's address.
#[server(endpoint = "version/list")]
pub async fn list_versions(#[server(default)] query: String) -> Result<Sent<Listed<Version>>, Problem> {
    let (portal, actor) = caller();
    answer_page(told::list(&portal, &actor, &query).await)
}

/// `against` is the version that it is compared with, else the one before it.
#[server(endpoint = "version/show")]
pub async fn show_version(
    bundle: String,
    number: String,
    #[server(default)] against: Option<Number>,
    #[server(default)] look: DiffView,
) -> Result<Sent<VersionPage>, Problem> {
    let (portal, actor) = caller();
    let (Ok(bundle), Ok(number)) = (bundle.parse(), number.parse()) else {
        return answer_page(Err(portal::Error::NotFound("version".into())));
    };
    answer_page(shown::read(&portal, &actor, (bundle, number), against, look).await)
}

#[cfg(feature = "ssr")]
mod shown {
    use portal::{
        Actor, Portal,
        policy::{self, Bundle, Number, VersionDetail},
        release,
    };

    use super::{VersionPage, compare::beside};
    use crate::{checks, diff, ui::DiffView};

    pub(super) async fn read(
        portal: &Portal,
        actor: &Actor,
        (bundle, number): (Bundle, Number),
        against: Option<Number>,
        look: DiffView,
    ) -> portal::Result<VersionPage> {
        let mut detail = policy::version_by_number(portal, actor, bundle, number).await?;
        let mut files = std::mem::take(&mut detail.changes);
        let before = match against.or(detail.before.as_ref().map(|before| before.number)) {
            Some(before) => Some(policy::version_by_number(portal, actor, bundle, before).await?),
            None => None,
        };
        let (mut compared, mut removed) = (None, vec![]);
        if let Some(before) = &before {
            if against.is_some() {
                files = policy::compare(portal, actor, before.version.id, detail.version.id).await?;
            }
            removed = policy::removed(portal, actor, before.version.id, detail.version.id).await?;
            compared = Some((before.version.number, beside(before, &detail)));
        }
        let others = policy::versions(portal, actor, Some(bundle)).await?;
        let others =
            others.into_iter().map(|version| version.number).filter(|other| *other != number).collect();
        let boards = release::board(portal, actor).await?;
        let VersionDetail { version, report, note, .. } = detail;
        let (passed, changes) = (report.passed(), diff::changes(&files, look));
        let checks = checks::drawn(report);
        Ok(VersionPage { version, note, passed, checks, compared, changes, removed, others, boards })
    }
}
