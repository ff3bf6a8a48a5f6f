#[cfg(feature = "ssr")]
use std::mem::take;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use portal::{policy::PolicyDetail, report::FileCoverage};

use super::Module;
use crate::ui::{Card, RegoBlock};
#[cfg(feature = "ssr")]
use crate::ui::{CodeLines, LineMark};

/// Its modules in colours. Their texts are taken out: the browser needs each once.
#[cfg(feature = "ssr")]
pub(super) fn modules(detail: &mut PolicyDetail) -> Vec<Module> {
    let coverage = &detail.report.coverage;
    let mut anchors = std::iter::once(String::new()).chain((2..).map(|at| format!("{at}-")));
    let module = |file: &mut portal::policy::SourceFile| {
        let covered = coverage.files.iter().find(|covered| covered.file == file.path);
        let text = take(&mut file.text);
        let marks = covered.map(|covered| marks(covered, text.lines().count())).unwrap_or_default();
        let anchor = anchors.next().unwrap_or_default();
        let lines = CodeLines::of_rego(&text, &marks, &anchor);
        Module { path: file.path.clone(), lines, measured: covered.is_some() }
    };
    detail.files.iter_mut().map(module).collect()
}

/// A module with its coverage beside the line numbers.
pub(super) fn module(module: Module, approximate: bool) -> impl IntoView + use<> {
    let legend = module.measured.then(|| legend(approximate));
    let label = format!("Source of {}", module.path);
    view! {
        <Card title=module.path aside=legend.into_any()>
            <RegoBlock label lines=module.lines/>
        </Card>
    }
}

/// A mark for each line. What lies beyond the file is ignored.
#[cfg(feature = "ssr")]
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

#[cfg(all(test, feature = "ssr"))]
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
