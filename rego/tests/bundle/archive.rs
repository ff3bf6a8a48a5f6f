//! What goes into an archive, and what does not.

use rego::bundle::{Archive, BundleError, Contents, Root, inspect};

use crate::{S3, archive, contents, key};

#[test]
fn the_same_contents_are_the_same_bytes() {
    let signing = key("k1");
    let (one, two) = (archive(), archive());
    assert_eq!(one.to_unsigned(), two.to_unsigned());
    assert_eq!(one.sign(&signing), two.sign(&signing));
    assert_eq!(one.digest(), two.digest());
    let other_layout = Archive::build(&contents(&[
        ("s3/s3.rego", S3),
        ("aegis/provisioning/data.json", "{ \"text\":\"\\u2028<\\u00e9>\",\n\"limit\":1.0 }"),
    ]));
    assert_eq!(other_layout.unwrap().digest(), one.digest());
}

#[test]
fn the_digest_is_a_promise_to_every_later_release() {
    let archive = Archive::build(&contents(&[("s3.rego", "package aegis.provisioning.s3\n")])).unwrap();
    assert_eq!(archive.digest(), "b5e14215d17207202ce43f2519a0b4c6b49cbdd75f013ee7b8e49662cc1c5890");
}

#[test]
fn another_content_is_another_digest() {
    let base = contents(&[("a.rego", S3)]);
    let digest = |contents: &Contents| Archive::build(contents).unwrap().digest().to_owned();
    let revised = Contents { revision: "r-2".into(), ..base.clone() };
    let noted = Contents { metadata: [("a".to_owned(), 1.into())].into_iter().collect(), ..base.clone() };
    let renamed = contents(&[("b.rego", S3)]);
    let digests = [&base, &revised, &noted, &renamed].map(digest);
    assert!(digests.iter().enumerate().all(|(n, digest)| !digests[..n].contains(digest)));
}

#[test]
fn what_has_no_place_in_a_bundle_is_refused() {
    for (name, text, reason) in [
        ("a.rego", "package aegis.ai.pii\n", "package `aegis.ai.pii` lies outside the roots"),
        ("a.rego", "package aegis.provisioningx\n", "lies outside the roots"),
        ("a.rego", "package aegis\n", "lies outside the roots"),
        ("a.rego", "allow := true\n", "does not begin with a package"),
        ("a.rego", "", "does not begin with a package"),
        (
            "data.json",
            r#"{"aegis": {"provisioning": {}, "ai": {"a": 1}}}"#,
            "data at `aegis.ai.a` lies outside",
        ),
        ("data.json", "[]", "must be an object"),
        ("aegis/data.json", "1", "data at `aegis` lies outside"),
        ("aegis/provisioning/data.json", "{", "expected (line 1)"),
        ("aegis/provisioning/data.yaml", "a: 1", "make it data.json"),
        ("aegis/provisioning/data.yml", "a: 1", "make it data.json"),
        ("foosignatures.json", "{}", "differ on whether that is the signature"),
        (".signatures.json", "{}", "differ on whether that is the signature"),
        ("a/.signatures.json", "{}", "differ on whether that is the signature"),
        ("patch.json", "{}", "a delta"),
        ("a/patch.json", "{}", "a delta"),
        (".manifest", "{}", "is made, not given"),
        ("x.manifest", "{}", "second manifest"),
        ("policy.wasm", "", "modules (*.rego) and data"),
        ("README.md", "", "modules (*.rego) and data"),
        ("../a.rego", S3, "not a plain path"),
        ("/a.rego", S3, "not a plain path"),
        ("a//b.rego", S3, "not a plain path"),
        ("./a.rego", S3, "not a plain path"),
    ] {
        let error = Archive::build(&contents(&[(name, text)])).expect_err(name);
        assert!(
            error.to_string().starts_with(&format!("{name}: ")) && error.to_string().contains(reason),
            "{error}"
        );
    }
    let twice =
        [("aegis/data.json", r#"{"provisioning":{"a":1}}"#), ("aegis/provisioning/data.json", r#"{"a":1}"#)];
    let error = Archive::build(&contents(&twice)).unwrap_err();
    assert!(error.to_string().contains("another file has data at `aegis.provisioning.a`"), "{error}");
}

#[test]
fn roots_are_named_and_do_not_overlap() {
    let with = |roots: &[&str]| {
        let roots: Vec<Root> = roots.iter().map(|root| root.parse().unwrap()).collect();
        Archive::build(&Contents { roots, ..contents(&[]) })
    };
    assert_eq!(with(&[]), Err(BundleError::NoRoots));
    assert_eq!(with(&["a/b", "a"]), Err(BundleError::OverlappingRoots("a/b".into(), "a".into())));
    assert!(with(&["a/b", "a/bc"]).is_ok());
    assert!("".parse::<Root>().is_err());
}

#[test]
fn long_paths_are_kept_whole_or_refused() {
    let long = format!("{}/s3.rego", ["folder"; 20].join("/"));
    let built = Archive::build(&contents(&[(&long, S3)])).unwrap();
    assert_eq!(inspect(&built.to_unsigned()).unwrap().files[1].name, long);
    for name in [format!("{}.rego", "x".repeat(96)), format!("{}/s3.rego", ["folder"; 40].join("/"))] {
        let error = Archive::build(&contents(&[(&name, S3)])).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
    assert!(Archive::build(&contents(&[(&format!("{}.rego", "x".repeat(94)), S3)])).is_ok());
}

#[test]
fn what_is_no_bundle_is_not_inspected() {
    for bytes in [&b""[..], b"{}", b"\x1f\x8b\x08\0"] {
        assert!(matches!(inspect(bytes), Err(BundleError::Unreadable(_))));
    }
}
