//! The places of the portal, once: nav, breadcrumb, palette and shortcuts are all drawn from this list.

use portal::Permission;

/// A page that people go to from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) title: &'static str,
    pub(crate) path: &'static str,
    pub(crate) icon: &'static str,
    /// The heading of the nav that it stands under; none where it is in no nav.
    pub(crate) group: Option<&'static str>,
    /// The key that leads there after `g`.
    pub(crate) key: Option<char>,
    /// What it takes to see it.
    pub(crate) needs: Option<Permission>,
}

/// The server alone writes what is on these and below them, so that the client cannot lead there by itself.
const WRITTEN: [&str; 3] = ["/access", "/audit/evidence", "/sessions"];

/// How a link leads to a page, as `rel` has it.
pub(crate) fn rel(path: &str) -> Option<&'static str> {
    WRITTEN.iter().any(|written| path.starts_with(written)).then_some("external")
}

pub(crate) const PLACES: &[Place] = &[
    place("Home", "/", "home", Some(""), Some('h'), None),
    place(
        "Exceptions",
        "/exceptions",
        "exception",
        Some("Govern"),
        Some('e'),
        Some(Permission::SeeException),
    ),
    place("Access", "/access", "user", Some("Govern"), None, Some(Permission::SeePerson)),
    place("Audit log", "/audit", "audit", Some("Govern"), Some('a'), Some(Permission::SeeAudit)),
    place("Policies", "/policies", "policy", Some("Build"), Some('p'), Some(Permission::SeePolicy)),
    place("Imports", "/changesets", "branch", Some("Build"), Some('i'), Some(Permission::SeePolicy)),
    place("Releases", "/releases", "release", Some("Build"), Some('r'), Some(Permission::SeeRelease)),
    place("Versions", "/versions", "release", None, Some('v'), Some(Permission::SeePolicy)),
    place("Release history", "/releases/history", "audit", None, None, Some(Permission::SeeRelease)),
    place("Fleet", "/fleet", "fleet", Some("Run"), Some('f'), Some(Permission::SeeFleet)),
    place("Decisions", "/decisions", "decision", Some("Run"), Some('d'), Some(Permission::SeeDecision)),
    place("Find", "/find", "search", None, None, None),
    place("Preferences", "/preferences", "theme", None, None, None),
    place("Shortcuts", "/shortcuts", "key", None, None, None),
];

const fn place(
    title: &'static str,
    path: &'static str,
    icon: &'static str,
    group: Option<&'static str>,
    key: Option<char>,
    needs: Option<Permission>,
) -> Place {
    Place { title, path, icon, group, key, needs }
}

/// The place of exactly this path.
pub(crate) fn at(path: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.path == path)
}

/// The groups of the nav, in order, each with its places.
pub(crate) fn groups() -> Vec<(&'static str, Vec<&'static Place>)> {
    let mut groups: Vec<(&'static str, Vec<&'static Place>)> = vec![];
    for place in PLACES {
        match (place.group, groups.last_mut()) {
            (Some(title), Some((last, places))) if *last == title => places.push(place),
            (Some(title), _) => groups.push((title, vec![place])),
            (None, _) => {}
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{PLACES, groups};

    #[test]
    fn no_two_places_share_a_path_or_a_key() {
        let paths: HashSet<_> = PLACES.iter().map(|place| place.path).collect();
        let keys: Vec<_> = PLACES.iter().filter_map(|place| place.key).collect();
        assert_eq!(paths.len(), PLACES.len());
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }

    #[test]
    fn the_nav_has_each_group_once() {
        let titles: Vec<_> = groups().into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, ["", "Govern", "Build", "Run"]);
    }
}
