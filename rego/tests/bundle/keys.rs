//! Keys on a disk.

use std::os::unix::fs::PermissionsExt;

use rego::bundle::{BundleError, KeyId, SigningKey, VerifyingKey, verify};

use crate::{archive, key};

fn id() -> KeyId {
    "k1".parse().unwrap()
}

#[test]
fn a_key_is_kept_for_its_owner_alone_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k1.pem");
    let made = key("k1");
    made.save(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let loaded = SigningKey::load(id(), &path).unwrap();
    assert_eq!(archive().sign(&loaded), archive().sign(&made));
    assert!(matches!(key("k1").save(&path), Err(BundleError::Key(_))));
    assert_eq!(SigningKey::load(id(), &path).unwrap().verifying(), made.verifying());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no half-written file is left");
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k1.pem");
    key("k1").save(&path).unwrap();
    for mode in [0o640, 0o604, 0o620] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = SigningKey::load(id(), &path).unwrap_err().to_string();
        assert!(error.contains("make it mode 0600"), "{error}");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let public = key("k1").verifying().to_pem();
    assert!(SigningKey::from_pem(id(), &public).is_err());
    assert!(SigningKey::from_pem(id(), "").is_err());
    assert!(VerifyingKey::from_pem(id(), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n").is_err());
    let rsa = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK7ttYaE/1ldsb0OJQDQhhDWqwuFWIyt\nxgYIcYzYbyoBDFTuTGTX2UDAdaDWRVNcTvuRU8WLoIV5W7I8TJRDIqcCAwEAAQ==\n-----END PUBLIC KEY-----\n";
    assert!(VerifyingKey::from_pem(id(), rsa).is_err());
}

#[test]
fn a_key_id_suits_urls_and_headers() {
    for text in ["", "a b", "a/b", "k1?x", "k&1", &"k".repeat(65)] {
        assert!(text.parse::<KeyId>().is_err(), "{text}");
    }
    assert!("aegis-2026.01_b".parse::<KeyId>().is_ok());
}

#[test]
fn a_key_never_shows_itself() {
    let made = key("k1");
    assert_eq!(format!("{made:?}"), "SigningKey { keyid: KeyId(\"k1\"), .. }");
    assert!(verify(&archive().sign(&made), &[made.verifying()]).is_ok());
}
