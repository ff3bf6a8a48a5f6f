use strum::VariantArray;
use uuid::Uuid;

use super::{Actor, By, Grant, Job, Permission, Reach, Role, Scope, TokenScope};
use crate::{Environment, Id};

type Column = (String, Box<dyn Fn(Permission) -> bool>);

/// What only a person may do, and never alone: decide what somebody else asked for.
const DECISIONS: [Permission; 2] = [Permission::DecideException, Permission::DecideRelease];

/// Everybody who may be allowed something.
fn columns() -> Vec<Column> {
    let roles =
        Role::VARIANTS.iter().map(|role| -> Column { (role.to_string(), Box::new(|p| role.allows(p))) });
    let scopes =
        TokenScope::VARIANTS.iter().map(|s| -> Column { (format!("`{s}`"), Box::new(|p| s.allows(p))) });
    let jobs =
        Job::VARIANTS.iter().map(|job| -> Column { (format!("job {job}"), Box::new(|p| job.allows(p))) });
    roles.chain(scopes).chain(jobs).collect()
}

fn table() -> String {
    let columns = columns();
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut table = format!("| permission | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
    for &permission in Permission::VARIANTS {
        let marks: Vec<_> =
            columns.iter().map(|(_, allows)| if allows(permission) { "yes" } else { "" }).collect();
        table += &format!("| `{permission}` | {} |\n", marks.join(" | "));
    }
    table
}

#[test]
fn who_may_do_what_is_what_the_auditors_read() {
    let read = include_str!("allowed.md");
    assert!(read.ends_with(&table()), "allowed.md should end with:\n{}", table());
}

#[test]
fn no_token_and_no_job_can_decide() {
    let everything = Actor::Token {
        id: Id::from(Uuid::from_u128(1)),
        owner: Some(Id::from(Uuid::from_u128(2))),
        scopes: TokenScope::VARIANTS.to_vec(),
        within: Scope::Portal,
        grants: Role::VARIANTS.iter().map(|&role| Grant { role, scope: Scope::Portal }).collect(),
        address: None,
    };
    assert_eq!(everything.by().and_then(By::person), None);
    for decision in DECISIONS {
        assert!(!everything.may(decision, &Scope::Portal));
        for job in Job::VARIANTS.iter().copied().map(Actor::Job) {
            assert!(!job.may(decision, &Scope::Portal));
            assert_eq!(job.by().and_then(By::answerable), None);
        }
    }
}

#[test]
fn an_auditor_changes_nothing_but_views_tokens_and_sessions_of_their_own() {
    use Permission::*;
    let looks = [SeePolicy, SeeRelease, SeeException, SeeFleet, SeeAudit, SeeDecision, SeePerson, SeeToken];
    for &permission in Permission::VARIANTS {
        let may = looks.contains(&permission) || matches!(permission, KeepView | KeepToken | EndSession);
        assert_eq!(Role::Auditor.allows(permission), may, "{permission}");
    }
}

#[test]
fn nobody_both_asks_for_an_exception_and_decides_it() {
    for role in Role::VARIANTS {
        let both = role.allows(Permission::RequestException) && role.allows(Permission::DecideException);
        assert!(!both, "{role}");
    }
}

#[test]
fn a_grant_holds_in_its_scope_and_nowhere_else() {
    let (ours, theirs) = (Id::from(Uuid::from_u128(1)), Id::from(Uuid::from_u128(2)));
    let bob = granted(&[(Role::Approver, Scope::Policy(ours))]);
    assert!(bob.may(Permission::DecideException, &Scope::Policy(ours)));
    assert!(!bob.may(Permission::DecideException, &Scope::Policy(theirs)));
    assert!(!bob.may(Permission::DecideException, &Scope::Portal));
    let otto = granted(&[(Role::Operator, Scope::Environment(Environment::staging()))]);
    assert!(otto.may(Permission::RollBackRelease, &Scope::Environment(Environment::staging())));
    assert!(!otto.may(Permission::RollBackRelease, &Scope::Environment(Environment::production())));
}

#[test]
fn a_token_may_nothing_that_its_owner_may_not() {
    let (ours, staging) =
        (Scope::Policy(Id::from(Uuid::from_u128(1))), Scope::Environment(Environment::staging()));
    let token = |grants: &[(Role, Scope)], within: &Scope| Actor::Token {
        id: Id::from(Uuid::from_u128(3)),
        owner: Some(Id::from(Uuid::from_u128(9))),
        scopes: vec![TokenScope::PolicyManage],
        within: within.clone(),
        grants: grants_of(grants),
        address: None,
    };
    let (push, look) = (Permission::PushPolicy, Permission::SeePolicy);
    let author = [(Role::Author, Scope::Portal)];
    assert!(token(&author, &Scope::Portal).may(push, &Scope::Portal));
    assert!(!token(&author, &staging).may(push, &Scope::Portal), "within its environment alone");
    assert!(token(&author, &staging).may(push, &staging));
    let of_ours = token(&[(Role::Author, ours.clone())], &Scope::Portal);
    assert!(of_ours.may(push, &ours) && !of_ours.may(push, &Scope::Portal));
    let auditor = token(&[(Role::Auditor, Scope::Portal)], &Scope::Portal);
    assert!(auditor.may(look, &Scope::Portal) && !auditor.may(push, &Scope::Portal));
    assert!(!token(&[], &Scope::Portal).may_somewhere(look), "nothing is left of a role that was taken away");
}

#[test]
fn a_list_reaches_as_far_as_the_grants() {
    let ours = Id::from(Uuid::from_u128(1));
    let (here, everywhere) = ((Role::Approver, Scope::Policy(ours)), (Role::Auditor, Scope::Portal));
    let see = Permission::SeeException;
    assert_eq!(granted(std::slice::from_ref(&here)).reach(see), Reach::Policies(vec![ours]));
    let both = granted(&[here, everywhere]);
    assert_eq!(both.reach(see), Reach::Everything);
    assert_eq!(both.reach(Permission::DecideException), Reach::Policies(vec![ours]));
    assert!(granted(&[]).reach(see).is_nothing());
    assert!(Actor::Anonymous.reach(see).is_nothing());
}

fn granted(grants: &[(Role, Scope)]) -> Actor {
    let grants = grants_of(grants);
    Actor::Person {
        id: Id::from(Uuid::from_u128(9)),
        name: "somebody".into(),
        grants,
        proven_at: None,
        address: None,
    }
}

fn grants_of(grants: &[(Role, Scope)]) -> Vec<Grant> {
    grants.iter().map(|(role, scope)| Grant { role: *role, scope: scope.clone() }).collect()
}
