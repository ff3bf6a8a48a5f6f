//! The history of releases, as its address asks for it.

use portal::{
    Actor, Portal, Release,
    list::{ByTime, List},
    policy::Bundle,
    release::{Filter, How},
};
use strum::VariantArray;

use super::history::how;
use crate::{
    environment::options,
    list::{About, Asked, Listed, Part},
};

pub(super) async fn history(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Release>> {
    let places = portal::environment::list(portal, actor).await?;
    let asked = Asked::<Filter, ByTime>::read_among(query, &places);
    let found = portal::release::search(portal, actor, &asked.question).await?;
    let bundles = Bundle::VARIANTS.iter().map(|one| (one.to_string(), one.to_string()));
    let hows = How::VARIANTS.iter().map(|one| (one.to_string(), how(*one).1.to_owned()));
    let about = About {
        list: List::Releases,
        label: "Filter releases",
        one: "release",
        many: "releases",
        views: vec![
            ("All", String::new()),
            ("Production", "environment=production".to_owned()),
            ("Rolled back", format!("how={}", How::RolledBack)),
        ],
        parts: vec![
            Part::text("text", "Revision, reason or person", "Text"),
            Part::choice("environment", "Environment", options(&places)),
            Part::choice("bundle", "Bundle", bundles.collect()),
            Part::choice("how", "How", hows.collect()),
        ],
        sorts: vec![("When", (ByTime::Oldest, ByTime::Newest), ByTime::Newest)],
        exports: false,
    };
    asked.listed(portal, actor, found, about).await
}
