use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use portal::{
    Policy, Version,
    policy::InForce,
    report::{Coverage, Ending, TestRun},
};

use super::{PolicyPage, list::engine, show_policy, source::module};
use crate::{
    live,
    page::loaded,
    release::version_page,
    ui::{
        Badge, Badges, Card, CardBody, Column, Count, DataTable, EmptyState, Fact, Facts, PageHead,
        PlainBlock, Progress, SeverityBadge, State, VersionNumber, When,
    },
};

/// One policy: its Rego, its tests, how far they reach, its versions, where it is in force.
#[component]
pub fn OnePolicy() -> impl IntoView {
    let package = use_params_map();
    let data = live::load(
        &[live::Kind::Changeset, live::Kind::Release],
        move || package.read().get("package").unwrap_or_default(),
        show_policy,
    );
    loaded(data, |shown, _| view! { <One shown/> })
}

#[component]
fn One(shown: PolicyPage) -> impl IntoView {
    let PolicyPage { detail, modules, versions } = shown;
    let policy = detail.policy.clone();
    let report = detail.report.clone();
    let mine = |path: &str| detail.files.iter().any(|file| file.path == path);
    let tests: Vec<_> = report.tests.into_iter().filter(|test| mine(&test.file)).collect();
    let coverage = Coverage {
        files: report.coverage.files.into_iter().filter(|covered| mine(&covered.file)).collect(),
        ..report.coverage
    };
    let files: Vec<_> = modules.into_iter().map(|file| module(file, coverage.approximate)).collect();
    let holds = versions.into_iter().filter(|version| version.packages.contains(&policy.package)).collect();
    let over = view! {
        <SeverityBadge severity=policy.severity/>
        <Badge>{engine(policy.engine)}</Badge>
        {policy.library.then(|| view! { <Badge>"Library"</Badge> })}
    };
    let meta = view! { <span>{policy.title.clone()}</span> };
    view! {
        <PageHead title=policy.package.clone() over=over.into_any() meta=meta.into_any()/>
        <div class="columns">
            <div class="stack">
                <About policy=policy.clone()/>
                {files}
                <Tests tests=tests.clone()/>
                <Versions versions=holds/>
            </div>
            <div class="stack stick">
                <WhereInForce in_force=detail.in_force/>
                <Health policy=policy.clone() tests coverage exceptions=detail.exceptions_in_force/>
            </div>
        </div>
    }
}

/// What it is for, and from which of its rules leave can be asked for.
#[component]
fn About(policy: Policy) -> impl IntoView {
    let Policy { package, excepts, .. } = policy.clone();
    let rule = move |rule: String| {
        let ask = format!("/exceptions/new?policy={package}&rule={rule}");
        view! {
            <li class="split">
                <code>{rule}</code>
                {excepts.then(|| view! { <a href=ask>"Request an exception"</a> })}
            </li>
        }
    };
    let rules = policy.rules.into_iter().map(rule).collect_view();
    view! {
        <Card title="What it is for">
            <CardBody>
                <p>{policy.description}</p>
                <Facts>
                    <Fact label="Owner">{policy.owner.unwrap_or_else(|| "nobody named".to_owned())}</Fact>
                    <Fact label="Controls"><Badges words=policy.controls/></Fact>
                    <Fact label="Rules"><ul class="stack tight">{rules}</ul></Fact>
                </Facts>
                {(!policy.excepts && !policy.library).then(plain_denies)}
            </CardBody>
        </Card>
    }
}

fn plain_denies() -> impl IntoView {
    view! { <p class="muted">"It has plain denies and no findings, so exceptions cannot act on it."</p> }
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

const VERSIONS: [Column; 4] = [("Version", ""), ("In force in", ""), ("By", "p1"), ("Built", "end")];

#[component]
fn Versions(versions: Vec<Version>) -> impl IntoView {
    let row = |version: Version| {
        let number = version.number.to_string();
        let href = Some(version_page(version.bundle, &number));
        view! {
            <tr>
                <th scope="row"><VersionNumber number href/></th>
                <td><Badges words=version.in_force.iter().map(ToString::to_string).collect()/></td>
                <td class="p1">{version.by.map_or(portal::policy::PORTAL.to_owned(), |by| by.name)}</td>
                <td class="end"><When at=version.at/></td>
            </tr>
        }
    };
    view! {
        <Card title="Versions that hold it" id="versions">
            <DataTable caption="Versions" columns=VERSIONS.to_vec()>
                {versions.into_iter().map(row).collect_view()}
            </DataTable>
        </Card>
    }
}

#[component]
fn WhereInForce(in_force: Vec<InForce>) -> impl IntoView {
    let line = |place: InForce| {
        view! {
            <dt>{place.environment.to_string()}</dt>
            <dd><VersionNumber number=place.version.to_string() href=None/> " " <When at=place.since stop=true/></dd>
        }
    };
    let places = match in_force.is_empty() {
        true => view! { <p class="muted">"Nowhere yet."</p> }.into_any(),
        false => view! { <Facts>{in_force.into_iter().map(line).collect_view()}</Facts> }.into_any(),
    };
    view! { <Card title="In force"><CardBody>{places}</CardBody></Card> }
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
