use bytes::Bytes;

use super::{
    Archive,
    judge::{Answer, Known, Verdict, verdict, without_the_archive},
};

fn archive() -> Archive {
    Archive {
        etag: "new".into(),
        revision: "v1.1.0".into(),
        keyid: Some("k1".into()),
        bytes: Bytes::from_static(b"new"),
        superseded: ["old".to_owned()].into(),
    }
}

fn told(etag: Option<&str>, known: Known, alone: bool) -> &'static str {
    said(verdict(Some(&archive()), etag, known, alone))
}

fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Answer(Answer::Send(_)) => "send",
        Verdict::Answer(Answer::NotModified) => "not modified",
        Verdict::Answer(Answer::Missing) => "missing",
        Verdict::Answer(Answer::Unknown) => "unknown",
        Verdict::ReadAgain => "read again",
        Verdict::Hold => "hold",
    }
}

#[test]
fn who_holds_what_is_in_force_is_held() {
    for known in [Known::Maybe, Known::Fresh, Known::Away] {
        assert_eq!(told(Some("new"), known, false), "hold");
    }
}

#[test]
fn nothing_is_sent_before_the_pointers_were_read_again() {
    for etag in [None, Some("old"), Some("never heard of")] {
        assert_eq!(told(etag, Known::Maybe, true), "read again");
        assert_eq!(told(etag, Known::Fresh, false), "send");
    }
}

#[test]
fn with_the_database_away_only_what_is_known_to_be_older_is_replaced() {
    assert_eq!(told(Some("old"), Known::Away, true), "send");
    assert_eq!(told(Some("perhaps newer"), Known::Away, true), "hold");
}

#[test]
fn with_the_database_away_another_server_may_have_rolled_back_to_what_is_older_here() {
    assert_eq!(told(Some("old"), Known::Away, false), "hold");
}

#[test]
fn with_the_database_away_an_opa_that_holds_nothing_is_served_by_an_only_server() {
    assert_eq!(told(None, Known::Away, true), "send");
    assert_eq!(told(None, Known::Away, false), "unknown");
}

#[test]
fn what_is_not_here_may_have_come_meanwhile() {
    assert_eq!(said(verdict(None, None, Known::Maybe, true)), "read again");
    assert_eq!(said(verdict(None, None, Known::Fresh, true)), "missing");
    assert_eq!(said(verdict(None, Some("x"), Known::Away, true)), "unknown");
}

#[test]
fn an_older_archive_is_no_stand_in_for_one_that_cannot_be_had() {
    assert_eq!(said(without_the_archive(Some("old"), Known::Maybe)), "read again");
    for known in [Known::Fresh, Known::Away] {
        assert_eq!(said(without_the_archive(Some("old"), known)), "hold");
        assert_eq!(said(without_the_archive(None, known)), "unknown");
    }
}
