//! The tests of a policy, and how far they reach.

use leptos::prelude::*;
use portal::{
    Policy,
    policy::PolicyDetail,
    report::{Coverage, Ending, TestRun},
};

use crate::{
    drawn::Drawn,
    ui::{Card, CardBody, Column, Count, DataTable, EmptyState, Fact, Facts, PlainBlock, Progress, State},
};

/// Each of its tests, and what they come to beside the lines that they cover. The report is of the whole changeset;
/// these are of the policy's own files.
pub(super) fn drawn(detail: &PolicyDetail) -> (Drawn, Drawn) {
    let (policy, report) = (detail.policy.clone(), detail.report.clone());
    let mine = |path: &str| detail.files.iter().any(|file| file.path == path);
    let tests: Vec<_> = report.tests.into_iter().filter(|test| mine(&test.file)).collect();
    let coverage = Coverage {
        files: report.coverage.files.into_iter().filter(|covered| mine(&covered.file)).collect(),
        ..report.coverage
    };
    let exceptions = detail.exceptions_in_force;
    let each = Drawn::of(view! { <Tests tests=tests.clone()/> });
    (each, Drawn::of(view! { <Health policy tests coverage exceptions/> }))
}

const TESTS: [Column; 3] = [("Test", ""), ("Result", ""), ("Time", "end")];

#[component]
fn Tests(tests: Vec<TestRun>) -> impl IntoView {
    let number = tests.len();
    let table = if tests.is_empty() {
        view! { <EmptyState icon="policy" title="No tests"><p>"This package has none of its own."</p></EmptyState> }
            .into_any()
    } else {
        view! { <DataTable caption="Tests of this policy" columns=TESTS.to_vec()>{tests.into_iter().map(test).collect_view()}</DataTable> }
            .into_any()
    };
    view! { <Card title="Tests" id="tests" aside=view! { <Count number/> }.into_any()>{table}</Card> }
}

fn test(test: TestRun) -> impl IntoView {
    let (state, word) = match test.ending {
        Ending::Passed => ("passed", "Passed"),
        Ending::Failed => ("failed", "Failed"),
        Ending::Skipped => ("skipped", "To do"),
        Ending::Error => ("error", "Error"),
    };
    let label = format!("What {} printed", test.name);
    let output = (!test.output.is_empty()).then(|| view! { <PlainBlock label text=test.output/> });
    view! {
        <tr>
            <th scope="row"><code>{test.name}</code>{output}</th>
            <td><State state>{word}</State></td>
            <td class="end keep">{milliseconds(test.micros)}</td>
        </tr>
    }
}

/// As in `0.4 ms`.
fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100)
}

#[component]
fn Health(policy: Policy, tests: Vec<TestRun>, coverage: Coverage, exceptions: u32) -> impl IntoView {
    let passed = tests.iter().filter(|test| test.ending == Ending::Passed).count();
    let lines =
        |lines: fn(&portal::report::FileCoverage) -> usize| coverage.files.iter().map(lines).sum::<usize>();
    let (covered, not) = (lines(|file| file.covered.len()), lines(|file| file.not_covered.len()));
    let (state, all) = (if passed == tests.len() { "passed" } else { "failed" }, tests.len());
    let link = format!("/exceptions?package={}&standing=in-force", policy.package);
    let about = if coverage.approximate { "lines, approximately" } else { "lines" };
    view! {
        <Card title="Health">
            <CardBody>
                <Facts>
                    <Fact label="Tests"><State state>{format!("{passed} of {all}")}</State></Fact>
                    <Fact label="Coverage">
                        {format!("{covered} of {} {about}", covered + not)}
                        <Progress label="Line coverage" value=covered whole=covered + not/>
                    </Fact>
                    <Fact label="Exceptions"><a href=link>{format!("{exceptions} in force")}</a></Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn a_tests_time_is_told_to_a_tenth_of_a_millisecond() {
        assert_eq!(milliseconds(412), "0.4 ms");
        assert_eq!(milliseconds(12_090), "12.0 ms");
    }
}
