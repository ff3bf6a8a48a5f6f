use std::time::{Duration, Instant};

use portal::policy::FileChange;

use super::{changes, differing};
use crate::ui::{Changes, DataChange, DiffView};

fn file(path: &str, old: Option<&str>, new: Option<&str>) -> FileChange {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    FileChange { path: path.into(), old: owned(old), new: owned(new) }
}

fn seen(old: Option<&str>, new: Option<&str>, view: DiffView) -> Changes {
    changes(&[file("s3.rego", old, new)], view)
}

#[test]
fn a_changed_line_is_shown_between_its_neighbours_with_what_differs_marked() {
    let got = seen(Some("a\nmax := 1\nc\n"), Some("a\nmax := 20\nc\n"), DiffView::Unified);
    assert_eq!((got.files, got.added, got.removed, got.places), (1, 1, 1, 1));
    let html = got.lines.0;
    assert!(html.contains("<code>s3.rego</code>") && html.contains("From line 1<"), "{html}");
    assert!(html.contains("changed, +1 −1"), "{html}");
    assert!(html.contains(r#"max := <mark><span class="nu">1</span></mark>"#), "{html}");
    assert!(html.contains(r#"max := <mark><span class="nu">20</span></mark>"#), "{html}");
    assert_eq!(html.matches("<tr").count(), 5, "a title, two neighbours, what went and what came: {html}");
}

#[test]
fn side_by_side_a_line_stands_beside_what_it_became() {
    let html = seen(Some("a\nmax := 1\nc\n"), Some("a\nmax := 2\nnew\nc\n"), DiffView::Split).lines.0;
    assert_eq!(html.matches(r#"<tr class="same">"#).count(), 2, "{html}");
    assert!(
        html.contains(r#"<td class="at del">2</td>"#) && html.contains(r#"<td class="at add">2</td>"#),
        "{html}"
    );
    assert!(html.contains(r#"<td class="none"></td><td class="at add">3</td>"#), "{html}");
}

#[test]
fn what_is_unchanged_is_left_out_and_counted() {
    let old: String = (1..=100).map(|line| format!("line{line}\n")).collect();
    let new = old.replace("line50\n", "other\n").replace("line90\n", "another\n");
    let got = seen(Some(&old), Some(&new), DiffView::Unified);
    assert_eq!(got.places, 2);
    assert!(got.lines.0.contains("after 46 unchanged lines"), "{}", got.lines.0);
    assert!(got.lines.0.contains("after 33 unchanged lines"), "{}", got.lines.0);
    assert!(got.lines.0.contains(r##"<a href="#change-1">previous</a>"##));
}

#[test]
fn new_and_removed_files_are_named_as_such() {
    assert!(seen(None, Some("a\n"), DiffView::Unified).lines.0.contains("new, +1 −0"));
    assert!(seen(Some("a\n"), None, DiffView::Split).lines.0.contains("removed, +0 −1"));
}

#[test]
fn files_beyond_what_is_looked_at_first_are_folded() {
    let text = "line\n".repeat(300);
    let files = ["one.rego", "two.rego", "three.rego"].map(|path| file(path, None, Some(&text)));
    let html = changes(&files, DiffView::Unified).lines.0;
    let folded: Vec<bool> = html.split("<details").skip(1).map(|file| !file.contains(" open>")).collect();
    assert_eq!(folded, [false, true, true]);
    assert_eq!(html.matches("<tr class=\"add\"").count(), 900, "and they are there");
}

#[test]
fn one_long_file_is_unfolded() {
    let html = seen(None, Some(&"line\n".repeat(1_000)), DiffView::Unified).lines.0;
    assert!(html.starts_with("<details class=\"fold\" open>"));
}

#[test]
fn a_change_too_long_for_a_page_says_that_it_is_cut() {
    for view in [DiffView::Unified, DiffView::Split] {
        let html = seen(None, Some(&"line\n".repeat(10_000)), view).lines.0;
        assert!(html.contains("not shown"), "{view}");
        assert!(html.matches("<tr").count() < 5_010);
    }
}

#[test]
fn five_thousand_lines_that_all_changed_are_compared_in_time() {
    let text =
        |salt: usize| -> String { (0..5_000).map(|at| format!("x{} := {salt}\n", at * salt)).collect() };
    for view in [DiffView::Unified, DiffView::Split] {
        let begun = Instant::now();
        let got = seen(Some(&text(3)), Some(&text(7)), view);
        assert!(got.added > 4_000);
        // Far less in practice; a cost that grew by the square would take minutes.
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    }
}

#[test]
fn what_a_file_says_is_text_and_no_html() {
    let hostile = file("<script>.rego", Some("# a\n"), Some("# <script>alert(1)</script> \u{202e}\0\n"));
    for view in [DiffView::Unified, DiffView::Split] {
        let html = changes(std::slice::from_ref(&hostile), view).lines.0;
        assert!(!html.contains("<script") && !html.contains('\0'), "{html}");
    }
}

#[test]
fn data_is_compared_by_its_keys() {
    let old = r#"{"limits": {"tokens": 10, "calls": 5}, "teams": ["a", "b"], "gone": true}"#;
    let new = r#"{"limits": {"tokens": 20, "calls": 5}, "teams": ["a", "c"], "a b": null}"#;
    let got = changes(&[file("ai/data.json", Some(old), Some(new))], DiffView::Data);
    let change = |path: &str, before: Option<&str>, after: Option<&str>| DataChange {
        path: path.into(),
        before: before.map(Into::into),
        after: after.map(Into::into),
    };
    let want = [
        change(r#"["a b"]"#, None, Some("null")),
        change("gone", Some("true"), None),
        change("limits.tokens", Some("10"), Some("20")),
        change("teams[1]", Some("\"b\""), Some("\"c\"")),
    ];
    assert_eq!(got.data[0].changes, want);
}

#[test]
fn where_no_data_changed_there_is_no_view_of_it() {
    let got = seen(Some("a\n"), Some("b\n"), DiffView::Data);
    assert_eq!((got.view, got.has_data), (DiffView::Unified, false));
}

#[test]
fn lines_with_nothing_in_common_are_not_marked() {
    assert_eq!(differing("alpha", "omega-9"), None);
    assert_eq!(differing("a := \"é\"", "a := \"è\""), Some((6..8, 6..8)));
}
