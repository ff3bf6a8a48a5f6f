use leptos::prelude::*;
use portal::report::{Fault, Outcome, Report};

use crate::{
    drawn::Drawn,
    ui::{CheckLine, CheckList, Fold, counted},
};

/// Every check of a changeset, with its evidence or its faults. Those that passed are folded: what did not is what
/// somebody came for, and who wants the evidence unfolds it.
pub(crate) fn drawn(report: Report) -> Drawn {
    let all = report.outcomes.len();
    let (passed, others): (Vec<_>, Vec<_>) =
        report.outcomes.into_iter().partition(|outcome| matches!(outcome, Outcome::Passed { .. }));
    let others = (!others.is_empty())
        .then(|| view! { <CheckList>{others.into_iter().map(line).collect_view()}</CheckList> });
    let sum = format!("{} of {} passed", passed.len(), counted(all, "check"));
    Drawn::of(view! {
        {others}
        <Fold summary=sum><CheckList>{passed.into_iter().map(line).collect_view()}</CheckList></Fold>
    })
}

fn line(outcome: Outcome) -> impl IntoView {
    let title = outcome.check().title();
    match outcome {
        Outcome::Passed { evidence, .. } => {
            view! { <CheckLine state="passed" word="Passed" title>{evidence}</CheckLine> }.into_any()
        }
        Outcome::NotRun { reason, .. } => {
            view! { <CheckLine state="skipped" word="Not run" title>{reason}</CheckLine> }.into_any()
        }
        Outcome::Failed { faults, .. } => {
            let faults = faults.into_iter().map(fault).collect_view();
            view! { <CheckLine state="failed" word="Failed" title><ul class="faults">{faults}</ul></CheckLine> }
                .into_any()
        }
    }
}

/// Where it is wrong, then why, in the checker's own words.
fn fault(fault: Fault) -> impl IntoView {
    let place = place(&fault);
    let rule = fault.rule.map(|rule| view! { " " <code>{rule}</code> });
    view! {
        <li>
            {(!place.is_empty()).then(|| view! { <code>{place}</code> })}
            {rule}
            <p class="reason">{fault.reason}</p>
        </li>
    }
}

/// As in `s3/s3.rego:12`.
fn place(fault: &Fault) -> String {
    match fault.line {
        Some(line) if !fault.file.is_empty() => format!("{}:{line}", fault.file),
        _ => fault.file.clone(),
    }
}

#[cfg(test)]
mod tests {
    use portal::report::{Check, Fault};

    use super::place;

    fn fault(file: &str, line: Option<u32>) -> Fault {
        Fault { check: Check::Parse, file: file.into(), line, rule: None, reason: "why".into() }
    }

    #[test]
    fn a_fault_says_its_file_and_line_where_it_has_them() {
        assert_eq!(place(&fault("s3.rego", Some(12))), "s3.rego:12");
        assert_eq!(place(&fault("s3.rego", None)), "s3.rego");
        assert_eq!(place(&fault("", Some(3))), "");
    }
}
