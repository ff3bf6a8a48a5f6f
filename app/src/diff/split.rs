//! Two columns: what was beside what is. Where there is no room for both, the style sets one below the other.

use std::ops::Range;

use similar::DiffOp;

use super::{Page, Side, differing, whole};
use crate::ui::{html, rego::Kind};

/// A line of one side, with its place and what changed in it.
type Cell<'a> = (usize, &'a [(Kind, &'a str)], Option<Range<usize>>);

pub(super) fn op(page: &mut Page, op: &DiffOp, before: &Side<'_>, after: &Side<'_>) {
    let (old, new) = (op.old_range(), op.new_range());
    let same = matches!(op, DiffOp::Equal { .. });
    for at in 0..old.len().max(new.len()) {
        if !page.begins_line() {
            return;
        }
        let (old, new) = (old.clone().nth(at), new.clone().nth(at));
        let marks = match (old, new) {
            (Some(old), Some(new)) if !same => differing(&whole(&before[old]), &whole(&after[new])),
            _ => None,
        };
        let (old_mark, new_mark) = marks.unzip();
        page.out.push_str(if same { r#"<tr class="same">"# } else { "<tr>" });
        let (del, add) = if same { ("", "") } else { ("del", "add") };
        side(page, del, old.map(|old| (old, before[old].as_slice(), old_mark)));
        side(page, add, new.map(|new| (new, after[new].as_slice(), new_mark)));
        page.out.push_str("</tr>");
    }
}

fn side(page: &mut Page, class: &str, cell: Option<Cell<'_>>) {
    let Some((at, line, marked)) = cell else {
        page.out.push_str(r#"<td class="at none"></td><td class="none"></td>"#);
        return;
    };
    let spoken = match class {
        "add" => r#"<span class="visually-hidden">added</span>"#,
        "del" => r#"<span class="visually-hidden">removed</span>"#,
        _ => "",
    };
    page.out.push_str(&format!(r#"<td class="at {class}">{}</td><td class="{class}">{spoken}"#, at + 1));
    html::line(&mut page.out, line, marked.as_ref());
    page.out.push_str("</td>");
}
