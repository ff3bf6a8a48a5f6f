//! The policies that are shipped, judged as any folder is: by the embedded engine, by the real OPA, and by
//! both on every case beside them.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use rego::{
    check::{self, Namespaces},
    folder::Folder,
    opa::{self, Opa},
    report::{Check, Ending, Outcome, Report},
    worker::{Config, Drafts, Module, program_for_tests},
};
use serde_json::{Map, Value, json};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies")
}

async fn judged(folder: &Folder) -> Report {
    let drafts = Drafts::new(Config { program: program_for_tests(), ..Config::drafts() });
    let modules: Vec<_> =
        folder.modules().map(|(path, text)| Module { path: path.into(), text: text.into() }).collect();
    let report = check::check(&modules, &folder.data(), &Namespaces::default(), &drafts).await;
    let mut report = report.expect("the checks can be run");
    let opa = Opa::find(None).expect("tests need opa: set OPA_BIN");
    opa::second_opinion(Some(&opa), folder, &mut report).await;
    report
}

/// Every check passed; none failed, and none was left out.
fn all_passed(report: &Report) {
    for outcome in &report.outcomes {
        assert!(matches!(outcome, Outcome::Passed { .. }), "{outcome:#?}");
    }
    let ended = report.tests.iter().filter(|test| test.ending != Ending::Passed);
    assert_eq!(ended.collect::<Vec<_>>(), Vec::<&rego::report::TestRun>::new());
}

#[tokio::test]
async fn the_shipped_policies_pass_every_check_in_both_engines() {
    let folder = Folder::from_dir(&shipped()).unwrap();
    let mut report = judged(&folder).await;
    let drafts = Drafts::new(Config { program: program_for_tests(), ..Config::drafts() });
    check::fixtures(&folder, &drafts, &mut report).await.expect("the cases can be decided");
    all_passed(&report);
    let evidence = |outcome: &Outcome| match outcome {
        Outcome::Passed { check: Check::Fixtures, evidence } => Some(evidence.clone()),
        _ => None,
    };
    let decided = report.outcomes.iter().find_map(evidence);
    assert_eq!(decided, Some(format!("{} cases", cases().len())));
    assert_eq!(report.coverage.rules_covered, report.coverage.rules, "every body of every rule");
    let deciding = report.packages.iter().filter(|package| !package.library);
    let deciding: Vec<_> = deciding.map(|package| package.path.as_str()).collect();
    let wanted = [
        "aegis.ai.access_control",
        "aegis.ai.pii",
        "aegis.ai.rate_limits",
        "aegis.provisioning.ec2",
        "aegis.provisioning.iam",
        "aegis.provisioning.network",
        "aegis.provisioning.s3",
    ];
    assert_eq!(deciding, wanted);
    assert!(report.packages.iter().all(|package| package.library || package.excepts));
}

#[tokio::test]
async fn every_case_is_decided_as_it_should_be_in_both_engines() {
    let cases = cases();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut files: BTreeMap<String, Bytes> = Folder::from_dir(&shipped())
        .unwrap()
        .modules()
        .map(|(path, text)| (path.to_owned(), Bytes::from(text.to_owned())))
        .collect();
    // A module may not speak of another bundle's namespace, so there is one for each.
    for namespace in ["aegis.provisioning", "aegis.ai"] {
        let text = asked(namespace, cases.iter().filter(|case| case.package().starts_with(namespace)));
        files.insert(format!("{}/cases_test.rego", namespace.replace('.', "/")), text.into());
    }
    let data: Map<_, _> = cases.iter().map(|case| (case.name.clone(), case.document())).collect();
    files.insert("cases/data.json".to_owned(), json!(data).to_string().into());
    let report = judged(&Folder::from_files(files).unwrap()).await;
    all_passed(&report);
    let asked = report.tests.iter().filter(|test| test.package.ends_with(".cases_test")).count();
    assert_eq!(asked, cases.len());
}

/// An input and what is to come of it; `docs/policies.md` says what its files hold.
struct Case {
    /// As a rule may be called.
    name: String,
    input: Value,
    want: Value,
}

fn cases() -> Vec<Case> {
    let mut found = Vec::new();
    for package in folders(&shipped().join("test-fixtures/cases")) {
        for case in folders(&package) {
            let read = |file: &str| -> Value {
                let text = std::fs::read_to_string(case.join(file)).expect("a case has both files");
                serde_json::from_str(&text).expect("a case is JSON")
            };
            let path = case.strip_prefix(shipped()).expect("it lies below").display().to_string();
            let name = path.replace("test-fixtures/cases/", "").replace(['/', '.', '-'], "_");
            found.push(Case { name, input: read("input.json"), want: read("want.json") });
        }
    }
    found
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of).expect("a folder of cases");
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

impl Case {
    fn package(&self) -> &str {
        self.want["package"].as_str().expect("a case names its policy")
    }

    fn document(&self) -> Value {
        let exceptions = self.want["data"].get("exceptions").cloned().unwrap_or_else(|| json!({}));
        json!({ "input": self.input, "want": self.want, "exceptions": exceptions })
    }

    /// The test that asks for it.
    fn test(&self, text: &mut String) {
        let (name, package) = (&self.name, self.package());
        let warn = if self.want.get("warn").is_some() {
            format!(r#", "warn": brief(data.{package}.warn)"#)
        } else {
            String::new()
        };
        let clock =
            if self.want["now_ns"].is_null() { "" } else { "\n\t\twith time.now_ns as case.want.now_ns" };
        write!(
            text,
            r#"
test_{name} if {{
	case := data.cases.{name}
	got := {{
		"allow": data.{package}.allow, "deny": brief(data.{package}.deny),
		"exempted": exempt(data.{package}.exempted){warn},
	}} with input as case.input
		with data.exceptions as case.exceptions{clock}
	every key, value in got {{
		value == wanted(case.want[key])
	}}
}}
"#
        )
        .expect("a text takes everything");
    }
}

fn asked<'a>(namespace: &str, cases: impl Iterator<Item = &'a Case>) -> String {
    let mut text = format!("package {namespace}.cases_test\n");
    text += r#"
brief(findings) := {object.filter(finding, ["rule", "address", "unknown"]) | some finding in findings}

exempt(findings) := {said |
	some finding in findings
	said := object.union(object.filter(finding, ["rule", "address", "unknown"]), {"exception": finding.exception.id})
}

wanted(value) := {one | some one in value} if is_array(value)

wanted(value) := value if is_boolean(value)
"#;
    cases.for_each(|case| case.test(&mut text));
    text
}
