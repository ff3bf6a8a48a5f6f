//! Text on its way into HTML that the server writes by hand, where a page has too many parts for views.

use std::ops::Range;

use super::rego::Kind;

/// Text as it stands between tags or in an attribute.
pub(crate) fn text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // The parser would read a carriage return as a line break, and a NUL not at all.
            c if c.is_control() && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// A stretch of Rego in its colour.
pub(crate) fn stretch(out: &mut String, kind: Kind, stretch: &str) {
    match kind.class() {
        None => text(out, stretch),
        Some(class) => {
            out.push_str(&format!(r#"<span class="{class}">"#));
            text(out, stretch);
            out.push_str("</span>");
        }
    }
}

/// A line of Rego; what lies in `marked`, by bytes, is what changed in it.
pub(crate) fn line(out: &mut String, stretches: &[(Kind, &str)], marked: Option<&Range<usize>>) {
    let mut at = 0;
    for (kind, text) in stretches {
        let Some(marked) = marked else {
            stretch(out, *kind, text);
            continue;
        };
        let cut = |from: usize| from.clamp(at, at + text.len()) - at;
        let (from, to) = (cut(marked.start), cut(marked.end));
        stretch_if_any(out, *kind, &text[..from]);
        if from < to {
            out.push_str("<mark>");
            stretch(out, *kind, &text[from..to]);
            out.push_str("</mark>");
        }
        stretch_if_any(out, *kind, &text[to..]);
        at += text.len();
    }
}

fn stretch_if_any(out: &mut String, kind: Kind, text: &str) {
    if !text.is_empty() {
        stretch(out, kind, text);
    }
}

#[cfg(test)]
mod tests {
    use super::{line, text};
    use crate::ui::rego::Kind;

    #[test]
    fn what_is_marked_is_marked_across_stretches() {
        let mut out = String::new();
        line(&mut out, &[(Kind::Plain, "a b"), (Kind::Keyword, "if"), (Kind::Plain, " c")], Some(&(2..6)));
        assert_eq!(out, r#"a <mark>b</mark><mark><span class="kw">if</span></mark><mark> </mark>c"#);
    }

    #[test]
    fn nothing_in_a_text_is_a_tag_or_ends_an_attribute() {
        let mut out = String::new();
        text(&mut out, "<b a=\"&\">\0\r\t");
        assert_eq!(out, "&lt;b a=&quot;&amp;&quot;&gt;\u{fffd}\u{fffd}\t");
    }
}
