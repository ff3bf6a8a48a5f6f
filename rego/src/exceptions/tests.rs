use super::*;

const DAY: i64 = 86_400_000_000_000;

fn entry(id: &str, resource: &str, expires_ns: i64) -> Entry {
    Entry {
        id: id.into(),
        policy: "aegis.provisioning.s3".into(),
        rule: "deny_no_encryption".into(),
        resources: vec![resource.into()],
        starts_ns: 5,
        expires_ns,
        ticket: "SEC-1".into(),
        category: "waiver".into(),
    }
}

#[test]
fn the_index_lists_the_earliest_end_first_and_loses_none() {
    let several = Entry { resources: vec!["a".into(), "b".into()], ..entry("EXC-3", "", 20) };
    let twice = [entry("EXC-2", "a", 30), entry("EXC-1", "a", 30), several.clone(), several];
    let document = document(&twice).unwrap();
    let of = |resource: &str| &document["index"]["aegis.provisioning.s3"]["deny_no_encryption"][resource];
    let ids =
        |list: &Value| list.as_array().unwrap().iter().map(|leaf| leaf["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(of("a")), ["EXC-3", "EXC-1", "EXC-2"]);
    assert_eq!(
        *of("b"),
        json!([{"id": "EXC-3", "starts_ns": 5, "expires_ns": 20, "ticket": "SEC-1", "category": "waiver"}])
    );
    assert_eq!(super::document(&[]).unwrap(), json!({"index": {}}));
}

#[test]
fn an_exception_without_an_end_to_come_is_refused() {
    for (wrong, reason) in [
        (entry("EXC-1", "a", 5), "ends before it starts"),
        (entry("EXC-1", "a", i64::MIN), "ends before it starts"),
        (entry("EXC-1", "", 9), "lacks"),
        (Entry { resources: vec![], ..entry("EXC-1", "", 9) }, "no resource"),
        (Entry { policy: " ".into(), ..entry("EXC-1", "a", 9) }, "lacks"),
    ] {
        let refused = document(&[entry("EXC-0", "a", 9), wrong]).unwrap_err();
        assert_eq!(refused.id, "EXC-1");
        assert!(refused.reason.contains(reason), "{refused}");
    }
    assert!(document(&[entry("EXC-1", "a", 6)]).is_ok());
}

#[test]
fn the_list_of_the_runbook_is_read() {
    let yaml = br#"
exceptions:
  - id: EXC-001
    policy: aegis.provisioning.s3
    rule: deny_no_encryption
    resource: legacy-archive-bucket
    justification: "Pre-2024 bucket, migration scheduled Q2 2026"
    approved_by: security-team
    expires: 2026-06-01
    ticket: SEC-1234
"#;
    let entries = list(yaml).unwrap();
    let wanted = Entry {
        starts_ns: 0,
        expires_ns: 1_780_272_000_000_000_000,
        ticket: "SEC-1234".into(),
        ..entry("EXC-001", "legacy-archive-bucket", 0)
    };
    assert_eq!(entries, [wanted]);
    assert!(document(&entries).is_ok());
}

#[test]
fn every_item_that_cannot_be_read_is_named() {
    let yaml = b"
exceptions:
  - {id: EXC-1, policy: p, rule: r, resource: x, expires: soon}
  - {id: EXC-2, policy: p, rule: r, resource: x, expire: 2026-06-01}
  - {policy: p, rule: r, resource: x, expires: 2026-06-01}
  - {id: EXC-4, policy: p, rule: r, resource: '', expires: 2026-06-01}
  - {id: EXC-5, policy: p, rule: r, resource: x, expires: 1969-06-01}
  - {id: EXC-6, policy: p, rule: r, resource: x, expires: 2026-06-01}
";
    let refused = list(yaml).unwrap_err();
    assert_eq!(
        refused.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
        ["EXC-1", "EXC-2", "#3", "EXC-4", "EXC-5"]
    );
    assert!(refused[1].reason.contains("expire"), "{}", refused[1]);
    for yaml in [&b"[]"[..], b"exceptions: 1", b"exceptions: []\nother: 1", b"{", b"\xff"] {
        assert_eq!(list(yaml).unwrap_err()[0].id, "list");
    }
    assert_eq!(list(b"exceptions: []"), Ok(vec![]));
}

#[test]
fn a_list_that_says_more_than_it_is_long_is_refused() {
    let yaml = format!("exceptions: [&a {}, {}]", "x".repeat(1 << 20), vec!["*a"; 10_000].join(","));
    let refused = list(yaml.as_bytes()).unwrap_err();
    assert!(refused[0].id == "list" && refused[0].reason.contains("more than 16 MiB"), "{}", refused[0]);
}

#[test]
fn an_end_is_read_as_rego_reads_it() {
    for (text, wanted) in [
        ("1970-01-02", DAY),
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-02T01:00:00+01:00", DAY),
        ("1970-01-01T23:00:00-01:00", DAY),
        ("2262-04-11", 9_223_286_400_000_000_000),
    ] {
        assert_eq!(ends(text), Some(wanted), "{text}");
    }
    for text in [
        "",
        "soon",
        "1970-1-2",
        "1970-13-01",
        "1970-02-30",
        "1970-01-02 ",
        "1970-01-01t00:00:00Z",
        "1970-01-01T00:00:00z",
        "1970-01-01 00:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00.1234567890Z",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T0:00:00Z",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00+1:00",
        "1970-01-01T00:00:00\u{2212}01:00",
        "2263-01-01",
        "9999-12-31",
        "\u{661}970-01-01",
        "1970-01-01T00:00:00Z0",
    ] {
        assert_eq!(ends(text), None, "{text}");
    }
}

#[test]
fn many_exceptions_of_one_resource_stay_quick() {
    let entries: Vec<_> = (0..20_000).rev().map(|n| entry(&format!("EXC-{n}"), "a", 10 + n)).collect();
    let document = document(&entries).unwrap();
    let leaves = &document["index"]["aegis.provisioning.s3"]["deny_no_encryption"]["a"];
    assert_eq!((leaves[0]["id"].as_str(), leaves.as_array().unwrap().len()), (Some("EXC-0"), 20_000));
}
