//! Rows of the lists as lines of a file. Moments are in UTC, as programs read them.

use chrono::{DateTime, SecondsFormat, Utc};
use portal::{
    audit::Entry,
    decision::Judged,
    exception::{Exception, State},
};

use super::csv::line;

pub(super) const EXCEPTION: [&str; 16] = [
    "number",
    "standing",
    "package",
    "rule",
    "severity",
    "resources",
    "environments",
    "category",
    "ticket",
    "justification",
    "requested_by",
    "requested_at",
    "ends_at",
    "decided_by",
    "decided_at",
    "decision",
];
pub(super) const ENTRY: [&str; 8] =
    ["entry", "at", "by", "permission", "kind", "event", "address", "proven_at"];
pub(super) const DECISION: [&str; 11] = [
    "decision_id",
    "at",
    "environment",
    "instance",
    "path",
    "result",
    "resource",
    "rules",
    "exceptions",
    "revisions",
    "nanoseconds",
];

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn exception(one: &Exception, now: DateTime<Utc>) -> String {
    let environments: Vec<_> = one.environments.iter().map(ToString::to_string).collect();
    // Who said the last word, when, and what.
    let (ends_at, by, at, said) = match &one.state {
        State::Requested => (Some(one.wanted_until), "", None, ""),
        State::Approved(approval) => {
            (Some(approval.ends_at), approval.by.name.as_str(), Some(approval.at), approval.comment.as_str())
        }
        State::Denied { by, at, reason } => (None, by.name.as_str(), Some(*at), reason.as_str()),
        State::Withdrawn { at } => (None, one.requested_by.name.as_str(), Some(*at), ""),
        State::Revoked { by, at, reason, .. } => (Some(*at), by.name.as_str(), Some(*at), reason.as_str()),
    };
    line::<16>([
        one.number.to_string(),
        one.standing(now).to_string(),
        one.package.clone(),
        one.rule.clone(),
        one.severity.to_string(),
        one.resources.join(" "),
        environments.join(" "),
        one.category.to_string(),
        one.ticket.clone(),
        one.justification.clone(),
        one.requested_by.name.clone(),
        moment(one.requested_at),
        ends_at.map(moment).unwrap_or_default(),
        by.to_owned(),
        at.map(moment).unwrap_or_default(),
        said.to_owned(),
    ])
}

pub(super) fn entry(one: &Entry) -> String {
    line::<8>([
        one.seq.to_string(),
        moment(one.at),
        one.by.clone(),
        one.permission.clone(),
        <&str>::from(&one.event).to_owned(),
        serde_json::to_string(&one.event).expect("an event is plain JSON"),
        one.address.clone().unwrap_or_default(),
        one.proven_at.map(moment).unwrap_or_default(),
    ])
}

pub(super) fn decision(one: &Judged) -> String {
    let all = |of: fn(&portal::decision::Finding) -> Option<&String>| {
        let mut all: Vec<&str> = one.findings.iter().filter_map(of).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all.join(" ")
    };
    let revisions: Vec<_> =
        one.revisions.iter().map(|(bundle, revision)| format!("{bundle} {revision}")).collect();
    line::<11>([
        one.line.decision_id.clone(),
        moment(one.line.at),
        one.line.environment.to_string(),
        one.line.instance.clone(),
        one.line.path.clone(),
        one.line.outcome.to_string(),
        one.subject.clone().unwrap_or_default(),
        all(|finding| finding.rule.as_ref()),
        all(|finding| finding.exception.as_ref()),
        revisions.join("; "),
        one.nanoseconds.map(|all| all.to_string()).unwrap_or_default(),
    ])
}
