//! What came of checking a folder of policies, in words that every layer shares.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// One thing a changeset must pass before it becomes a version.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Check {
    /// The folder itself: sizes, names, kinds of files.
    Folder,
    /// Every module parses, and is not nested deeper than the engine can stand.
    Parse,
    /// Every package lies in a namespace that has an engine.
    Namespace,
    /// METADATA annotations are YAML of the known shape, one block a package.
    Metadata,
    /// No two modules of a package contradict each other: one default, one kind a rule.
    Conflict,
    /// No rule depends on itself.
    Recursion,
    /// Only built-ins that the deciding engine has, with the right number of arguments.
    Builtins,
    /// `sprintf` has a verb for each argument and an argument for each verb.
    Sprintf,
    /// No `not` over a call that an absent field would make undefined.
    Negation,
    /// No data document lies over a rule.
    Data,
    /// Every `test_` rule passes in the embedded engine.
    Tests,
    /// No built-in fails unseen: the tests once more with strict errors.
    Strict,
    /// Every rule succeeded at least once in the tests.
    Coverage,
    /// Every case beside the policies is decided as it wants, and no built-in fails unseen in it.
    Fixtures,
    /// `opa check --strict`.
    OpaCheck,
    /// `opa test`.
    OpaTest,
    /// Both engines give the same verdicts.
    Parity,
}

impl Check {
    /// What it holds, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Folder => "The folder keeps to the limits",
            Self::Parse => "Every module parses",
            Self::Namespace => "Every package has an engine",
            Self::Metadata => "METADATA is well formed",
            Self::Conflict => "Modules of one package agree",
            Self::Recursion => "No rule depends on itself",
            Self::Builtins => "Built-ins exist and get the right arguments",
            Self::Sprintf => "sprintf has a verb for each argument",
            Self::Negation => "No `not` over a call that a missing field undoes",
            Self::Data => "No data lies over a rule",
            Self::Tests => "Tests pass in the embedded engine",
            Self::Strict => "Tests pass with strict built-in errors",
            Self::Coverage => "Every rule succeeds in some test",
            Self::Fixtures => "Every fixture is decided as it wants",
            Self::OpaCheck => "opa check --strict",
            Self::OpaTest => "opa test",
            Self::Parity => "Both engines give the same verdicts",
        }
    }
}

/// Why a check failed, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fault {
    pub check: Check,
    /// The path within the folder; empty where no one file is at fault.
    pub file: String,
    /// Counted from 1.
    pub line: Option<u32>,
    /// The rule or test, where one is to blame.
    pub rule: Option<String>,
    pub reason: String,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// With what was looked at: "7 modules", "112 tests".
    Passed {
        check: Check,
        evidence: String,
    },
    Failed {
        check: Check,
        faults: Vec<Fault>,
    },
    /// Never to be shown as passed.
    NotRun {
        check: Check,
        reason: String,
    },
}

/// Which engine decides for a package.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Engine {
    /// OPA servers of the fleet.
    External,
    /// The portal's own workers.
    Embedded,
}

/// How bad it is when the policy is broken.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// One Rego package as its METADATA and rules describe it. Test packages are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// `aegis.provisioning.s3`.
    pub path: String,
    pub engine: Engine,
    pub title: String,
    pub description: String,
    pub severity: Severity,
    /// The group that answers for it (METADATA `custom.owner`).
    pub owner: Option<String>,
    /// Ids of the controls that it serves (METADATA `custom.controls`).
    pub controls: Vec<String>,
    /// Names of the findings that an exception can be asked for, such as `deny_no_encryption`.
    pub rules: Vec<String>,
    /// Whether it has a `finding` rule, so that exceptions can act on it.
    pub excepts: bool,
    /// A library that others call: it decides nothing itself.
    pub library: bool,
    /// Paths of its modules and of its tests within the folder.
    pub modules: Vec<String>,
    pub tests: Vec<String>,
}

/// How one `test_` rule ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Ending {
    Passed,
    Failed,
    /// A `todo_test_` rule.
    Skipped,
    Error,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRun {
    /// `aegis.provisioning.s3_test`.
    pub package: String,
    pub name: String,
    pub file: String,
    pub line: u32,
    pub ending: Ending,
    /// What it printed, or why it is an error.
    pub output: String,
    /// Microseconds of wall time in the embedded engine.
    pub micros: u64,
}

/// How the output of a test begins that the embedded engine cannot run; it is *skipped* here.
pub const ONLY_OPA: &str = "only OPA can run this: ";

impl TestRun {
    /// Whether the embedded engine lacks what the test needs, so that OPA alone can judge.
    pub fn is_only_opas(&self) -> bool {
        self.ending == Ending::Skipped && self.output.starts_with(ONLY_OPA)
    }
}

/// Which rules ever succeeded in the tests. Test files are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Bodies of rules, by instrumentation.
    pub rules: u32,
    pub rules_covered: u32,
    pub files: Vec<FileCoverage>,
    /// False where the line figures are `opa test --coverage`'s, true where they are ours.
    pub approximate: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCoverage {
    pub file: String,
    /// Lines, counted from 1.
    pub covered: Vec<u32>,
    pub not_covered: Vec<u32>,
    /// Where the bodies start that never succeeded.
    pub rules_not_covered: Vec<u32>,
}

/// All that is known of a folder after its checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
    pub packages: Vec<Package>,
    pub tests: Vec<TestRun>,
    pub coverage: Coverage,
}

impl Coverage {
    /// The same with the line figures of `opa test --coverage`. Which bodies never succeeded stays ours: OPA
    /// counts lines that were evaluated.
    pub fn with_lines_of_opa(mut self, lines: impl IntoIterator<Item = FileCoverage>) -> Self {
        for theirs in lines {
            if let Some(ours) = self.files.iter_mut().find(|ours| ours.file == theirs.file) {
                (ours.covered, ours.not_covered) = (theirs.covered, theirs.not_covered);
            }
        }
        self.approximate = false;
        self
    }
}

impl Outcome {
    pub fn check(&self) -> Check {
        match self {
            Self::Passed { check, .. } | Self::Failed { check, .. } | Self::NotRun { check, .. } => *check,
        }
    }

    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Failed { faults, .. } => faults,
            Self::Passed { .. } | Self::NotRun { .. } => &[],
        }
    }
}

impl Coverage {
    /// Puts OPA's figures in the place of ours; which rules never succeeded stays as we saw it.
    pub fn take_lines_of_opa(&mut self, files: Vec<FileCoverage>) {
        for theirs in files {
            match self.files.iter_mut().find(|ours| ours.file == theirs.file) {
                Some(ours) => (ours.covered, ours.not_covered) = (theirs.covered, theirs.not_covered),
                None => self.files.push(theirs),
            }
        }
        self.approximate = false;
    }
}

impl Report {
    /// Whether no check failed. A check that was not run is not held against it here: where one is
    /// demanded, the release asks for it.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(|outcome| !matches!(outcome, Outcome::Failed { .. }))
    }

    /// Adds faults to those that a check has found; none make no difference.
    ///
    /// Invariant: a check has one outcome.
    pub fn fail(&mut self, check: Check, mut more: Vec<Fault>) {
        if more.is_empty() {
            return;
        }
        let before = self.outcomes.extract_if(.., |outcome| outcome.check() == check);
        let mut faults: Vec<Fault> = before.flat_map(|outcome| outcome.faults().to_vec()).collect();
        faults.append(&mut more);
        self.outcomes.push(Outcome::Failed { check, faults });
        self.outcomes.sort_by_key(Outcome::check);
    }

    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.outcomes.iter().flat_map(Outcome::faults)
    }
}
