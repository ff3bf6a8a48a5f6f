//! Status reports (OPA's documentation, "Status").

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use portal::{Actor, Environment, Permission, fleet::Reported, policy::Bundle};
use serde::Deserialize;
use serde_json::Value;

use super::admit;
use crate::{problem::Problem, site::Site};

const LONGEST_NAME: usize = 200;
const LONGEST_ERROR: usize = 4000;
const MOST_BUNDLES: usize = 100;
/// By then an OPA that reports holds its next poll.
const HOLDS_AGAIN: Duration = Duration::from_secs(1);

/// A report; fields that are not ours are not read.
#[derive(Deserialize)]
struct Status {
    labels: BTreeMap<String, Value>,
    #[serde(default)]
    bundles: BTreeMap<String, BundleStatus>,
    /// What an OPA with the one bundle of old says in the place of `bundles`.
    bundle: Option<BundleStatus>,
    #[serde(default)]
    discovery: Option<BundleStatus>,
    #[serde(default)]
    plugins: BTreeMap<String, Plugin>,
    #[serde(default)]
    metrics: Metrics,
}

#[derive(Deserialize)]
struct BundleStatus {
    #[serde(default)]
    name: String,
    #[serde(default)]
    active_revision: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Plugin {
    #[serde(default)]
    state: String,
}

#[derive(Default, Deserialize)]
struct Metrics {
    #[serde(default)]
    prometheus: BTreeMap<String, Value>,
}

/// Takes a report in, whether the database is there or not; it is the whole state, so the newest one is kept.
pub(crate) async fn status(
    State(site): State<Site>,
    Extension(actor): Extension<Actor>,
    Path(path): Path<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let environment = path.get("environment").map(String::as_str).unwrap_or_default();
    let environment = admit(&site.portal, &actor, environment, Permission::ReportInstance)?;
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        let kind = "a status report comes as it is, without an encoding";
        return Err(Problem::field(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-encoding", kind));
    }
    let body = body.map_err(|refused| Problem::field(refused.status(), "body", refused.body_text()))?;
    let status: Status = serde_json::from_slice(&body)
        .map_err(|error| Problem::field(StatusCode::BAD_REQUEST, "status", error.to_string()))?;
    let reported = status.reported(environment.clone(), site.portal.now())?;
    // A held poll answered once is what makes a restarted downloader ready, or takes an old error back. Where once
    // does not help, more would wake the whole environment at every report.
    let helps = reported.runs_what_is_in_force(&site) && (!reported.ready || status.has_stale_error());
    if helps && site.nudged.is_first(&reported) {
        let shelf = Arc::clone(&site.shelf);
        tokio::spawn(async move {
            tokio::time::sleep(HOLDS_AGAIN).await;
            shelf.nudge(&environment);
        });
    }
    site.reports.take(actor, reported);
    Ok(StatusCode::OK)
}

impl Status {
    fn reported(
        &self,
        environment: Environment,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Reported, Problem> {
        let label = |name: &str| self.labels.get(name).and_then(Value::as_str).map(str::to_owned);
        let process = label("id")
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Problem::field(StatusCode::BAD_REQUEST, "labels.id", "an instance says its id"))?;
        // An unset variable stays as the text that names it.
        let name = label("instance").filter(|name| !name.is_empty() && !name.contains("${"));
        let discovery = self.discovery.as_ref().map(|status| ("discovery", status));
        let alone = self.bundle.as_ref().map(|status| (status.name.as_str(), status));
        let bundles = self.bundles.iter().map(|(name, status)| (name.as_str(), status));
        let bundles = bundles.chain(alone).chain(discovery);
        Ok(Reported {
            environment,
            name: cut(&name.unwrap_or_else(|| process.clone()), LONGEST_NAME),
            process: cut(&process, LONGEST_NAME),
            opa_version: cut(&label("version").unwrap_or_default(), LONGEST_NAME),
            bundles: bundles
                .take(MOST_BUNDLES)
                .map(|(name, status)| {
                    (cut(name, LONGEST_NAME), cut(&status.active_revision, LONGEST_NAME), status.error())
                })
                .collect(),
            dropped: self.dropped(),
            ready: self.plugins.get("bundle").is_none_or(|plugin| plugin.state == "OK"),
            at,
        })
    }

    /// Decisions, or chunks of them, lost since the process started. In `size` mode one counter repeats
    /// another, so of the two the larger counts.
    fn dropped(&self) -> i64 {
        let counter = |name: &str| {
            let name = format!("counter_decision_logs_dropped_{name}");
            self.metrics.prometheus.get(&name).and_then(Value::as_i64).unwrap_or(0)
        };
        let full = counter("buffer_size_limit_exceeded").max(counter("buffer_size_limit_bytes_exceeded"));
        full.saturating_add(counter("rate_limit_exceeded"))
    }

    /// Whether one of our bundles is in error; what else an OPA loads is no business of a poll that we hold.
    fn has_stale_error(&self) -> bool {
        let ours = self.bundles.iter().filter(|(name, _)| name.parse::<Bundle>().is_ok());
        ours.into_iter().any(|(_, status)| !status.code.is_empty())
    }
}

impl BundleStatus {
    /// OPA's own words, where they are a fault: a request that was cut is none.
    fn error(&self) -> String {
        if self.code.is_empty() || self.message.contains("context canceled") {
            return String::new();
        }
        cut(&self.message, LONGEST_ERROR)
    }
}

/// A text from outside at most so many characters long, without what Postgres cannot keep.
fn cut(text: &str, longest: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(longest).collect()
}

/// Bundles that the portal releases, and their revisions.
pub(super) fn ours(reported: &Reported) -> impl Iterator<Item = (Bundle, &str)> {
    let bundles = reported.bundles.iter();
    bundles.filter_map(|(name, revision, _)| Some((name.parse().ok()?, revision.as_str())))
}

trait InForce {
    fn runs_what_is_in_force(&self, site: &Site) -> bool;
}

impl InForce for Reported {
    fn runs_what_is_in_force(&self, site: &Site) -> bool {
        let mut ours = ours(self).peekable();
        ours.peek().is_some()
            && ours.all(|(bundle, revision)| {
                site.shelf
                    .in_force(&self.environment, bundle)
                    .is_some_and(|archive| archive.revision == revision)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    fn reported(text: &str) -> portal::fleet::Reported {
        let status: Status = serde_json::from_str(text).unwrap();
        status.reported("staging".parse().unwrap(), chrono::DateTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn an_instance_is_known_by_its_label_else_by_its_id() {
        assert_eq!(reported(r#"{"labels":{"id":"8d1c","instance":"opa-1"}}"#).name, "opa-1");
        assert_eq!(reported(r#"{"labels":{"id":"8d1c","instance":"${HOSTNAME}"}}"#).name, "8d1c");
        assert_eq!(reported(r#"{"labels":{"id":"8d1c"}}"#).name, "8d1c");
        let nobody: Status = serde_json::from_str(r#"{"labels":{}}"#).unwrap();
        assert!(nobody.reported("staging".parse().unwrap(), chrono::DateTime::UNIX_EPOCH).is_err());
    }

    #[test]
    fn opas_words_are_kept_and_a_cut_request_is_no_fault() {
        let said = reported(
            r#"{"labels":{"id":"1"},"bundles":{
                "a":{"active_revision":"v1.0.0","code":"bundle_error","message":"scope mismatch"},
                "b":{"active_revision":"r1","code":"bundle_error","message":"request failed: Get …: context canceled"}}}"#,
        );
        assert_eq!(said.bundles[0], ("a".into(), "v1.0.0".into(), "scope mismatch".into()));
        assert_eq!(said.bundles[1], ("b".into(), "r1".into(), String::new()));
    }

    #[test]
    fn an_error_in_a_bundle_that_is_not_ours_is_no_reason_to_answer_a_poll() {
        let status = |name: &str| {
            let text =
                format!(r#"{{"labels":{{"id":"1"}},"bundles":{{"{name}":{{"code":"bundle_error"}}}}}}"#);
            serde_json::from_str::<Status>(&text).unwrap().has_stale_error()
        };
        assert!(status("aegis-provisioning"));
        assert!(!status("theirs"));
    }

    #[test]
    fn lost_decisions_are_counted_once() {
        let said = reported(
            r#"{"labels":{"id":"1"},"metrics":{"prometheus":{
                "counter_decision_logs_dropped_buffer_size_limit_bytes_exceeded":7,
                "counter_decision_logs_dropped_buffer_size_limit_exceeded":7,
                "counter_decision_logs_dropped_rate_limit_exceeded":2,
                "go_goroutines":{"name":"x"}}}}"#,
        );
        assert_eq!(said.dropped, 9);
    }
}
