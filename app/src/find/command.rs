//! What the palette leads to by name: pages, and where things are done.

use portal::Permission;

use crate::{place::PLACES, viewer::Viewer};

/// Somewhere to go, by what people would call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) title: &'static str,
    pub(super) href: &'static str,
    pub(super) icon: &'static str,
    /// Any of these is enough; none is needed where there are none.
    needs: &'static [Permission],
    /// What else people call it.
    also: &'static str,
}

/// Where things are done.
const DEEDS: &[Command] = &[
    deed(
        "Request an exception",
        "/exceptions/new",
        "plus",
        &[Permission::RequestException],
        "ask leave waiver exemption",
    ),
    deed(
        "Import a folder",
        "/changesets/new",
        "branch",
        &[Permission::PushPolicy],
        "push upload policy rego",
    ),
    deed(
        "Answer what waits for you",
        "/waiting",
        "approved",
        &[Permission::DecideException, Permission::DecideRelease],
        "approve deny confirm queue",
    ),
    deed(
        "Promote a version",
        "/versions",
        "arrow",
        &[Permission::MoveRelease, Permission::AskRelease],
        "release publish deploy",
    ),
    deed(
        "Roll back a release",
        "/releases",
        "revoked",
        &[Permission::RollBackRelease],
        "rollback undo previous",
    ),
    deed("Trigger reload of OPAs", "/fleet", "refresh", &[Permission::ReloadFleet], "fleet refresh"),
    deed(
        "Exceptions that wait for a decision",
        "/exceptions?standing=requested",
        "requested",
        &[Permission::SeeException],
        "requested pending approve",
    ),
    deed(
        "Exceptions that end soon",
        "/exceptions?standing=expiring",
        "expiring",
        &[Permission::SeeException],
        "expiring renew",
    ),
    deed(
        "Exceptions in force",
        "/exceptions?standing=in-force",
        "in-force",
        &[Permission::SeeException],
        "active",
    ),
    deed(
        "Your own exceptions",
        "/exceptions?mine=yes",
        "user",
        &[Permission::RequestException],
        "mine my requests",
    ),
    deed("Your tokens", "/access/tokens", "key", &[Permission::KeepToken], "issue revoke api ci secret"),
    deed("Review access", "/access/review", "user", &[Permission::ReviewAccess], "grants roles confirm"),
    deed(
        "Why may somebody do something",
        "/access/why",
        "user",
        &[Permission::SeePerson],
        "can rights permission",
    ),
    deed("Theme, density and times", "/preferences", "theme", &[], "dark light compact utc zone"),
    deed("Turn single-key shortcuts on or off", "/shortcuts", "key", &[], "keyboard help"),
];

const fn deed(
    title: &'static str,
    href: &'static str,
    icon: &'static str,
    needs: &'static [Permission],
    also: &'static str,
) -> Command {
    Command { title, href, icon, needs, also }
}

impl Command {
    fn is_for(&self, viewer: &Viewer) -> bool {
        self.needs.is_empty() || self.needs.iter().any(|needed| viewer.may_somewhere(*needed))
    }
}

/// Pages that somebody may see whose name a text is part of, the closest first.
pub(super) fn pages(viewer: &Viewer, text: &str) -> Vec<Command> {
    let seen = PLACES.iter().filter(|place| place.needs.is_none_or(|needed| viewer.may_somewhere(needed)));
    ranked(seen.map(|place| deed(place.title, place.path, place.icon, &[], "")), text)
}

/// What somebody may do, by the same rule.
pub(super) fn deeds(viewer: &Viewer, text: &str) -> Vec<Command> {
    ranked(DEEDS.iter().copied().filter(|deed| deed.is_for(viewer)), text)
}

fn ranked(all: impl Iterator<Item = Command>, text: &str) -> Vec<Command> {
    let mut found: Vec<_> = all.filter_map(|command| Some((rank(&command, text)?, command))).collect();
    // Stable: what is equally close stays in the order in which it is listed.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, command)| command).collect()
}

/// How far a name is from a text, 0 the same; none where a word of the text begins no word of it.
fn rank(command: &Command, text: &str) -> Option<u8> {
    let (title, text) = (command.title.to_lowercase(), text.trim().to_lowercase());
    let begins = |all: &str, word: &str| all.split([' ', '-']).any(|one| one.starts_with(word));
    if title == text {
        return Some(0);
    }
    if title.starts_with(&text) {
        return Some(1);
    }
    let (mut words, also) = (text.split_whitespace(), command.also);
    if words.clone().all(|word| begins(&title, word)) {
        return Some(2);
    }
    words.all(|word| begins(&title, word) || begins(also, word)).then_some(3)
}

#[cfg(test)]
mod tests {
    use portal::{
        Id, Scope,
        access::{Grant, Role},
        identity::Who,
    };

    use super::{Viewer, deeds, pages};
    use crate::viewer::Waiting;

    fn viewer(roles: &[Role]) -> Viewer {
        let grant = |role: &Role| Grant { role: *role, scope: Scope::Portal };
        Viewer {
            who: Who { id: Id::from(uuid::Uuid::nil()), name: "Ann".into() },
            grants: roles.iter().map(grant).collect(),
            now: chrono::DateTime::UNIX_EPOCH,
            waiting: Waiting::default(),
        }
    }

    fn titles(found: Vec<super::Command>) -> Vec<&'static str> {
        found.into_iter().map(|command| command.title).collect()
    }

    #[test]
    fn the_closest_name_comes_first() {
        let all = viewer(&[Role::Author]);
        assert_eq!(titles(pages(&all, "releases")).first(), Some(&"Releases"));
        assert_eq!(titles(pages(&all, "re")), ["Releases", "Release history"]);
        assert_eq!(titles(pages(&all, "hist")), ["Release history"]);
        assert_eq!(titles(deeds(&all, "roll")), ["Roll back a release"]);
        assert_eq!(titles(deeds(&all, "dark")), ["Theme, density and times"]);
        assert_eq!(titles(deeds(&all, "request exc")).first(), Some(&"Request an exception"));
    }

    #[test]
    fn nothing_is_found_for_words_that_are_nowhere() {
        let all = viewer(&[Role::Author]);
        assert!(pages(&all, "EXC-014").is_empty() && deeds(&all, "request bucket").is_empty());
    }

    #[test]
    fn only_what_somebody_may_do_is_offered() {
        let (iris, adam) = (viewer(&[Role::Auditor]), viewer(&[Role::Approver]));
        assert!(titles(pages(&iris, "")).contains(&"Audit log"));
        assert!(!titles(deeds(&iris, "")).contains(&"Request an exception"));
        assert!(titles(deeds(&adam, "")).contains(&"Answer what waits for you"));
        assert!(!titles(pages(&viewer(&[Role::Requester]), "")).contains(&"Audit log"));
    }
}
