//! What changed between two versions, line by line, as the diff table shows it.

use portal::policy::FileChange;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::ui::DiffLine;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// As many lines as a page shows; a change that large is read in the archive.
const LONGEST: usize = 5_000;

/// The changed stretches of all files, one after the other, with a title above each.
pub(crate) fn lines(changes: &[FileChange]) -> Vec<DiffLine> {
    let mut lines: Vec<DiffLine> = changes.iter().flat_map(of_file).take(LONGEST + 1).collect();
    if lines.len() > LONGEST {
        lines.truncate(LONGEST);
        lines.push(DiffLine::Hunk(format!("More than {LONGEST} lines changed; the rest is not shown")));
    }
    lines
}

fn of_file(change: &FileChange) -> Vec<DiffLine> {
    let (old, new) = (change.old.as_deref().unwrap_or_default(), change.new.as_deref().unwrap_or_default());
    let diff = TextDiff::from_lines(old, new);
    let groups = diff.grouped_ops(CONTEXT);
    groups
        .iter()
        .flat_map(|group| {
            let changes = group.iter().flat_map(|op| diff.iter_changes(op)).map(line);
            [DiffLine::Hunk(title(change, group))].into_iter().chain(changes).collect::<Vec<_>>()
        })
        .collect()
}

/// What a stretch is about: its file, and where in it.
fn title(change: &FileChange, group: &[DiffOp]) -> String {
    match (&change.old, &change.new, group.first()) {
        (None, _, _) => format!("{}, new", change.path),
        (_, None, _) => format!("{}, removed", change.path),
        (_, _, Some(first)) => format!("{}, from line {}", change.path, first.new_range().start + 1),
        (_, _, None) => change.path.clone(),
    }
}

fn line(change: similar::Change<&str>) -> DiffLine {
    let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
    let (before, after) = (change.old_index().map(|at| at + 1), change.new_index().map(|at| at + 1));
    match (change.tag(), before, after) {
        (ChangeTag::Delete, Some(before), _) => DiffLine::Removed { before, text },
        (ChangeTag::Insert, _, Some(after)) => DiffLine::Added { after, text },
        (_, before, after) => {
            DiffLine::Same { before: before.unwrap_or_default(), after: after.unwrap_or_default(), text }
        }
    }
}

#[cfg(test)]
mod tests {
    use portal::policy::FileChange;

    use super::lines;
    use crate::ui::DiffLine;

    fn change(old: Option<&str>, new: Option<&str>) -> Vec<DiffLine> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        lines(&[FileChange { path: "s3.rego".into(), old: owned(old), new: owned(new) }])
    }

    #[test]
    fn a_changed_line_is_shown_between_its_neighbours() {
        let got = change(Some("a\nb\nc\n"), Some("a\nB\nc\n"));
        let want = [
            DiffLine::Hunk("s3.rego, from line 1".into()),
            DiffLine::Same { before: 1, after: 1, text: "a".into() },
            DiffLine::Removed { before: 2, text: "b".into() },
            DiffLine::Added { after: 2, text: "B".into() },
            DiffLine::Same { before: 3, after: 3, text: "c".into() },
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn new_and_removed_files_are_named_as_such() {
        assert_eq!(change(None, Some("a\n"))[0], DiffLine::Hunk("s3.rego, new".into()));
        assert_eq!(change(Some("a\n"), None)[0], DiffLine::Hunk("s3.rego, removed".into()));
    }

    #[test]
    fn a_change_too_long_for_a_page_says_that_it_is_cut() {
        let got = change(None, Some(&"line\n".repeat(10_000)));
        assert!(matches!(got.last(), Some(DiffLine::Hunk(told)) if told.contains("not shown")));
    }
}
