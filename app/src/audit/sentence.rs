use portal::{
    Environment, Id, Promotion,
    audit::Event,
    exception::Number,
    identity::GroupRole,
    list::List,
    policy::{Bundle, Changeset},
};

use crate::{
    access::within,
    exception,
    list::address,
    release,
    ui::{absolute, counted},
};

/// A sentence without its subject, and the page of what it is about.
type Sentence = (String, Option<String>);

/// What an entry records, which needed this permission.
pub(super) fn of(event: &Event, permission: &str) -> Sentence {
    match event {
        Event::Refused { on } => plain(format!("was refused {permission} on {on}")),
        Event::PersonEnrolled { name, roles, .. } if roles.is_empty() => plain(format!("enrolled {name}")),
        Event::PersonEnrolled { name, roles, .. } => {
            let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
            plain(format!("enrolled {name} as {}", roles.join(", ")))
        }
        Event::SignedIn { name, .. } => plain(format!("signed in {name}")),
        Event::SignedOut { name, .. } => plain(format!("signed out {name}")),
        Event::SignInFailed { reason } => plain(format!("signed nobody in: {reason}")),
        Event::SessionsEnded { name, sessions, .. } => {
            plain(format!("ended {} of {name}", counted(*sessions as usize, "session")))
        }
        Event::RoleGranted { name, role, scope, .. } => {
            plain(format!("granted {name} the role {role}{}", within(scope)))
        }
        Event::RoleTaken { name, role, scope, .. } => {
            plain(format!("took the role {role}{} from {name}", within(scope)))
        }
        Event::AccessReviewed { confirmed, removed } => (
            format!(
                "reviewed access: {} confirmed, {} removed",
                counted(confirmed.len(), "grant"),
                removed.len()
            ),
            Some("/access/review".into()),
        ),
        Event::PersonDisabled { name, .. } => plain(format!("disabled {name}")),
        Event::PersonEnabled { name, .. } => plain(format!("enabled {name} again")),
        Event::GroupMapped(GroupRole { group, role, scope }) => {
            plain(format!("granted the group {group} the role {role}{}", within(scope)))
        }
        Event::GroupUnmapped(GroupRole { group, role, scope }) => {
            plain(format!("took the role {role}{} from the group {group}", within(scope)))
        }
        Event::TokenIssued { name, .. } => plain(format!("issued the token {name}")),
        Event::TokenRevoked { name, .. } => plain(format!("revoked the token {name}")),
        Event::ChangesetPassed { id, number, versions } => {
            changeset(*id, format!("imported changeset #{number}, which became {}", versions.join(", ")))
        }
        Event::ChangesetRefused { id, number, faults } => changeset(
            *id,
            format!("had changeset #{number} refused, with {}", counted(*faults as usize, "fault")),
        ),
        Event::ReleaseBegun { environment, bundle, revision } => {
            moved("began with", *bundle, revision, environment, "")
        }
        Event::Promoted { environment, bundle, revision, reason, .. } => {
            moved("put in force", *bundle, revision, environment, reason)
        }
        Event::RolledBack { environment, bundle, revision, reason, .. } => {
            moved("rolled back to", *bundle, revision, environment, reason)
        }
        Event::PromotionAsked { id, environment, bundle, revision, reason } => {
            promotion(*id, moved("asked for", *bundle, revision, environment, reason))
        }
        Event::PromotionConfirmed { id, environment, bundle, revision, .. } => {
            promotion(*id, moved("confirmed", *bundle, revision, environment, ""))
        }
        Event::PromotionDeclined { id, environment, bundle, revision, reason } => {
            promotion(*id, moved("declined", *bundle, revision, environment, reason))
        }
        Event::PromotionWithdrawn { id, environment, bundle, revision } => {
            promotion(*id, moved("withdrew the request for", *bundle, revision, environment, ""))
        }
        Event::ExceptionRequested { number, .. } => on_exception("requested", *number, ""),
        Event::ExceptionApproved { number, ends_at, .. } => {
            let (text, page) = on_exception("approved", *number, "");
            (format!("{text} until {}", absolute(*ends_at)), page)
        }
        Event::ExceptionDenied { number, reason, .. } => on_exception("denied", *number, reason),
        Event::ExceptionWithdrawn { number, .. } => on_exception("withdrew", *number, ""),
        Event::ExceptionRevoked { number, reason, .. } => on_exception("revoked", *number, reason),
        Event::ReloadTriggered { environment } => {
            (format!("triggered a reload of {environment}"), Some("/fleet".into()))
        }
        Event::ViewKept { list, name } => plain(format!("kept the view “{name}” of {list}")),
        Event::ViewRemoved { list, name } => plain(format!("removed the view “{name}” of {list}")),
        Event::LogRestored { branch, size, signed, reason } => {
            let lost = signed.as_ref().map_or_else(
                || "the newest checkpoint is not signed with its key".to_owned(),
                |signed| format!("{} had been signed for", super::log::entries(*signed)),
            );
            plain(format!(
                "recorded a restore: the log goes on as branch {branch} with {}, where {lost}{}",
                super::log::entries(*size),
                because(reason)
            ))
        }
        Event::ListExported { list, query, rows } => exported(*list, query, *rows),
        Event::EvidencePacked { since, until, entries } => {
            let entries = counted(*entries as usize, "entry");
            (
                format!("took away a pack of evidence of {since} to {until}, with {entries}"),
                Some("/audit/evidence".into()),
            )
        }
    }
}

fn plain(text: String) -> Sentence {
    (text, None)
}

fn changeset(id: Id<Changeset>, text: String) -> Sentence {
    (text, Some(format!("/changesets/{id}")))
}

fn moved(verb: &str, bundle: Bundle, revision: &str, environment: &Environment, reason: &str) -> Sentence {
    let text = format!("{verb} {bundle} {revision} in {environment}{}", because(reason));
    (text, Some(release::version_page(bundle, revision)))
}

/// What was taken away, and the address that shows the same.
fn exported(list: List, query: &str, rows: u32) -> Sentence {
    let narrowed = if query.is_empty() { String::new() } else { format!(", narrowed to {query}") };
    let sentence = format!("exported {} of {list}{narrowed}", counted(rows as usize, "row"));
    (sentence, Some(address(list, query)))
}

/// The same move, but about the promotion that asked for it.
fn promotion(id: Id<Promotion>, (text, _): Sentence) -> Sentence {
    (text, Some(release::page(id)))
}

fn on_exception(verb: &str, number: Number, reason: &str) -> Sentence {
    (format!("{verb} {number}{}", because(reason)), Some(exception::page(number)))
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": “{reason}”") }
}

#[cfg(test)]
mod tests {
    use portal::{Environment, audit::Event, policy::Bundle};

    use super::of;

    #[test]
    fn a_roll_back_is_told_with_its_reason() {
        let event = Event::RolledBack {
            environment: Environment::production(),
            bundle: Bundle::Provisioning,
            revision: "v1.2.2".into(),
            replaced: Some("v1.2.3".into()),
            reason: "plans denied".into(),
        };
        let (text, page) = of(&event, "release.promote");
        assert_eq!(text, "rolled back to aegis-provisioning v1.2.2 in production: “plans denied”");
        assert_eq!(page.as_deref(), Some("/versions/aegis-provisioning/v1.2.2"));
    }
}
