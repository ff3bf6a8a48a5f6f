//! How far a version has come on its way from development to production, and who takes it on.

use portal::{
    Environment, Permission, Promotion, Release, Version,
    policy::{Number, PORTAL},
    release::{Board, Pointer, PromotionState},
};

use super::{page, version_page};
use crate::viewer::roles_that_may;

/// Where a version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// As `data-state` takes it.
    pub(crate) state: &'static str,
    pub(crate) word: String,
    /// Why it is not further, and who must act; none where there is nothing more to do.
    pub(crate) next: Option<String>,
    /// Where that is done.
    pub(crate) href: String,
}

impl Way {
    /// What the link to the next step says. To what was taken back or declined nobody is urged.
    pub(crate) fn link(&self) -> &'static str {
        if matches!(self.state, "revoked" | "denied") { "Look at it" } else { "Go on" }
    }
}

/// Where this version stands among what is in force; `boards` are in the order of the way.
pub(crate) fn way(version: &Version, boards: &[Board]) -> Way {
    let own_page = version_page(version.bundle, &version.number.to_string());
    if let Some(promotion) =
        boards.iter().flat_map(|board| &board.waiting).find(|one| one.version == version.id)
    {
        return waits(promotion);
    }
    let reached =
        boards.iter().rposition(|board| pointer(version, board).is_some_and(|there| is(version, there)));
    let behind = reached.map_or(0, |at| at + 1);
    let Some(next) = boards.get(behind) else {
        let word = format!("In force in {}", last_name(boards));
        return Way { state: "in-force", word, next: None, href: own_page };
    };
    let ahead = boards[behind..].iter().find_map(|board| newer(version, board));
    let word = match reached {
        Some(at) => format!("In {}", boards[at].environment),
        None => "In force nowhere".to_owned(),
    };
    if let Some((environment, number)) = ahead {
        let next = Some(format!("{number}, which is newer, is in force in {environment}"));
        return Way { state: "retired", word, next, href: own_page };
    }
    let rolled_back =
        boards[behind..].iter().find_map(|board| board.rolled_back(version.bundle, version.number));
    if let Some(release) = rolled_back {
        let word = format!("Rolled back in {}", release.environment);
        return Way { state: "revoked", word, next: Some(why_back(release)), href: own_page };
    }
    if let Some(promotion) = next.declined(version.id) {
        let word = format!("Declined for {}", next.environment);
        return Way { state: "denied", word, next: why_not(promotion), href: page(promotion.id) };
    }
    let href = format!("{own_page}?ask=promote-to-{}", next.environment);
    Way { state: if reached.is_some() { "active" } else { "draft" }, word, next: Some(who_acts(next)), href }
}

/// Who took a version out of force, and why.
pub(crate) fn why_back(release: &Release) -> String {
    let by = release.by.as_ref().map_or(PORTAL, |by| by.name.as_str());
    format!("{by} rolled it back in {}: “{}”", release.environment, release.reason)
}

/// Who declined a promotion, and why; it may be asked for again.
fn why_not(promotion: &Promotion) -> Option<String> {
    let PromotionState::Declined { by, reason, .. } = &promotion.state else { return None };
    Some(format!("{} declined it: “{reason}”", by.name))
}

/// Who brings a version into the next environment, and how.
fn who_acts(next: &Board) -> String {
    let environment = &next.environment;
    if next.guarded {
        let ask = roles_that_may(Permission::AskRelease);
        let decide = roles_that_may(Permission::DecideRelease);
        format!("Nobody has asked for {environment} yet: an {ask} asks, then another {decide} confirms")
    } else {
        format!("Not promoted to {environment} yet: an {} does it", roles_that_may(Permission::MoveRelease))
    }
}

fn waits(promotion: &Promotion) -> Way {
    let decide = roles_that_may(Permission::DecideRelease);
    let next = format!("An {decide} other than {} confirms it", promotion.asked_by.name);
    Way {
        state: "requested",
        word: format!("Waits for {}", promotion.environment),
        next: Some(next),
        href: page(promotion.id),
    }
}

fn last_name(boards: &[Board]) -> String {
    boards.last().map(|board| board.environment.to_string()).unwrap_or_default()
}

pub(super) fn pointer<'a>(version: &Version, board: &'a Board) -> Option<&'a Pointer> {
    board.in_force.iter().find(|pointer| pointer.release.bundle == version.bundle)
}

fn is(version: &Version, pointer: &Pointer) -> bool {
    pointer.release.version == Some(version.id)
}

/// Where an environment runs a later version than this one.
fn newer(version: &Version, board: &Board) -> Option<(Environment, Number)> {
    let number = pointer(version, board)?.release.revision.parse::<Number>().ok()?;
    (number > version.number).then(|| (board.environment.clone(), number))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use portal::{
        Environment, Id, Promotion, Release, Version,
        identity::Who,
        policy::{Bundle, Number},
        release::{Board, How, Pointer, PromotionState},
    };

    use super::way;

    fn id<T>(number: u128) -> Id<T> {
        uuid::Uuid::from_u128(number).into()
    }

    fn version(minor: i32) -> Version {
        Version {
            id: id(minor as u128),
            bundle: Bundle::Provisioning,
            number: Number { major: 1, minor, patch: 0 },
            digest: String::new(),
            served_digest: String::new(),
            keyid: String::new(),
            size: 1,
            changeset: id(1),
            by: None,
            at: DateTime::UNIX_EPOCH,
            packages: vec![],
            in_force: vec![],
        }
    }

    fn board(environment: Environment, minor: i32) -> Board {
        let release = Release {
            id: id(1),
            environment: environment.clone(),
            bundle: Bundle::Provisioning,
            sequence: 1,
            revision: format!("v1.{minor}.0"),
            version: Some(id(minor as u128)),
            digest: String::new(),
            by: None,
            at: DateTime::UNIX_EPOCH,
            how: How::Promoted,
            reason: String::new(),
            replaced: None,
        };
        let guarded = environment == Environment::production();
        let in_force = vec![Pointer { release, stored: true, instances: 1, converged: 1 }];
        Board { environment, guarded, in_force, waiting: vec![], rolled_back: vec![], declined: vec![] }
    }

    fn boards(minors: [i32; 3]) -> Vec<Board> {
        let places = [Environment::development(), Environment::staging(), Environment::production()];
        places.into_iter().zip(minors).map(|(place, minor)| board(place, minor)).collect()
    }

    #[test]
    fn a_version_that_is_everywhere_has_nothing_to_wait_for() {
        let told = way(&version(2), &boards([2, 2, 2]));
        assert_eq!((told.state, told.word.as_str(), told.next), ("in-force", "In force in production", None));
    }

    #[test]
    fn why_a_version_is_not_in_production_is_told_with_who_must_act() {
        let told = way(&version(2), &boards([2, 2, 1]));
        assert_eq!((told.state, told.word.as_str()), ("active", "In staging"));
        assert!(
            told.next.is_some_and(|next| next.contains("asked for production") && next.contains("author"))
        );
        assert!(told.href.ends_with("?ask=promote-to-production"), "{}", told.href);
        let new = way(&version(3), &boards([2, 2, 1]));
        assert_eq!((new.state, new.word.as_str()), ("draft", "In force nowhere"));
    }

    #[test]
    fn what_was_rolled_back_is_not_urged_and_says_who_did_it_and_why() {
        let mut boards = boards([2, 2, 1]);
        let mut back = boards[2].in_force[0].release.clone();
        back.how = How::RolledBack;
        back.replaced = Some("v1.2.0".into());
        back.by = Some(Who { id: id(5), name: "Otto".into() });
        back.reason = "It denied too much.".into();
        boards[2].rolled_back.push(back);
        let told = way(&version(2), &boards);
        assert_eq!((told.state, told.word.as_str()), ("revoked", "Rolled back in production"));
        let why = "Otto rolled it back in production: “It denied too much.”";
        assert_eq!(told.next.as_deref(), Some(why));
        assert!(!told.href.contains("ask="), "{}", told.href);
        assert_eq!(way(&version(3), &boards).state, "draft", "another is as it was");
    }

    fn to_production(state: PromotionState) -> Promotion {
        Promotion {
            id: id(9),
            environment: Environment::production(),
            version: id(2),
            bundle: Bundle::Provisioning,
            number: version(2).number,
            asked_by: Who { id: id(5), name: "Ann".into() },
            asked_at: DateTime::UNIX_EPOCH,
            reason: String::new(),
            pushed_by: None,
            seen: 1,
            state,
        }
    }

    #[test]
    fn what_was_declined_says_by_whom_and_why_and_leads_there() {
        let mut boards = boards([2, 2, 1]);
        let by = Who { id: id(6), name: "Bob".into() };
        let reason = "Not before the freeze.".to_owned();
        let state = PromotionState::Declined { by, at: DateTime::UNIX_EPOCH, reason };
        boards[2].declined.push(to_production(state));
        let told = way(&version(2), &boards);
        assert_eq!((told.state, told.word.as_str()), ("denied", "Declined for production"));
        assert_eq!(told.next.as_deref(), Some("Bob declined it: “Not before the freeze.”"));
        assert!(told.href.starts_with("/promotions/") && told.link() == "Look at it", "{}", told.href);
    }

    #[test]
    fn what_waits_is_told_with_whom_it_waits_for() {
        let mut boards = boards([2, 2, 1]);
        boards[2].waiting.push(to_production(PromotionState::Asked));
        let told = way(&version(2), &boards);
        assert_eq!((told.state, told.word.as_str()), ("requested", "Waits for production"));
        assert_eq!(told.next.as_deref(), Some("An author or approver other than Ann confirms it"));
    }

    #[test]
    fn a_version_that_was_passed_over_waits_for_nobody() {
        let told = way(&version(1), &boards([2, 2, 1]));
        assert_eq!(told.state, "in-force", "it is what production runs");
        let told = way(&version(1), &boards([3, 2, 2]));
        assert_eq!(told.state, "retired");
    }
}
