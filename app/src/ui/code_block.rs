use leptos::{ev, html, prelude::*};
use serde::{Deserialize, Serialize};

use super::CopyText;
#[cfg(feature = "ssr")]
use super::{html as written, rego};

/// How one line of Rego stands in a coverage report.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineMark {
    None,
    Covered,
    Uncovered,
}

#[cfg(feature = "ssr")]
impl LineMark {
    fn class(self) -> &'static str {
        match self {
            Self::None => "line",
            Self::Covered => "line covered",
            Self::Uncovered => "line uncovered",
        }
    }
}

/// A module of Rego as the server writes it: each line with its number and in a few colours.
///
/// The browser takes it as it is, so that thousands of lines cost it no more than their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLines(String);

impl CodeLines {
    /// `marks` say how each line stands, from line 1 on; `anchor` sets the lines apart from those of another block
    /// of the same page.
    #[cfg(feature = "ssr")]
    pub fn of_rego(source: &str, marks: &[LineMark], anchor: &str) -> Self {
        let mut out = String::with_capacity(source.len() * 3);
        for (at, line) in rego::lines(source).into_iter().enumerate() {
            let (class, number) = (marks.get(at).copied().unwrap_or(LineMark::None).class(), at + 1);
            out.push_str(&format!(
                r##"<span class="{class}" id="{anchor}L{number}"><a href="#{anchor}L{number}" tabindex="-1">{number}</a>"##
            ));
            for (kind, text) in line {
                written::stretch(&mut out, kind, text);
            }
            out.push_str("</span>");
        }
        Self(out)
    }
}

/// A module of Rego with line numbers, in a few colours. Each line has an address: `#L120`.
#[component]
pub fn RegoBlock(#[prop(into)] label: String, lines: CodeLines) -> impl IntoView {
    let node = NodeRef::<html::Pre>::new();
    let text = move || node.get_untracked().map(|block| text_of(&block)).unwrap_or_default();
    view! {
        <div class="code-frame">
            <CopyText text what="source"/>
            <pre class="code-block" tabindex="0" role="region" aria-label=label node_ref=node on:click=to_line>
                <code inner_html=lines.0></code>
            </pre>
        </div>
    }
}

/// A line's address is the browser's to follow: the router would not mark the line.
fn to_line(click: ev::MouseEvent) {
    click.stop_propagation();
}

/// The text of a block without its numbers.
fn text_of(block: &web_sys::HtmlPreElement) -> String {
    let Ok(lines) = block.query_selector_all(".line") else { return String::new() };
    let line = |at: u32| {
        let text = lines.item(at)?.text_content()?;
        Some(text.strip_prefix(&(at + 1).to_string()).unwrap_or(&text).to_owned())
    };
    (0..lines.length()).filter_map(line).map(|line| line + "\n").collect()
}

/// Text as it was written, without numbers.
#[component]
pub fn PlainBlock(#[prop(into)] label: String, #[prop(into)] text: String) -> impl IntoView {
    let line = |line: &str| view! { <span class="line">{line.to_owned()}</span> };
    view! {
        <pre class="code-block plain" tabindex="0" role="region" aria-label=label>
            <code>{text.lines().map(line).collect_view()}</code>
        </pre>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{CodeLines, LineMark};

    #[test]
    fn a_line_has_its_number_its_address_and_its_mark() {
        let CodeLines(html) = CodeLines::of_rego(
            "package a\n\nallow",
            &[LineMark::None, LineMark::None, LineMark::Covered],
            "",
        );
        assert!(
            html.contains(
                r##"<span class="line covered" id="L3"><a href="#L3" tabindex="-1">3</a>allow</span>"##
            ),
            "{html}"
        );
        assert_eq!(html.matches("<span class=\"line").count(), 3);
    }

    #[test]
    fn what_a_module_says_is_text_and_no_html() {
        let CodeLines(html) = CodeLines::of_rego("# </code><script>alert(\"&\")</script>", &[], "");
        assert!(html.contains("&lt;/code&gt;&lt;script&gt;alert(&quot;&amp;&quot;)"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn five_thousand_lines_are_written_at_once() {
        let source = "deny contains msg if { input.resource.name == \"a\" } # why\n".repeat(5_000);
        let begun = std::time::Instant::now();
        let CodeLines(html) = CodeLines::of_rego(&source, &[], "");
        assert!(html.contains("id=\"L5000\""));
        // A tenth of this in practice; what grew by the square would take minutes.
        assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

/// A JSON document in lines, some of them with a word about what stands in them.
#[component]
pub fn JsonBlock(#[prop(into)] label: String, lines: Vec<(String, Option<&'static str>)>) -> impl IntoView {
    let line = |(text, note): (String, Option<&'static str>)| {
        let note = note.map(|note| view! { <span class="lens" data-tone="quiet">{note}</span> });
        view! { <span class="line">{text}{note}</span> }
    };
    view! {
        <pre class="code-block plain" tabindex="0" role="region" aria-label=label>
            <code>{lines.into_iter().map(line).collect_view()}</code>
        </pre>
    }
}
