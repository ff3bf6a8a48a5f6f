//! The list of decisions, as its address asks for it.

use portal::{
    Actor, Portal,
    decision::{Filter, Judged, Outcome},
    list::{ByTime, List},
};
use strum::VariantArray;

use super::stands;
use crate::{
    environment::options,
    list::{About, Asked, Listed, Part},
};

pub(super) async fn list(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Judged>> {
    let places = portal::environment::list(portal, actor).await?;
    let asked = Asked::<Filter, ByTime>::read_among(query, &places);
    let found = portal::decision::search(portal, actor, &asked.question).await?;
    let outcomes = Outcome::VARIANTS.iter().map(|one| (one.to_string(), stands(*one).1.to_owned()));
    let [since, until] = Part::days();
    let about = About {
        list: List::Decisions,
        label: "Filter decisions",
        one: "decision",
        many: "decisions",
        views: vec![
            ("All", String::new()),
            ("Denied", format!("outcome={}", Outcome::Denied)),
            ("Production", "environment=production".to_owned()),
            ("Embedded engine", "instance=embedded".to_owned()),
        ],
        parts: vec![
            Part::text("path", "Path, such as aegis/provisioning", "Path"),
            Part::text("instance", "Instance", "Instance"),
            Part::choice("outcome", "Outcome", outcomes.collect()),
            Part::choice("environment", "Environment", options(&places)),
            since,
            until,
        ],
        sorts: vec![("When", (ByTime::Oldest, ByTime::Newest), ByTime::Newest)],
        exports: true,
    };
    asked.listed(portal, actor, found, about).await
}
