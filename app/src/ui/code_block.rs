use leptos::prelude::*;

use super::rego;

/// How one line of Rego stands in a coverage report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineMark {
    None,
    Covered,
    Uncovered,
}

impl LineMark {
    fn class(self) -> &'static str {
        match self {
            Self::None => "line",
            Self::Covered => "line covered",
            Self::Uncovered => "line uncovered",
        }
    }
}

/// A module of Rego with line numbers, in a few colours.
#[component]
pub fn RegoBlock(
    #[prop(into)] label: String,
    #[prop(into)] source: String,
    /// How each line stands, from line 1 on; lines beyond it have no mark.
    #[prop(optional)]
    marks: Vec<LineMark>,
) -> impl IntoView {
    let line = |(number, stretches): (usize, Vec<(rego::Kind, &str)>)| {
        let class = marks.get(number).copied().unwrap_or(LineMark::None).class();
        view! { <span class=class>{stretches.into_iter().map(stretch).collect_view()}</span> }
    };
    let lines = rego::lines(&source).into_iter().enumerate().map(line).collect_view();
    view! {
        <pre class="code-block" tabindex="0" role="region" aria-label=label>
            <code>{lines}</code>
        </pre>
    }
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

/// Text inside a code block that keeps its colour.
pub(crate) fn stretch((kind, text): (rego::Kind, &str)) -> impl IntoView + use<> {
    view! { <span class=kind.class()>{text.to_owned()}</span> }
}
