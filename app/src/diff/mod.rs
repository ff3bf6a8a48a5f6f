//! What changed between two versions, as the diff shows it. The server writes the lines: a change may have thousands.

use portal::policy::FileChange;
use similar::{Algorithm, DiffOp, TextDiff};
use std::time::Duration;

use crate::ui::{Changes, DiffLines, DiffView, html, rego};

mod data;
mod split;
mod unified;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// As many lines as a page shows; a change that large is read in the archive.
const LONGEST: usize = 5_000;
/// As many lines as are laid out before anybody asked for them: the files after them wait folded. A first version, of
/// which everything is new, has thousands, and a slow machine was busy for seconds with what nobody had looked at yet.
const UNFOLDED: usize = 400;
/// How long one file is compared. After that its difference is still right, and no longer the shortest.
const PATIENCE: Duration = Duration::from_millis(200);

/// All files, one after the other, each to be folded away, with a title above each stretch of it that changed.
pub(crate) fn changes(files: &[FileChange], view: DiffView) -> Changes {
    let data: Vec<_> = files.iter().filter_map(data::of_file).collect();
    let view = if view == DiffView::Data && data.is_empty() { DiffView::Unified } else { view };
    let mut page = Page::new(view);
    for file in files {
        page.file(file);
    }
    let has_data = !data.is_empty();
    let data = if view == DiffView::Data { data } else { vec![] };
    Changes {
        view,
        files: files.len(),
        added: page.added,
        removed: page.removed,
        places: page.places,
        lines: if view == DiffView::Data { DiffLines::default() } else { DiffLines(page.out) },
        has_data,
        data,
    }
}

/// What was written so far.
struct Page {
    view: DiffView,
    out: String,
    lines: usize,
    places: usize,
    added: usize,
    removed: usize,
    /// Whether the file in hand was told to be cut.
    cut: bool,
}

/// A side of a file in its colours, line by line, so that a string over several lines keeps its own.
type Side<'a> = Vec<Vec<(rego::Kind, &'a str)>>;

impl Page {
    fn new(view: DiffView) -> Self {
        Self { view, out: String::new(), lines: 0, places: 0, added: 0, removed: 0, cut: false }
    }

    fn file(&mut self, file: &FileChange) {
        let (old, new) = (file.old.as_deref().unwrap_or_default(), file.new.as_deref().unwrap_or_default());
        let (before, after) = (rego::lines(old), rego::lines(new));
        let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let diff = TextDiff::configure()
            .algorithm(Algorithm::Myers)
            .timeout(PATIENCE)
            .diff_slices(&old_lines, &new_lines);
        let changed = diff.ops().iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
        let sums = changed.fold((0, 0), |(added, removed), op| {
            (added + op.new_range().len(), removed + op.old_range().len())
        });
        self.added += sums.0;
        self.removed += sums.1;
        let (starts, lines) = (self.out.len(), self.lines);
        self.cut = false;
        let mut reached = 0;
        for group in diff.grouped_ops(CONTEXT) {
            let from = group.first().map_or(0, |op| op.new_range().start);
            self.title(&title(file, &group), from.saturating_sub(reached));
            reached = group.last().map_or(reached, |op| op.new_range().end);
            for op in &group {
                self.op(op, &before, &after);
            }
        }
        // What changed in the least only, such as an empty file, has no stretch.
        let head = self.head(file, sums, lines == 0 || self.lines <= UNFOLDED);
        self.out.insert_str(starts, &head);
        self.out.push_str("</tbody></table></details>");
    }

    /// The beginning of a file: its name, what became of it, and whether it is unfolded.
    fn head(&self, file: &FileChange, (added, removed): (usize, usize), open: bool) -> String {
        let open = if open { " open" } else { "" };
        let word = match (&file.old, &file.new) {
            (None, _) => "new",
            (_, None) => "removed",
            _ => "changed",
        };
        let mut head = format!(r#"<details class="fold"{open}><summary><code>"#);
        html::text(&mut head, &file.path);
        head.push_str(&format!(r#"</code> <span class="sums">{word}, +{added} −{removed}</span></summary>"#));
        // Of two columns the first row, which is a title over all of them, would make all equally wide.
        head.push_str(match self.view {
            DiffView::Split => {
                r#"<table class="diff split"><colgroup><col class="at"/><col/><col class="at"/><col/></colgroup><tbody>"#
            }
            DiffView::Unified | DiffView::Data => r#"<table class="diff"><tbody>"#,
        });
        head
    }

    /// Above a stretch: where it is, how much that is the same was left out before it, and the way on.
    fn title(&mut self, title: &str, left_out: usize) {
        if self.is_full() {
            return;
        }
        self.places += 1;
        let (here, before, next) = (self.places, self.places - 1, self.places + 1);
        self.out.push_str(&format!(
            r#"<tr class="hunk" id="change-{here}" tabindex="-1"><td colspan="4"><span>{title}"#
        ));
        if left_out > 0 {
            let lines = if left_out == 1 { "line" } else { "lines" };
            self.out
                .push_str(&format!(r#" <span class="left-out">after {left_out} unchanged {lines}</span>"#));
        }
        self.out.push_str("</span>");
        if before > 0 {
            self.out.push_str(&format!(r##"<a href="#change-{before}">previous</a>"##));
        }
        // The last of them leads to the end of the table.
        self.out.push_str(&format!(r##"<a href="#change-{next}">next</a></td></tr>"##));
    }

    fn op(&mut self, op: &DiffOp, before: &Side<'_>, after: &Side<'_>) {
        match self.view {
            DiffView::Split => split::op(self, op, before, after),
            DiffView::Unified | DiffView::Data => unified::op(self, op, before, after),
        }
    }

    /// Begins a line, unless the page has enough of them; then it says so, once a file.
    fn begins_line(&mut self) -> bool {
        if self.is_full() {
            if !self.cut {
                self.cut = true;
                self.out.push_str(&format!(
                    r#"<tr class="hunk"><td colspan="4">More than {LONGEST} lines changed; the rest is not shown</td></tr>"#
                ));
            }
            return false;
        }
        self.lines += 1;
        true
    }

    fn is_full(&self) -> bool {
        self.lines >= LONGEST
    }
}

/// Where in its file a stretch is.
fn title(change: &FileChange, group: &[DiffOp]) -> String {
    match (&change.old, &change.new, group.first()) {
        (Some(_), Some(_), Some(first)) => format!("From line {}", first.new_range().start + 1),
        _ => "All of it".to_owned(),
    }
}

/// What differs between two lines of which one replaced the other, by bytes: all but what both begin and end with.
fn differing(old: &str, new: &str) -> Option<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let head = alike(old.chars(), new.chars());
    let tail = alike(old[head..].chars().rev(), new[head..].chars().rev());
    // Lines that have little in common are not one line that changed.
    let one_line = (head + tail) * 2 >= old.trim().len().min(new.trim().len());
    one_line.then(|| (head..old.len() - tail, head..new.len() - tail))
}

/// The bytes of what both begin with.
fn alike(old: impl Iterator<Item = char>, new: impl Iterator<Item = char>) -> usize {
    old.zip(new).take_while(|(old, new)| old == new).map(|(old, _)| old.len_utf8()).sum()
}

/// The text of a line.
fn whole(stretches: &[(rego::Kind, &str)]) -> String {
    stretches.iter().map(|(_, text)| *text).collect()
}

#[cfg(test)]
mod tests;
