//! An OPA that was told where we are, and nothing else.

use std::process::Command;

use bytes::Bytes;
use rego::bundle::{Archive, DECISION, Discovery, SigningKey};
use serde_json::{Value, json};

use crate::fleet::{Fleet, Server};
use crate::{archive, key};

const BUNDLES: [&str; 2] = ["aegis-provisioning", "aegis-exceptions"];

fn document(key: &SigningKey, bundles: &[&str]) -> Archive {
    let bundles: Vec<_> = bundles.iter().map(|bundle| (*bundle, key)).collect();
    signed_by(&bundles, &[key])
}

fn signed_by(bundles: &[(&str, &SigningKey)], keys: &[&SigningKey]) -> Archive {
    let bundles: Vec<_> = bundles.iter().map(|(bundle, key)| (*bundle, key.keyid())).collect();
    let keys: Vec<_> = keys.iter().map(|key| key.verifying()).collect();
    Discovery { environment: "staging", bundles: &bundles, keys: &keys }.archive().unwrap()
}

fn exceptions(key: &SigningKey) -> Bytes {
    let contents =
        rego::bundle::Contents { roots: vec!["exceptions".parse().unwrap()], ..crate::contents(&[]) };
    Archive::build(&contents).unwrap().sign(key)
}

fn boot(server: &Server, labels: &Value) -> Value {
    json!({
        "services": {"portal": {"url": format!("http://127.0.0.1:{}/opa/staging", server.port)}},
        "labels": labels,
        "discovery": {
            "resource": "discovery",
            "decision": DECISION,
            "persist": true,
            "polling": {"long_polling_timeout_seconds": 30, "min_delay_seconds": 1, "max_delay_seconds": 3},
        },
        "persistence_directory": "kept",
    })
}

fn server(key: &SigningKey) -> Server {
    let server = Server::start(exceptions(key));
    server.serve_at("/opa/staging/discovery", document(key, &BUNDLES).to_unsigned());
    server.serve_at("/opa/staging/bundles/aegis-provisioning", archive().sign(key));
    server
}

#[test]
fn a_few_lines_of_configuration_make_an_opa_run_what_is_released() {
    let key = key("k1");
    let server = server(&key);
    let fleet = Fleet::with(&boot(&server, &json!({"group": "canary eu", "instance": "opa-1"})));
    fleet.until("an answer", |fleet| {
        fleet.ask("aegis/provisioning/s3/deny", &json!({}))?.get("result").cloned()
    });
    // The answer may come a moment before the status tells of the bundle that gave it, or of what led to it.
    let revision = document(&key, &BUNDLES).manifest().revision.clone();
    let tells_of_all = |status: &Value| {
        status["bundles"]["aegis-provisioning"]["active_revision"] == "r-1"
            && status["discovery"]["active_revision"] == revision
    };
    let status = fleet.until("a status of both", |fleet| fleet.status().filter(tells_of_all));
    assert_eq!(status["labels"]["environment"], "staging");
    assert_eq!(status["labels"]["instance"], "opa-1");
    for part in ["discovery", "decision_logs"] {
        assert_eq!(status[part].get("message"), None, "{status}");
    }
    let wanted = "/opa/staging/bundles/aegis-provisioning?key=k1&group=canary+eu";
    for wanted in [wanted, "/opa/staging/status"] {
        fleet.until(wanted, |_| server.asked().iter().any(|target| target == wanted).then_some(()));
    }
}

#[test]
fn a_later_document_keeps_what_an_earlier_one_set() {
    let key = key("k1");
    let server = server(&key);
    let fleet = Fleet::with(&boot(&server, &json!({})));
    let (first, second) = (document(&key, &BUNDLES), document(&key, &BUNDLES[..1]));
    let runs = |document: &Archive| {
        let wanted = document.manifest().revision.clone();
        fleet.until(&wanted, |fleet| {
            fleet.status().filter(|status| status["discovery"]["active_revision"] == wanted)
        })
    };
    let before = runs(&first);
    server.serve_at("/opa/staging/discovery", second.to_unsigned());
    let after = runs(&second);
    assert_ne!(first.manifest().revision, second.manifest().revision);
    for status in [before, after] {
        assert_eq!(status["labels"]["environment"], "staging");
        assert!(status["labels"]["instance"].is_string());
        assert_eq!(status["discovery"].get("code"), None);
    }
    assert!(server.asked().iter().any(|target| target.ends_with("aegis-provisioning?key=k1&group=default")));
}

#[test]
fn each_bundle_is_verified_with_the_key_that_signed_it() {
    let (lost, fresh) = (key("k1"), key("k2"));
    let server = server(&lost);
    let fleet = Fleet::with(&boot(&server, &json!({})));
    let runs = |document: &Archive| {
        let wanted = document.manifest().revision.clone();
        fleet.until(&wanted, |fleet| {
            fleet.status().filter(|status| {
                status["discovery"]["active_revision"] == wanted
                    && BUNDLES.iter().all(|bundle| status["bundles"][bundle]["active_revision"].is_string())
            })
        })
    };
    runs(&document(&lost, &BUNDLES));

    server.serve_at("/opa/staging/bundles/aegis-provisioning", archive().sign(&fresh));
    let second = signed_by(&[(BUNDLES[0], &fresh), (BUNDLES[1], &lost)], &[&fresh, &lost]);
    server.serve_at("/opa/staging/discovery", second.to_unsigned());

    let asks_anew = |target: &String| target.ends_with("aegis-provisioning?key=k2&group=default");
    fleet.until("the new name", |_| server.asked().iter().any(asks_anew).then_some(()));
    let status = fleet.until("no complaint", |fleet| {
        fleet.status().filter(|status| {
            status["discovery"]["active_revision"] == second.manifest().revision
                && BUNDLES.iter().all(|bundle| status["bundles"][bundle].get("code").is_none())
        })
    });
    assert!(!server.asked().iter().any(|target| target.contains("aegis-exceptions?key=k2")), "{status}");
}

#[test]
fn opa_finds_nothing_to_complain_of_in_the_document() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in document(&key("k1"), &BUNDLES).files() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    for arguments in [&["check", "--strict", "--bundle", "."][..], &["fmt", "--list", "discovery.rego"]] {
        let ran = Command::new(crate::program()).current_dir(folder.path()).args(arguments).output().unwrap();
        let said = [ran.stdout, ran.stderr].concat();
        assert!(ran.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn what_opa_would_refuse_is_not_built() {
    let key = key("k1");
    let keys = [key.verifying()];
    let bundles = BUNDLES.map(|bundle| (bundle, key.keyid()));
    let good = Discovery { environment: "staging", bundles: &bundles, keys: &keys };
    assert_eq!(good.archive().unwrap().to_unsigned(), good.archive().unwrap().to_unsigned());
    for environment in ["", "a/b", "a b", "Ä", "a?b"] {
        assert!(Discovery { environment, ..good }.archive().is_err(), "{environment}");
    }
    assert!(Discovery { bundles: &[("other", key.keyid())], ..good }.archive().is_err());
    assert!(Discovery { keys: &[], ..good }.archive().is_err());
    assert!(Discovery { keys: &[keys[0].clone(), keys[0].clone()], ..good }.archive().is_err());
}
