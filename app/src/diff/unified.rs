//! One column: what went above what came.

use std::ops::Range;

use similar::DiffOp;

use super::{Page, Side, differing, whole};
use crate::ui::{html, rego::Kind};

pub(super) fn op(page: &mut Page, op: &DiffOp, before: &Side<'_>, after: &Side<'_>) {
    let (old, new) = (op.old_range(), op.new_range());
    if let DiffOp::Equal { .. } = op {
        for (old, new) in old.zip(new) {
            row(page, "", Some(old), Some(new), &after[new], None);
        }
        return;
    }
    let marks: Vec<_> = old
        .clone()
        .zip(new.clone())
        .map(|(old, new)| differing(&whole(&before[old]), &whole(&after[new])))
        .collect();
    let mark = |at: usize| marks.get(at).cloned().flatten();
    for (at, old) in old.enumerate() {
        let mark = mark(at).map(|(old, _)| old);
        row(page, "del", Some(old), None, &before[old], mark.as_ref());
    }
    for (at, new) in new.enumerate() {
        let mark = mark(at).map(|(_, new)| new);
        row(page, "add", None, Some(new), &after[new], mark.as_ref());
    }
}

fn row(
    page: &mut Page,
    class: &str,
    before: Option<usize>,
    after: Option<usize>,
    line: &[(Kind, &str)],
    marked: Option<&Range<usize>>,
) {
    if !page.begins_line() {
        return;
    }
    let (sign, spoken) = match class {
        "add" => ("+", "added"),
        "del" => ("-", "removed"),
        _ => ("", ""),
    };
    let number = |at: Option<usize>| at.map(|at| (at + 1).to_string()).unwrap_or_default();
    page.out.push_str(&format!(
        r#"<tr class="{class}"><td class="at">{}</td><td class="at">{}</td><td class="sign"><span class="visually-hidden">{spoken}</span>{sign}</td><td>"#,
        number(before),
        number(after)
    ));
    html::line(&mut page.out, line, marked);
    page.out.push_str("</td></tr>");
}
