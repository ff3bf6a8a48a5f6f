use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{How, Promotion, PromotionState, Refusal, earlier, reason};
use crate::{
    Environment, Id, Person,
    identity::Who,
    policy::{Bundle, Number},
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn id(n: u128) -> Id<Person> {
    Uuid::from_u128(n).into()
}

fn who(n: u128) -> Who {
    Who { id: id(n), name: n.to_string() }
}

fn asked() -> Promotion {
    Promotion {
        id: Uuid::from_u128(9).into(),
        environment: Environment::production(),
        version: Uuid::from_u128(8).into(),
        bundle: Bundle::Provisioning,
        number: Number::FIRST,
        asked_by: who(1),
        asked_at: NOW,
        reason: "it fixes the encryption rule".into(),
        pushed_by: Some(id(2)),
        seen: 7,
        state: PromotionState::Asked,
    }
}

#[test]
fn neither_who_asked_nor_who_pushed_confirms() {
    assert_eq!(asked().may_be_decided_by(id(1)), Err(Refusal::OwnRequest));
    assert_eq!(asked().may_be_decided_by(id(2)), Err(Refusal::OwnVersion));
    assert_eq!(asked().may_be_decided_by(id(3)), Ok(()));
}

#[test]
fn a_promotion_is_decided_once() {
    let confirmed = Promotion { state: PromotionState::Confirmed { by: who(3), at: NOW }, ..asked() };
    assert_eq!(confirmed.may_be_decided_by(id(4)), Err(Refusal::AlreadyDecided));
    assert_eq!(confirmed.may_be_withdrawn_by(id(1)), Err(Refusal::AlreadyDecided));
}

#[test]
fn only_who_asked_withdraws() {
    assert_eq!(asked().may_be_withdrawn_by(id(3)), Err(Refusal::NotYours));
    assert_eq!(asked().may_be_withdrawn_by(id(1)), Ok(()));
}

#[test]
fn a_second_roll_back_goes_further_back() {
    let led_back = |past: &[(u128, How)]| {
        let past = past.iter().map(|&(version, how)| (Uuid::from_u128(version).into(), how));
        earlier(past).map(|version| version.uuid().as_u128())
    };
    let (begun, up, back) = (How::Begun, How::Promoted, How::RolledBack);
    let past = [(1, begun), (2, up), (3, up), (2, back), (1, back)];
    let wanted = [None, Some(1), Some(2), Some(1), None];
    for (so_far, wanted) in wanted.into_iter().enumerate() {
        assert_eq!(led_back(&past[..=so_far]), wanted, "after {so_far}");
    }
    // What was rolled back from is left out for good, unless it is promoted again.
    assert_eq!(led_back(&[(1, begun), (2, up), (1, back), (3, up)]), Some(1));
    assert_eq!(led_back(&[(1, begun), (2, up), (1, back), (2, up), (3, up)]), Some(2));
    // The same version put in force anew is no step.
    assert_eq!(led_back(&[(1, begun), (2, up), (2, up)]), Some(1));
    assert_eq!(led_back(&[]), None);
}

#[test]
fn a_reason_is_no_blank_and_no_novel() {
    assert_eq!(reason(" \n "), Err(Refusal::NoReason));
    assert_eq!(reason(&"ü".repeat(2001)), Err(Refusal::NoReason));
    assert_eq!(reason(" why "), Ok("why".into()));
}
