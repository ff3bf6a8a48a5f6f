//! The first test of all: a real OPA takes our signature, and refuses what was touched.

use bytes::Bytes;
use rego::bundle::{Archive, BundleError, VerifyingKey, inspect, verify};
use serde_json::{Value, json};

use crate::fleet::{Fleet, Server};
use crate::{S3, archive, contents, key, opa};

const PATH: &str = "aegis/provisioning/s3/deny";

/// The same tar with other bytes in one place, signed as before.
fn tampered(signed: &[u8], find: &[u8], put: &[u8]) -> Bytes {
    use std::io::{Read, Write};
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(signed).read_to_end(&mut tar).unwrap();
    let at = tar.windows(find.len()).position(|window| window == find).expect("it is in the archive");
    tar[at..at + put.len()].copy_from_slice(put);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&tar).unwrap();
    encoder.finish().unwrap().into()
}

/// The message of the bundle in OPA's status, once there is one that says this.
fn refusal(fleet: &Fleet, says: &str) -> String {
    fleet.until(says, |fleet| {
        let message = fleet.status()?["bundles"]["b"]["message"].as_str()?.to_owned();
        message.contains(says).then_some(message)
    })
}

#[test]
fn opa_answers_from_our_signed_bundle_and_refuses_a_tampered_one() {
    let key = key("k1");
    let signed = archive().sign(&key);
    let server = Server::start(signed.clone());
    let fleet = Fleet::start(&server, &key.verifying());
    let denies = |fleet: &Fleet| fleet.ask(PATH, &json!({"open": 1.0}))?.get("result").cloned();
    let answer = fleet.until("an answer", denies);
    assert_eq!(answer, json!(["open"]));
    assert_eq!(fleet.status().unwrap()["bundles"]["b"]["active_revision"], "r-1");

    server.serve(tampered(&signed, b"\"open\" if", b"\"shut\" if"));
    assert!(refusal(&fleet, "digest mismatch").contains("s3/s3.rego"));
    assert_eq!(denies(&fleet), Some(answer), "the bundle before it stays in force");
    assert_eq!(
        verify(&tampered(&signed, b"\"open\" if", b"\"shut\" if"), &[key.verifying()]).unwrap_err(),
        BundleError::Digest { file: "s3/s3.rego".into() }
    );
}

#[test]
fn opa_and_we_refuse_the_same_signatures() {
    let (known, other) = (key("k1"), key("k1"));
    let signed = archive().sign(&known);
    let keys = [known.verifying()];
    let data = tampered(&signed, b"\"limit\":1.0", b"\"limit\":9.0");
    let hash = tampered(
        &signed,
        b"{\"signatures\":[\"eyJhbGciOiJFUzI1NiI",
        b"{\"signatures\":[\"eyJhbGciOiJFUzM4NCI",
    );
    type Ours = fn(&BundleError) -> bool;
    let cases: [(Bytes, &str, Ours); 5] = [
        (archive().to_unsigned(), "missing .signatures.json", |e| *e == BundleError::Unsigned),
        (archive().sign(&other), "invalid", |e| matches!(e, BundleError::Forged(_))),
        (data, "aegis/provisioning/data.json: digest mismatch", |e| matches!(e, BundleError::Digest { .. })),
        (hash, "", |e| matches!(e, BundleError::Forged(_))),
        (Bytes::from_static(b"no archive"), "gzip", |e| matches!(e, BundleError::Unreadable(_))),
    ];
    let server = Server::start(cases[0].0.clone());
    let fleet = Fleet::start(&server, &known.verifying());
    for (bytes, says, ours) in cases {
        let error = verify(&bytes, &keys).unwrap_err();
        assert!(ours(&error), "{error}");
        server.serve(bytes);
        refusal(&fleet, says);
        assert_eq!(fleet.ask(PATH, &json!({})).and_then(|answer| answer.get("result").cloned()), None);
    }
    server.serve(signed);
    fleet.until("an answer at last", |fleet| fleet.ask(PATH, &json!({}))?.get("result").cloned());
}

#[test]
fn a_key_of_another_name_verifies_nothing() {
    let signing = key("k1");
    let signed = archive().sign(&signing);
    let renamed = VerifyingKey::from_pem("k2".parse().unwrap(), &signing.verifying().to_pem()).unwrap();
    assert_eq!(verify(&signed, &[renamed]).unwrap_err(), BundleError::UnknownKey("k1".into()));
    let both = [key("k2").verifying(), signing.verifying()];
    let verified = verify(&signed, &both).unwrap();
    assert_eq!((verified.keyid.as_ref(), verified.archive), ("k1", archive()));
}

#[test]
fn a_later_key_signs_the_same_archive_again() {
    let (old, new) = (key("k1"), key("k2"));
    let verified = verify(&archive().sign(&old), &[old.verifying()]).unwrap();
    let again = verified.archive.sign(&new);
    assert_eq!(verify(&again, &[new.verifying()]).unwrap().archive.digest(), archive().digest());
    assert!(verify(&again, &[old.verifying()]).is_err());
}

#[tokio::test]
async fn opa_inspect_reads_what_we_built() {
    let signed = archive().sign(&key("k1"));
    let said = opa().inspect(&signed).await.unwrap();
    let manifest = json!({"revision": "r-1", "roots": ["aegis/provisioning"], "rego_version": 1});
    assert_eq!(said["manifest"], manifest);
    assert_eq!(said["signatures_config"]["signatures"].as_array().map(Vec::len), Some(1));
    assert_eq!(said["namespaces"]["data.aegis.provisioning.s3"], json!(["/s3/s3.rego"]));
    let ours = inspect(&signed).unwrap();
    assert_eq!(serde_json::to_value(&ours.manifest).unwrap(), manifest);
    assert_eq!(ours.packages, ["aegis.provisioning.s3"]);
    assert_eq!(ours.keyid.as_deref(), Some("k1"));
    assert_eq!(ours.digest, archive().digest());
    let listed: Vec<_> = ours.files.iter().map(|file| (file.name.as_str(), file.size)).collect();
    assert_eq!(listed, [(".manifest", 66), ("aegis/provisioning/data.json", 33), ("s3/s3.rego", S3.len())]);
}

#[test]
fn opa_hashes_every_file_as_we_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = "{ \"z\": [1.00, 1e3, -0.0], \"a\": {\"\u{2028}\": \"<&>\\u0007\\u00e9\\/\", \"n\": null} }";
    let built =
        Archive::build(&contents(&[("aegis/provisioning/data.json", data), ("s3.rego", S3)])).unwrap();
    std::fs::write(folder.path().join("b.tar.gz"), built.to_unsigned()).unwrap();
    std::fs::write(folder.path().join("key"), "secret").unwrap();
    let ran = std::process::Command::new(crate::program())
        .current_dir(folder.path())
        .args(["sign", "--bundle", "b.tar.gz", "--signing-alg", "HS256", "--signing-key", "secret"])
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let signatures: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join(".signatures.json")).unwrap()).unwrap();
    let payload = signatures["signatures"][0].as_str().unwrap().split('.').nth(1).unwrap();
    let payload = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, payload).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let mut theirs: Vec<_> = payload["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["name"].as_str().unwrap().to_owned(), file["hash"].as_str().unwrap().to_owned()))
        .collect();
    theirs.sort();
    let ours = inspect(&built.to_unsigned()).unwrap().files.into_iter().map(|file| (file.name, file.hash));
    assert_eq!(theirs, ours.collect::<Vec<_>>());
}
