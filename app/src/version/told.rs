//! The list of versions, as its address asks for it.

use portal::{
    Actor, Portal, Version,
    list::{ByTime, List},
    policy::{Bundle, VersionFilter},
};

use crate::list::{About, Asked, Listed, Part};

pub(super) async fn list(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Version>> {
    let asked = Asked::<VersionFilter, ByTime>::read(query);
    let found = portal::policy::search_versions(portal, actor, &asked.question).await?;
    let bundles = Bundle::OF_POLICIES.map(|one| (one.to_string(), one.to_string()));
    let about = About {
        list: List::Versions,
        label: "Filter versions",
        one: "version",
        many: "versions",
        views: vec![("All", String::new()), ("In force", "in-force=yes".to_owned())],
        parts: vec![
            Part::choice("bundle", "Bundle", bundles.to_vec()),
            Part::check("in-force", "In force somewhere", "In force", "somewhere"),
        ],
        sorts: vec![("Built", (ByTime::Oldest, ByTime::Newest), ByTime::Newest)],
        exports: false,
    };
    asked.listed(portal, actor, found, about).await
}
