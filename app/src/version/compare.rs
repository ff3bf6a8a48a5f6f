//! A version beside another, in numbers: what a diff of lines hides.

use std::collections::BTreeSet;

use leptos::prelude::*;
use portal::{
    policy::{Number, VersionDetail},
    report::{Package, Report, Severity},
};

use crate::{
    drawn::Drawn,
    ui::{Callout, Card, CardBody, Fact, Facts, SeverityBadge},
};

/// What a version has, and what another has that it is compared with.
struct Compared {
    with: Number,
    was: Sums,
    is: Sums,
    /// Rules by their package, `aegis.provisioning.s3/deny_no_encryption`.
    added: Vec<String>,
    removed: Vec<String>,
    milder: Vec<Milder>,
}

struct Sums {
    policies: usize,
    rules: usize,
    tests: usize,
}

/// A policy that is taken less seriously than before.
struct Milder {
    package: String,
    was: Severity,
    is: Severity,
}

impl Compared {
    fn of(old: &VersionDetail, new: &VersionDetail) -> Self {
        let (was, is) = (packages(old), packages(new));
        let (old_rules, new_rules) = (rules(&was), rules(&is));
        let milder = is.iter().filter_map(|new| {
            let old = was.iter().find(|old| old.path == new.path && old.severity > new.severity)?;
            Some(Milder { package: new.path.clone(), was: old.severity, is: new.severity })
        });
        Self {
            with: old.version.number,
            was: sums(&was, &old.report),
            is: sums(&is, &new.report),
            added: new_rules.difference(&old_rules).cloned().collect(),
            removed: old_rules.difference(&new_rules).cloned().collect(),
            milder: milder.collect(),
        }
    }
}

/// Those of the version: its changeset's report speaks of other bundles too.
fn packages(detail: &VersionDetail) -> Vec<&Package> {
    detail.report.packages.iter().filter(|package| detail.version.packages.contains(&package.path)).collect()
}

fn rules(packages: &[&Package]) -> BTreeSet<String> {
    let of = |package: &&Package| {
        let path = package.path.clone();
        package.rules.clone().into_iter().map(move |rule| format!("{path}/{rule}"))
    };
    packages.iter().flat_map(of).collect()
}

fn sums(packages: &[&Package], report: &Report) -> Sums {
    let of_them = |file: &String| packages.iter().any(|package| package.tests.contains(file));
    Sums {
        policies: packages.len(),
        rules: packages.iter().map(|package| package.rules.len()).sum(),
        tests: report.tests.iter().filter(|test| of_them(&test.file)).count(),
    }
}

/// What became more and what less, and what somebody should look at twice.
pub(super) fn beside(old: &VersionDetail, new: &VersionDetail) -> Drawn {
    let Compared { with, was, is, added, removed, milder } = Compared::of(old, new);
    let sum = |is: usize, was: usize| {
        let word = if is == was { "as before".to_owned() } else { format!("was {was}") };
        view! { <strong>{is}</strong>" "<span class="muted">{word}</span> }
    };
    let shrank = [(is.policies, was.policies), (is.rules, was.rules), (is.tests, was.tests)]
        .iter()
        .any(|(is, was)| is < was);
    let flag = shrank.then(|| {
        view! {
            <Callout tone="caution" icon="warning">
                <p><strong>"It shrank: "</strong>"there is less of something than before. Fewer rules deny less, and fewer tests find less."</p>
            </Callout>
        }
    });
    Drawn::of(view! {
        <Card title=format!("Beside {with}")>
            <CardBody>
                {flag}
                <Facts>
                    <Fact label="Policies">{sum(is.policies, was.policies)}</Fact>
                    <Fact label="Rules">{sum(is.rules, was.rules)}</Fact>
                    <Fact label="Tests">{sum(is.tests, was.tests)}</Fact>
                    {names("Rules added", added)}
                    {names("Rules removed", removed)}
                    {milder.into_iter().map(taken_lightly).collect_view()}
                </Facts>
            </CardBody>
        </Card>
    })
}

fn names(label: &'static str, names: Vec<String>) -> impl IntoView {
    (!names.is_empty()).then(|| {
        let name = |name: String| view! { <li><code>{name}</code></li> };
        view! { <Fact label><ul class="stack tight">{names.into_iter().map(name).collect_view()}</ul></Fact> }
    })
}

fn taken_lightly(milder: Milder) -> impl IntoView {
    view! {
        <Fact label="Milder">
            <code>{milder.package}</code>
            " from " <SeverityBadge severity=milder.was/> " to " <SeverityBadge severity=milder.is/>
        </Fact>
    }
}
