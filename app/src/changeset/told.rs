//! The list of changesets, as its address asks for it.

use portal::{
    Actor, Portal,
    list::{ByTime, List},
    policy::{ChangesetFilter, ChangesetLine, Outcome},
};
use strum::VariantArray;

use crate::list::{About, Asked, Listed, Part};

pub(super) async fn list(
    portal: &Portal,
    actor: &Actor,
    query: &str,
) -> portal::Result<Listed<ChangesetLine>> {
    let asked = Asked::<ChangesetFilter, ByTime>::read(query);
    let found = portal::policy::search_changesets(portal, actor, &asked.question).await?;
    let outcomes = Outcome::VARIANTS.iter().map(|one| (one.to_string(), one.to_string()));
    let about = About {
        list: List::Changesets,
        label: "Filter imports",
        one: "import",
        many: "imports",
        views: vec![
            ("All", String::new()),
            ("Passed", format!("outcome={}", Outcome::Passed)),
            ("Refused", format!("outcome={}", Outcome::Refused)),
        ],
        parts: vec![
            Part::text("text", "Note or person", "Text"),
            Part::choice("outcome", "Checks", outcomes.collect()),
        ],
        sorts: vec![("When", (ByTime::Oldest, ByTime::Newest), ByTime::Newest)],
        exports: false,
    };
    asked.listed(portal, actor, found, about).await
}
