use leptos::prelude::*;
use portal::{
    policy::SourceFile,
    report::{Coverage, FileCoverage},
};

use crate::ui::{Card, LineMark, RegoBlock};

/// A module with its coverage beside the line numbers.
pub(super) fn module(file: SourceFile, coverage: &Coverage) -> impl IntoView + use<> {
    let covered = coverage.files.iter().find(|covered| covered.file == file.path);
    let marks = covered.map(|covered| marks(covered, file.text.lines().count())).unwrap_or_default();
    let legend = covered.map(|_| legend(coverage.approximate));
    let label = format!("Source of {}", file.path);
    view! {
        <Card title=file.path aside=legend.into_any()>
            <RegoBlock label source=file.text marks/>
        </Card>
    }
}

/// A mark for each line. What lies beyond the file is ignored.
fn marks(coverage: &FileCoverage, lines: usize) -> Vec<LineMark> {
    let mut marks = vec![LineMark::None; lines];
    let mut set = |numbers: &[u32], mark| {
        for number in numbers {
            if let Some(line) = (*number as usize).checked_sub(1).and_then(|at| marks.get_mut(at)) {
                *line = mark;
            }
        }
    };
    set(&coverage.covered, LineMark::Covered);
    set(&coverage.not_covered, LineMark::Uncovered);
    set(&coverage.rules_not_covered, LineMark::Uncovered);
    marks
}

fn legend(approximate: bool) -> impl IntoView {
    view! {
        <div class="legend">
            <span><i class="swatch" data-tone="good"></i>"covered"</span>
            <span><i class="swatch striped" data-tone="bad"></i>"not covered"</span>
            {approximate.then(|| view! { <span>"approximate"</span> })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use portal::report::FileCoverage;

    use super::{LineMark, marks};

    #[test]
    fn lines_are_marked_from_one_and_never_beyond_the_file() {
        let coverage = FileCoverage {
            file: "s3.rego".into(),
            covered: vec![1, 2, 9],
            not_covered: vec![3],
            rules_not_covered: vec![0],
        };
        let want = [LineMark::Covered, LineMark::Covered, LineMark::Uncovered, LineMark::None];
        assert_eq!(marks(&coverage, 4), want);
    }
}
