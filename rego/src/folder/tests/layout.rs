//! What becomes of which file.

use super::*;

const S3: &str = "package aegis.provisioning.s3\n";
const PII: &str = "package aegis.ai.pii\n";

#[test]
fn modules_begin_below_rego_wherever_that_lies() {
    for prefix in ["", "rego/", "policies/rego/", "deploy/policies/rego/", "policies/", "my-policies/rego/"] {
        let name = |rest: &str| format!("{prefix}{rest}");
        let folder = files(&[(&name("provisioning/s3/s3.rego"), S3), (&name("ai/pii.rego"), PII)]).unwrap();
        assert_eq!(paths(&folder), ["ai/pii.rego", "provisioning/s3/s3.rego"], "{prefix}");
    }
}

#[test]
fn what_lies_beside_the_modules_stays_out_of_bundles() {
    let folder = files(&[
        ("policies/rego/s3/s3.rego", S3),
        ("policies/rego/s3/s3_test.rego", "package aegis.provisioning.s3_test\n"),
        ("policies/rego/README.md", "#"),
        ("policies/rego/._s3.rego", "\0"),
        ("policies/test-fixtures/plan.json", "{}"),
        ("policies/exceptions/exceptions.yaml", "exceptions: []"),
        ("policies/notes.txt", ""),
    ])
    .unwrap();
    assert_eq!(paths(&folder), ["s3/s3.rego", "s3/s3_test.rego"]);
    assert_eq!(folder.fixtures().map(|(name, _)| name).collect::<Vec<_>>(), ["plan.json"]);
    assert_eq!(folder.exceptions().unwrap(), "exceptions: []");
    assert_eq!(folder.left_out(), ["policies/notes.txt", "policies/rego/._s3.rego", "README.md"]);
    let contents = folder.contents(&"aegis/provisioning".parse().unwrap());
    assert_eq!(contents.into_keys().collect::<Vec<_>>(), ["s3/s3.rego"]);
}

#[test]
fn a_root_gets_its_modules_and_its_part_of_the_data() {
    let folder = files(&[
        ("rego/s3.rego", S3),
        ("rego/pii.rego", PII),
        ("rego/aegis/data.json", r#"{"ai": {"limit": 1.50}, "provisioning": {"b": 1}}"#),
        ("rego/aegis/provisioning/data.yaml", "a:\n  - yes\n  - 1.0\n  - true\n"),
    ])
    .unwrap();
    let of = |root: &str| folder.contents(&root.parse().unwrap());
    assert_eq!(of("aegis/ai").into_keys().collect::<Vec<_>>(), ["aegis/ai/data.json", "pii.rego"]);
    assert_eq!(of("aegis/ai")["aegis/ai/data.json"], r#"{"limit":1.50}"#);
    assert_eq!(of("aegis/provisioning")["aegis/provisioning/data.json"], r#"{"a":["yes",1.0,true],"b":1}"#);
    assert_eq!(
        folder.data_outside(&["aegis/ai".parse().unwrap()]),
        ["aegis.provisioning.a", "aegis.provisioning.b"]
    );
}

#[test]
fn data_that_cannot_be_read_one_way_is_refused() {
    for (name, text, reason) in [
        ("data.yaml", "a: 1\na: 2", "duplicate"),
        ("data.yaml", "a: !x 1", "tag"),
        ("data.yaml", "a: .inf", "number"),
        ("data.yaml", "1: a", "not a string"),
        ("data.yaml", "a: &x {b: 1}\nc:\n  <<: *x", "merge key"),
        ("data.yaml", "[", ""),
        ("data.yaml", "- 1", "must be an object"),
        ("data.yml", "a: 1", "call it data.yaml"),
        ("data.json", "[]", "must be an object"),
        ("data.json", r#"{"a":1,"a":1}"#, "stands twice"),
    ] {
        let faults = files(&[(name, text)]).expect_err(text);
        assert!(faults[0].reason.contains(reason), "{text}: {faults:?}");
    }
    let faults = files(&[("a/data.json", r#"{"b":1}"#), ("data.yaml", "a: {b: 1}")]).unwrap_err();
    assert_eq!(said(&faults), [("data.yaml", "another file has data at `a.b` too")]);
}

#[test]
fn yaml_that_multiplies_is_refused() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for n in 1..30 {
        let item = format!("*a{}", n - 1);
        text += &format!("a{n}: &a{n} [{}]\n", [item.as_str(); 9].join(","));
    }
    assert!(files(&[("data.yaml", &text)]).is_err());
    // A few kilobytes of aliases that would come to 10 GB.
    let text = format!("a: &a {}\nb:\n{}", "x".repeat(1 << 20), "  - *a\n".repeat(10_000));
    let faults = files(&[("data.yaml", &text)]).unwrap_err();
    assert!(faults[0].reason.contains("more than 16 MiB"), "{faults:?}");
    assert_eq!(
        (&*faults[0].file, faults[0].line),
        ("data.yaml", Some(1)),
        "where that stands which is repeated"
    );
    assert!(files(&[("data.yaml", &text[..(1 << 20) + 40])]).is_ok());
    // None of these says too much, and all of them do.
    let text = format!("a: &a {}\nb: [{}]", "x".repeat(1 << 20), ["*a"; 14].join(","));
    let many = (0..5).map(|n| (format!("{n}/data.yaml"), Bytes::from(text.clone())));
    let faults = Folder::from_files(many).unwrap_err();
    assert!(faults.len() == 1 && faults[0].reason.contains("beyond 64 MiB"), "{faults:?}");
    let long = format!("a: {}", "x".repeat(4 << 20));
    assert!(files(&[("data.yaml", &long)]).unwrap_err()[0].reason.contains("write it as data.json"));
}

#[test]
fn an_empty_folder_is_refused() {
    assert_eq!(said(&files(&[]).unwrap_err()), [("", "the folder is empty")]);
    assert_eq!(said(&archive([]).unwrap_err()), [("", "the folder is empty")]);
}

#[test]
fn a_folder_on_a_disk_is_read_without_following_links() {
    let disk = tempfile::tempdir().unwrap();
    let at = |name: &str| disk.path().join(name);
    std::fs::create_dir_all(at("rego/s3")).unwrap();
    std::fs::create_dir(at(".git")).unwrap();
    std::fs::write(at("rego/s3/s3.rego"), S3).unwrap();
    std::fs::write(at(".git/HEAD"), "").unwrap();
    let folder = Folder::from_dir(disk.path()).unwrap();
    assert_eq!(paths(&folder), ["s3/s3.rego"]);
    std::os::unix::fs::symlink("/etc", at("rego/etc")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", at("rego/passwd.rego")).unwrap();
    let faults = Folder::from_dir(disk.path()).unwrap_err();
    assert_eq!(
        faults.iter().map(|fault| fault.file.as_str()).collect::<Vec<_>>(),
        ["rego/etc", "rego/passwd.rego"]
    );
    assert!(Folder::from_dir(&at("nowhere")).unwrap_err()[0].reason.contains("No such file"));
}

#[test]
fn what_is_written_is_read_back_the_same() {
    let folder = files(&[("a/s3.rego", S3), ("aegis/ai/data.json", "1.0")]).unwrap();
    let disk = tempfile::tempdir().unwrap();
    folder.write_to(disk.path()).unwrap();
    assert_eq!(Folder::from_dir(disk.path()).unwrap(), folder);
}

#[test]
fn what_ordinary_tar_packs_is_taken() {
    let disk = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(disk.path().join("policies/rego/s3")).unwrap();
    std::fs::write(disk.path().join("policies/rego/s3/s3.rego"), S3).unwrap();
    for format in ["gnu", "ustar", "v7"] {
        let packed = std::process::Command::new("tar")
            .current_dir(disk.path())
            .args(["--format", format, "-czf", "-", "./policies"])
            .output()
            .unwrap();
        let folder = Folder::from_archive(&packed.stdout).unwrap();
        assert_eq!(paths(&folder), ["s3/s3.rego"], "{format}");
    }
}
