//! The `aegis` program itself, as a shell would run it.

#![expect(clippy::unwrap_used, reason = "a test may panic, and the line says where")]

use std::path::{Path, PathBuf};
use std::process::Command;

use evidence::{
    About, Checkpoint, End, Head, Line, LogKey, PACKED_CHECKPOINT, PACKED_LOG, PackWriter, Tree, leaf,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const POLICY: &str = "# METADATA
# title: Buckets
# description: What a bucket must have.
# custom:
#   severity: high
package aegis.provisioning.s3

deny contains \"open\" if input.open == data.aegis.provisioning.limits.open
";

const TESTS: &str = "package aegis.provisioning.s3_test

test_open_is_denied if {
	print(\"looked\")
	\"open\" in data.aegis.provisioning.s3.deny with input as {\"open\": true}
}
";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}{}", self.out, self.err))
    }
}

/// A folder of policies, and a place for what is made of it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.write("policies/rego/provisioning/s3/s3.rego", POLICY);
        desk.write("policies/rego/provisioning/s3/s3_test.rego", TESTS);
        desk.write("policies/rego/aegis/provisioning/limits/data.json", "{ \"open\" : true }");
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        std::fs::write(self.at(name), text).unwrap();
    }

    fn aegis(&self, arguments: &str) -> Ran {
        self.run(Path::new(env!("CARGO_BIN_EXE_aegis")), &arguments.split(' ').collect::<Vec<_>>())
    }

    /// The real `opa`; without one these tests fail.
    fn opa(&self, arguments: &[&str]) -> Ran {
        let opa = rego::opa::Opa::find(rego::opa::place_in_cache().as_deref());
        self.run(
            opa.expect("these tests need `opa`: name it in OPA_BIN, or put it on the PATH").program(),
            arguments,
        )
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Ran {
        let ran = Command::new(program).args(arguments).current_dir(self.0.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code().unwrap(), out: text(ran.stdout), err: text(ran.stderr) }
    }
}

#[test]
fn two_builds_of_one_folder_are_the_same_bytes() {
    let desk = Desk::new();
    assert_eq!(desk.aegis("bundle key k1.pem --keyid k1").code, 0);
    for name in ["one", "two"] {
        let signed = format!("bundle build policies -o {name}.tar.gz --key k1.pem --keyid k1");
        let ran = desk.aegis(&signed);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
        assert_eq!(desk.aegis(&format!("bundle build policies/rego -o plain-{name}.tar.gz")).code, 0);
    }
    let bytes = |name: &str| std::fs::read(desk.at(name)).unwrap();
    assert_eq!(bytes("one.tar.gz"), bytes("two.tar.gz"));
    assert_eq!(bytes("plain-one.tar.gz"), bytes("plain-two.tar.gz"));
    assert_ne!(bytes("one.tar.gz"), bytes("plain-one.tar.gz"));
}

#[test]
fn what_was_built_is_what_opa_evaluates() {
    let desk = Desk::new();
    let built = desk.aegis("--format json bundle build policies -o b.tar.gz --revision r-7").json();
    assert_eq!(built["manifest"]["revision"], "r-7");
    let inspected = desk.opa(&["inspect", "--format", "json", "b.tar.gz"]).json();
    assert_eq!(
        inspected["manifest"],
        json!({"revision": "r-7", "roots": ["aegis/provisioning"], "rego_version": 1})
    );
    desk.write("input.json", "{\"open\": true}");
    let query = "data.aegis.provisioning.s3.deny";
    let answer = desk.opa(&["eval", "--format", "json", "-b", "b.tar.gz", "-i", "input.json", query]).json();
    assert_eq!(answer["result"][0]["expressions"][0]["value"], json!(["open"]));
    let ours = desk.aegis("--format json bundle inspect b.tar.gz").json();
    assert_eq!(ours["digest"], built["digest"]);
    assert_eq!(ours["packages"], json!(["aegis.provisioning.s3"]));
    assert_eq!(ours["files"].as_array().map(Vec::len), Some(3));
    assert!(desk.aegis("bundle inspect b.tar.gz").out.contains("revision   r-7"));
}

#[test]
fn a_bundle_is_verified_by_the_key_that_signed_it_and_no_other() {
    let desk = Desk::new();
    for key in ["k1", "k2"] {
        assert_eq!(desk.aegis(&format!("bundle key {key}.pem --keyid {key}")).code, 0);
    }
    assert_eq!(desk.aegis("bundle build policies -o b.tar.gz --key k1.pem --keyid k1").code, 0);
    let good = desk.aegis("bundle verify b.tar.gz --key k1.pem.pub");
    assert_eq!((good.code, good.out.starts_with("signed by k1: ")), (0, true));
    assert_eq!(desk.aegis("bundle verify b.tar.gz --key k1.pem.pub --keyid k1").code, 0);
    for (arguments, reason) in [
        ("b.tar.gz --key k2.pem.pub", "does not fit key `k1`"),
        ("b.tar.gz --key k1.pem.pub --keyid k9", "not among the known keys"),
        ("plain.tar.gz --key k1.pem.pub", "is not signed"),
    ] {
        assert_eq!(desk.aegis("bundle build policies -o plain.tar.gz").code, 0);
        let ran = desk.aegis(&format!("bundle verify {arguments}"));
        assert_eq!(ran.code, 1, "{arguments}");
        assert!(ran.out.contains(reason), "{}", ran.out);
    }
    assert_eq!(desk.aegis("bundle verify b.tar.gz --key k1.pem").code, 2, "a private key is no public one");
    let ran = desk.opa(&[
        "build",
        "-b",
        "b.tar.gz",
        "--verification-key",
        "k1.pem.pub",
        "--verification-key-id",
        "k1",
        "--scope",
        "write",
        "--signing-alg",
        "ES256",
        "-o",
        "again.tar.gz",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_key_is_never_replaced() {
    let desk = Desk::new();
    assert_eq!(desk.aegis("bundle key k1.pem --keyid k1").code, 0);
    let before = std::fs::read(desk.at("k1.pem")).unwrap();
    assert_eq!(desk.aegis("bundle key k1.pem --keyid k1").code, 2);
    std::fs::remove_file(desk.at("k1.pem.pub")).unwrap();
    assert_eq!(desk.aegis("bundle key k1.pem --keyid k1").code, 2);
    assert_eq!(std::fs::read(desk.at("k1.pem")).unwrap(), before);
    assert!(!desk.at("k1.pem.pub").exists(), "no public key of a private one that was not kept");
}

#[test]
fn what_cannot_become_a_bundle_is_refused_with_the_file() {
    let desk = Desk::new();
    desk.write("policies/rego/aegis/provisioning/limits/data.yaml", "open: 1");
    let ran = desk.aegis("bundle build policies -o b.tar.gz");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("limits/data.yaml: folder: another file has data at"), "{}", ran.out);
    assert!(!desk.at("b.tar.gz").exists());
    for (arguments, reason) in [
        ("bundle build nowhere -o b.tar.gz", "there is no such folder"),
        ("bundle build policies/rego/provisioning -o b.tar.gz --root aegis/ai", "has nothing for aegis/ai"),
        ("bundle build policies/rego/provisioning -o b.tar.gz --key k.pem", "--keyid"),
        ("bundle build policies/rego/provisioning -o b.tar.gz --key k.pem --keyid k1", "k.pem"),
        ("bundle build policies/rego/provisioning -o nowhere/b.tar.gz", "nowhere"),
        ("bundle inspect nowhere.tar.gz", "nowhere.tar.gz"),
        ("bundle key k.pem --keyid a/b", "an id is 1 to 64"),
        ("nonsense", "unrecognized subcommand"),
    ] {
        let ran = desk.aegis(arguments);
        assert_eq!(ran.code, 2, "{arguments}: {}", ran.out);
        assert!(ran.err.contains(reason), "{arguments}: {}", ran.err);
    }
    desk.write("b.tar.gz", "nothing");
    assert_eq!(desk.aegis("bundle inspect b.tar.gz").code, 1);
}

#[test]
fn the_roots_of_two_bundles_are_the_authors_choice() {
    let desk = Desk::new();
    desk.write("policies/rego/ai/pii.rego", "package aegis.ai.pii\n\nallow := true\n");
    let ran = desk.aegis("bundle build policies -o b.tar.gz");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("aegis/provisioning and aegis/ai; name one with --root"), "{}", ran.err);
    for root in ["aegis/ai", "aegis/provisioning"] {
        let built =
            desk.aegis(&format!("--format json bundle build policies -o b.tar.gz --root {root}")).json();
        assert_eq!(built["manifest"]["roots"], json!([root]));
    }
    let both = desk
        .aegis("--format json bundle build policies -o b.tar.gz --root aegis/ai --root aegis/provisioning");
    assert_eq!(both.json()["manifest"]["roots"], json!(["aegis/ai", "aegis/provisioning"]));
    assert_eq!(desk.aegis("bundle build policies -o b.tar.gz --root aegis/ai --root aegis").code, 1);
}

#[test]
fn a_good_folder_passes_every_check_and_a_bad_one_names_its_faults() {
    let desk = Desk::new();
    let case = "policies/test-fixtures/cases/aegis.provisioning.s3/open";
    desk.write(&format!("{case}/input.json"), r#"{"open": true}"#);
    let want = format!("{case}/want.json");
    desk.write(&want, r#"{"package": "aegis.provisioning.s3", "deny": ["open"]}"#);
    let ran = desk.aegis("--format json check policies");
    let report = ran.json();
    assert_eq!(ran.code, 0, "{report:#}");
    for outcome in report["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["result"], "passed", "{outcome}");
    }
    assert_eq!(report["outcomes"].as_array().map(Vec::len), Some(16));
    assert_eq!(report["coverage"]["approximate"], false);
    assert!(desk.aegis("check policies").out.contains("passed   opa-check"));

    desk.write(&want, r#"{"package": "aegis.provisioning.s3", "deny": []}"#);
    let ran = desk.aegis("check policies");
    assert_eq!(ran.code, 1);
    let told =
        "test-fixtures/cases/aegis.provisioning.s3/open: fixtures: it is [\"open\"], where [] is wanted";
    assert!(ran.out.contains(told), "{}", ran.out);

    desk.write("policies/rego/other.rego", "package other\n\nallow := true\n");
    let ran = desk.aegis("check policies");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("other.rego:1: namespace: "), "{}", ran.out);
}

#[test]
fn tests_are_told_one_by_one() {
    let desk = Desk::new();
    let ran = desk.aegis("test policies");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.starts_with("PASS  aegis.provisioning.s3_test.test_open_is_denied ("), "{}", ran.out);
    assert!(
        ran.out.contains("looked") && ran.out.ends_with("1 tests, 1 passed, 0 failed, 0 skipped\n"),
        "{}",
        ran.out
    );

    desk.write(
        "policies/rego/provisioning/s3/more_test.rego",
        "package aegis.provisioning.s3_test\n\ntest_wrong if 1 == 2\n",
    );
    let ran = desk.aegis("test policies");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("FAIL  aegis.provisioning.s3_test.test_wrong")
            && ran.out.contains("2 tests, 1 passed, 1 failed"),
        "{}",
        ran.out
    );
    assert_eq!(desk.aegis("--format json test policies").json()["tests"].as_array().map(Vec::len), Some(2));

    desk.write("policies/rego/provisioning/s3/more_test.rego", "package a b\n");
    let ran = desk.aegis("test policies");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("more_test.rego:1: parse: "), "{}", ran.out);
}

#[test]
fn what_tests_never_reach_is_shown() {
    let desk = Desk::new();
    let ran = desk.aegis("coverage policies");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("100.0 %  provisioning/s3/s3.rego\n1 of 1 rules covered; lines are OPA's"),
        "{}",
        ran.out
    );
    desk.write(
        "policies/rego/provisioning/s3/more.rego",
        "package aegis.provisioning.s3\n\nwarn contains \"x\" if input.x\n",
    );
    let ran = desk.aegis("coverage policies");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("provisioning/s3/more.rego  not reached: 3\n"), "{}", ran.out);
    assert!(ran.out.contains("1 of 2 rules covered"), "{}", ran.out);
}

#[test]
fn one_question_is_answered() {
    let desk = Desk::new();
    desk.write("input.json", "{\"open\": true}");
    for path in ["aegis/provisioning/s3/deny", "data.aegis.provisioning.s3.deny"] {
        let ran = desk.aegis(&format!("--format json eval policies {path} --input input.json"));
        assert_eq!((ran.code, &ran.json()["result"]), (0, &json!(["open"])), "{}{}", ran.out, ran.err);
    }
    let ran = desk.aegis("eval policies aegis/provisioning/s3/nothing");
    assert_eq!((ran.code, ran.out.as_str()), (0, "undefined\n"), "{}", ran.err);
    assert_eq!(desk.aegis("eval policies aegis/provisioning/s3/deny --input nowhere.json").code, 2);
    assert_eq!(desk.aegis("eval policies /").code, 2, "not a path");
    desk.write("input.json", "{");
    assert_eq!(desk.aegis("eval policies aegis/provisioning/s3/deny --input input.json").code, 1);
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    for command in [
        "",
        "check ",
        "test ",
        "coverage ",
        "eval ",
        "bundle ",
        "bundle build ",
        "bundle inspect ",
        "bundle verify ",
        "bundle key ",
    ] {
        let ran = desk.aegis(&format!("{command}--help"));
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("Usage: aegis"), "{}", ran.out);
        assert!(!ran.out.contains("--rego-worker"), "{}", ran.out);
    }
}

/// An export of three entries with its checkpoint, as the portal writes it.
fn export(key: &LogKey) -> (String, String) {
    let head = Head { key: key.public().to_string(), whole: true, query: String::new() };
    let (mut tree, mut file) = (Tree::default(), Line::Head(head).write());
    for index in 0..3 {
        let text = format!(r#"{{"event":{{"kind":"reload_triggered"}},"index":{index},"seq":{index}}}"#);
        let leaf = leaf(text.as_bytes());
        tree.push(leaf);
        file += &Line::Entry { text: &text, leaf }.write();
    }
    let note = key.sign(&Checkpoint { branch: 1, size: 3, root: tree.root() });
    file += &Line::Checkpoint(note.as_str().into()).write();
    file += &Line::End(End { entries: 3 }).write();
    (file, note)
}

#[test]
fn an_export_of_the_audit_is_verified_with_the_public_key_alone() {
    let (desk, key) = (Desk::new(), LogKey::generate("aegis/test"));
    let (file, note) = export(&key);
    desk.write("audit.jsonl", &file);
    desk.write("kept/1/00000000000000000003", &note);
    desk.write("log.pub", &format!("{}\n", key.public()));
    let told = desk.aegis(&format!("audit verify audit.jsonl --key {} --checkpoints kept", key.public()));
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    assert!(told.out.starts_with("holds: all 3 entries"), "{}", told.out);
    assert_eq!(desk.aegis("--format json audit verify audit.jsonl --key log.pub").json()["covered"], 3);

    desk.write("audit.jsonl", &file.replacen(r#""seq":1"#, r#""seq":2"#, 1));
    let told = desk.aegis("audit verify audit.jsonl --key log.pub");
    assert_eq!(told.code, 1);
    assert!(told.out.starts_with("does not hold: entry 1, line 3: what it says is not"), "{}", told.out);
    assert_eq!(desk.aegis("--format json audit verify audit.jsonl --key log.pub").json()["entry"], 1);

    let other = LogKey::generate("aegis/test");
    desk.write("audit.jsonl", &file);
    assert_eq!(desk.aegis(&format!("audit verify audit.jsonl --key {}", other.public())).code, 1);
    for nothing in ["audit verify audit.jsonl --key none", "audit verify none --key log.pub"] {
        assert_eq!(desk.aegis(nothing).code, 2);
    }
}

#[test]
fn a_checkpoint_that_an_auditor_kept_is_held_against_a_narrowed_export_by_a_proof() {
    let (desk, key) = (Desk::new(), LogKey::generate("aegis/test"));
    let text =
        |index: u64| format!(r#"{{"event":{{"kind":"reload_triggered"}},"index":{index},"seq":{index}}}"#);
    let leaves = [0, 1].map(|index| leaf(text(index).as_bytes()));
    let mut tree = Tree::default();
    tree.push(leaves[0]);
    let kept = key.sign(&Checkpoint { branch: 1, size: 1, root: tree.root() });
    tree.push(leaves[1]);
    let newest = key.sign(&Checkpoint { branch: 1, size: 2, root: tree.root() });
    let head = Head { key: String::new(), whole: false, query: "kind=x".into() };
    let file = [
        Line::Head(head).write(),
        Line::Checkpoint(newest.into()).write(),
        Line::Proven { text: &text(1), proof: vec![leaves[0]] }.write(),
        Line::End(End { entries: 1 }).write(),
    ];
    desk.write("some.jsonl", &file.concat());
    desk.write("kept.txt", &kept);
    desk.write("log.pub", &key.public().to_string());
    desk.write("proof.json", &format!(r#"{{"from":1,"to":2,"proof":["{}"],"checkpoint":"…"}}"#, leaves[1]));
    desk.write("other.json", &format!(r#"{{"from":1,"to":2,"proof":["{}"]}}"#, leaves[0]));
    let verify = "audit verify some.jsonl --key log.pub --checkpoint kept.txt";
    let told = desk.aegis(verify);
    assert_eq!(told.code, 0);
    assert!(told.out.contains("/api/v1/audit/consistency?from=1&to=2 tells"), "{}", told.out);
    let told = desk.aegis(&format!("--format json {verify} --consistency proof.json")).json();
    assert_eq!((&told["checkpoints"], &told["unproven"]), (&2.into(), &serde_json::json!([])));
    let told = desk.aegis(&format!("{verify} --consistency other.json"));
    assert_eq!(told.code, 1);
    assert!(told.out.contains("the tree of 2 entries does not begin with the one of 1"), "{}", told.out);
    assert_eq!(desk.aegis(&format!("{verify} --consistency kept.txt")).code, 2);
}

#[test]
fn a_pack_of_evidence_is_verified_with_the_public_key_alone() {
    let (desk, key) = (Desk::new(), LogKey::generate("aegis/test"));
    let text = r#"{"event":{"kind":"reload_triggered"},"index":0,"seq":1}"#;
    let mut tree = Tree::default();
    tree.push(leaf(text.as_bytes()));
    let note = key.sign(&Checkpoint { branch: 1, size: 1, root: tree.root() });
    let head = Head { key: String::new(), whole: false, query: "since=2026-05-01".into() };
    let log = Line::Head(head).write()
        + &Line::Checkpoint(note.as_str().into()).write()
        + &Line::Proven { text, proof: vec![] }.write()
        + &Line::End(End { entries: 1 }).write();
    let pack = |exceptions: &str| {
        let mut writer = PackWriter::default();
        for (name, text) in [("exceptions.jsonl", exceptions), (PACKED_LOG, &log), (PACKED_CHECKPOINT, &note)]
        {
            writer.begin(name).unwrap();
            writer.write(text.as_bytes()).unwrap();
        }
        let [since, until, made_at, made_by] = ["2026-05-01", "2026-05-31", "now", "iris"].map(str::to_owned);
        writer.end(About { since, until, made_at, made_by }, &key).unwrap()
    };
    desk.write("log.pub", &key.public().to_string());
    std::fs::write(desk.at("pack.zip"), pack("{}\n")).unwrap();
    let told = desk.aegis("audit verify pack.zip --key log.pub");
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    assert!(
        told.out.starts_with("the pack of 2026-05-01 to 2026-05-31, made by iris at now, holds"),
        "{}",
        told.out
    );
    let json = desk.aegis("--format json audit verify pack.zip --key log.pub").json();
    assert_eq!((&json["holds"], &json["log"]["entries"]), (&true.into(), &1.into()));

    let mut spoiled = pack("{}\n");
    let at = spoiled.windows(16).position(|part| part == b"exceptions.jsonl").unwrap() + 16;
    spoiled[at] ^= 0xff;
    std::fs::write(desk.at("pack.zip"), &spoiled).unwrap();
    let told = desk.aegis("audit verify pack.zip --key log.pub");
    assert_eq!(told.code, 1);
    assert_eq!(told.out, "does not hold: exceptions.jsonl is not what the manifest says\n");
    desk.write("other.pub", &LogKey::generate("aegis/test").public().to_string());
    std::fs::write(desk.at("pack.zip"), pack("")).unwrap();
    let told = desk.aegis("audit verify pack.zip --key other.pub");
    assert_eq!(told.code, 1);
    assert!(told.out.contains("the manifest is not signed with this log's key"), "{}", told.out);
}

#[test]
fn an_export_whose_end_is_cut_off_is_found_with_a_checkpoint_that_was_kept() {
    let (desk, key) = (Desk::new(), LogKey::generate("aegis/test"));
    let (_, note) = export(&key);
    let head = Head { key: String::new(), whole: true, query: String::new() };
    desk.write("cut.jsonl", &(Line::Head(head).write() + &Line::End(End { entries: 0 }).write()));
    desk.write("kept", &note);
    desk.write("log.pub", &key.public().to_string());
    let told = desk.aegis("audit verify cut.jsonl --key log.pub --checkpoints kept");
    assert_eq!(told.code, 1);
    assert!(told.out.contains("entry 0, line 2: a checkpoint over 3 entries is known"), "{}", told.out);
}
