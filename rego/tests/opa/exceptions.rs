//! Our exceptions document under the shipped helper, in a real OPA.

use std::process::Command;

use rego::exceptions::{Entry, document};
use serde_json::{Value, json};

use crate::opa;

const HELPER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/rego/provisioning/exceptions/exceptions.rego");

/// What covers the finding, with the clock at an instant.
fn covering(data: &Value, finding: &Value, now: i64) -> Value {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.json"), json!({ "exceptions": data }).to_string()).unwrap();
    let call = format!(
        "data.aegis.provisioning.exceptions.covering(\"aegis.provisioning.s3\", \"deny_no_encryption\", {finding})"
    );
    let query = format!("x := {call} with time.now_ns as {now}");
    let ran = Command::new(opa().program())
        .current_dir(folder.path())
        .args(["eval", "--format", "json", "-d", HELPER, "-d", "data.json", &query])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()));
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    answer["result"][0]["bindings"]["x"].clone()
}

#[test]
fn an_exception_covers_from_its_start_until_its_end() {
    let entry = Entry {
        id: "EXC-001".into(),
        policy: "aegis.provisioning.s3".into(),
        rule: "deny_no_encryption".into(),
        resources: vec!["aws_s3_bucket.logs".into(), "legacy".into()],
        starts_ns: 1_700_000_000_000_000_001,
        expires_ns: 1_700_000_000_000_000_009,
        ticket: "SEC-1".into(),
        category: "waiver".into(),
    };
    let data = document(std::slice::from_ref(&entry)).unwrap();
    let found = json!({
        "id": "EXC-001", "starts_ns": entry.starts_ns, "expires_ns": entry.expires_ns, "ticket": "SEC-1", "category": "waiver",
    });
    let (address, name) = (json!({"address": "aws_s3_bucket.logs"}), json!({"name": "legacy"}));
    assert_eq!(covering(&data, &address, entry.starts_ns), found);
    assert_eq!(covering(&data, &name, entry.expires_ns - 1), found);
    assert_eq!(covering(&data, &name, entry.expires_ns), Value::Null);
    assert_eq!(covering(&data, &name, entry.starts_ns - 1), Value::Null);
    assert_eq!(covering(&data, &json!({"name": "other"}), entry.starts_ns), Value::Null);
}
