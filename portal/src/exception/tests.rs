use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    ANSWERED_WITHIN, Category, ENDS_SOON, Exception, Number, Refusal, Standing, State, Wanted, longest,
};
use crate::{
    Environment, Error, Policy,
    identity::Who,
    policy::{Bundle, Number as Version},
    report::{Engine, Severity},
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const TICK: TimeDelta = TimeDelta::microseconds(1);

fn who(n: u128) -> Who {
    Who { id: Uuid::from_u128(n).into(), name: format!("person {n}") }
}

fn ann() -> Who {
    who(1)
}

fn bob() -> Who {
    who(2)
}

fn policy() -> Policy {
    Policy {
        id: Uuid::from_u128(4).into(),
        package: "aegis.provisioning.s3".into(),
        bundle: Bundle::Provisioning,
        engine: Engine::External,
        title: "S3".into(),
        description: String::new(),
        severity: Severity::High,
        owner: None,
        controls: vec![],
        rules: vec!["deny_no_encryption".into()],
        excepts: true,
        library: false,
        version: Version::FIRST,
        version_id: Uuid::from_u128(5).into(),
    }
}

fn wanted() -> Wanted {
    Wanted {
        policy: "aegis.provisioning.s3".into(),
        rule: "deny_no_encryption".into(),
        resources: vec!["legacy-archive-bucket".into()],
        environments: vec![Environment::production()],
        justification: "migration is scheduled".into(),
        ticket: "SEC-1234".into(),
        category: Category::Waiver,
        until: NOW + TimeDelta::days(30),
    }
}

fn requested() -> Exception {
    let wanted = wanted();
    Exception {
        id: Uuid::from_u128(3).into(),
        number: Number(1),
        policy: policy().id,
        package: wanted.policy,
        severity: Severity::High,
        rule: wanted.rule,
        resources: wanted.resources,
        environments: wanted.environments,
        justification: wanted.justification,
        ticket: wanted.ticket,
        category: wanted.category,
        wanted_until: wanted.until,
        requested_by: ann(),
        requested_at: NOW,
        state: State::Requested,
    }
}

fn approved() -> Exception {
    requested().approve(bob(), NOW, NOW + longest(Severity::High), "").unwrap()
}

#[test]
fn a_request_says_what_why_and_until_when() {
    assert!(wanted().checked(&policy(), NOW).is_ok());
    let wrong = [
        Wanted { resources: vec![" ".into()], ..wanted() },
        Wanted { resources: (0..101).map(|n| n.to_string()).collect(), ..wanted() },
        Wanted { resources: vec!["x".repeat(1025)], ..wanted() },
        Wanted { environments: vec![], ..wanted() },
        Wanted { justification: " \n".into(), ..wanted() },
        Wanted { justification: "x".repeat(4001), ..wanted() },
        Wanted { ticket: String::new(), ..wanted() },
    ];
    for wrong in wrong {
        assert!(matches!(wrong.clone().checked(&policy(), NOW), Err(Error::Invalid(_))), "{wrong:?}");
    }
    assert!(Wanted { justification: "ü".repeat(4000), ..wanted() }.checked(&policy(), NOW).is_ok());
}

#[test]
fn a_pattern_is_refused_with_the_reason() {
    for pattern in ["legacy-*", "aws_s3_bucket.b?"] {
        let refused = Wanted { resources: vec![pattern.into()], ..wanted() }.checked(&policy(), NOW);
        assert_eq!(refused, Err(Refusal::Pattern(pattern.into()).into()));
    }
    let address = Wanted { resources: vec![r#"module.m["x"].aws_s3_bucket.b[0]"#.into()], ..wanted() };
    assert!(address.checked(&policy(), NOW).is_ok());
}

#[test]
fn leave_is_asked_from_a_rule_that_is_there_and_can_be_excepted() {
    let no_rule = Wanted { rule: "deny_nothing".into(), ..wanted() }.checked(&policy(), NOW);
    assert!(matches!(no_rule, Err(Error::Exception(Refusal::NoSuchRule { .. }))));
    let plain = wanted().checked(&Policy { excepts: false, ..policy() }, NOW);
    assert!(matches!(plain, Err(Error::Exception(Refusal::CannotExcept(_)))));
}

#[test]
fn nobody_decides_their_own_request() {
    assert_eq!(requested().approve(ann(), NOW, NOW + TICK, ""), Err(Refusal::OwnRequest));
    assert_eq!(requested().deny(ann(), NOW, "no"), Err(Refusal::OwnRequest));
}

#[test]
fn the_more_severe_the_policy_the_sooner_an_exception_ends() {
    for (severity, days) in
        [(Severity::Critical, 30), (Severity::High, 90), (Severity::Medium, 365), (Severity::Low, 365)]
    {
        let approve = |ends_at| Exception { severity, ..requested() }.approve(bob(), NOW, ends_at, "");
        let refused = Err(Refusal::EndOutOfReach { severity, days });
        assert_eq!(approve(NOW), refused);
        assert!(approve(NOW + TICK).is_ok());
        assert!(approve(NOW + TimeDelta::days(days)).is_ok());
        assert_eq!(approve(NOW + TimeDelta::days(days) + TICK), refused);
    }
}

#[test]
fn a_request_is_decided_once() {
    let denied = requested().deny(bob(), NOW, "encrypt it").unwrap();
    assert_eq!(denied.clone().approve(bob(), NOW, NOW + TICK, ""), Err(Refusal::AlreadyDecided));
    assert_eq!(denied.deny(bob(), NOW, "no"), Err(Refusal::AlreadyDecided));
    assert_eq!(approved().deny(bob(), NOW, "no"), Err(Refusal::AlreadyDecided));
    assert_eq!(approved().withdraw(ann().id, NOW), Err(Refusal::AlreadyDecided));
}

#[test]
fn a_request_that_nobody_answers_lapses_after_seven_days() {
    let (last, late) = (NOW + ANSWERED_WITHIN - TICK, NOW + ANSWERED_WITHIN);
    assert!(requested().approve(bob(), last, last + TICK, "").is_ok());
    assert_eq!(requested().approve(bob(), late, late + TICK, ""), Err(Refusal::Lapsed));
    assert_eq!(requested().standing(last), Standing::Requested);
    assert_eq!(requested().standing(late), Standing::Lapsed);
}

#[test]
fn only_an_approved_exception_is_in_force_and_only_until_it_ends() {
    let end = NOW + longest(Severity::High);
    assert!(!requested().in_force(NOW));
    assert!(approved().in_force(end - TICK));
    assert!(!approved().in_force(end));
    assert!(!approved().revoke(bob(), NOW, "leaked").unwrap().in_force(NOW));
    assert_eq!(approved().standing(end - ENDS_SOON - TICK), Standing::InForce);
    assert_eq!(approved().standing(end - ENDS_SOON), Standing::Expiring);
    assert_eq!(approved().standing(end), Standing::Expired);
}

#[test]
fn an_exception_of_a_week_ends_soon_in_its_last_quarter_only() {
    let end = NOW + ENDS_SOON;
    let week = requested().approve(bob(), NOW, end, "").unwrap();
    assert_eq!(week.standing(NOW), Standing::InForce);
    assert_eq!(week.standing(end - ENDS_SOON / 4 - TICK), Standing::InForce);
    assert_eq!(week.standing(end - ENDS_SOON / 4), Standing::Expiring);
}

#[test]
fn what_is_in_force_can_be_revoked_with_a_reason_and_keeps_its_approval() {
    assert_eq!(approved().revoke(bob(), NOW, " "), Err(Refusal::NoReason));
    let revoked = approved().revoke(ann(), NOW + TICK, "leaked").unwrap();
    assert!(
        matches!(&revoked.state, State::Revoked { approval, by, .. } if approval.by == bob() && *by == ann())
    );
    assert_eq!(revoked.revoke(bob(), NOW + TICK, "again"), Err(Refusal::NotInForce));
}

#[test]
fn what_is_said_of_a_decision_has_an_end() {
    let (most, more) = ("ü".repeat(2000), "ü".repeat(2001));
    assert!(requested().approve(bob(), NOW, NOW + TICK, &most).is_ok());
    assert_eq!(requested().approve(bob(), NOW, NOW + TICK, &more), Err(Refusal::LongComment));
    assert!(requested().deny(bob(), NOW, &most).is_ok());
    assert_eq!(requested().deny(bob(), NOW, &more), Err(Refusal::NoReason));
    assert!(approved().revoke(bob(), NOW, &most).is_ok());
    assert_eq!(approved().revoke(bob(), NOW, &more), Err(Refusal::NoReason));
}

#[test]
fn only_who_asked_withdraws() {
    assert_eq!(requested().withdraw(bob().id, NOW), Err(Refusal::NotYours));
    assert!(requested().withdraw(ann().id, NOW).is_ok());
}

#[test]
fn an_exception_is_called_by_its_number() {
    assert_eq!(Number(7).to_string(), "EXC-007");
    assert_eq!("EXC-1234".parse(), Ok(Number(1234)));
    for wrong in ["7", "EXC-", "EXC--1", "exc-1", "EXC-1x", "EXC-1234567890123"] {
        assert!(wrong.parse::<Number>().is_err(), "{wrong}");
    }
}
