//! Parts that hold something to read.

use leptos::prelude::*;
use portal::policy::FileChange;

use super::specimen::Specimen;
use crate::{
    diff,
    ui::{
        Callout, CodeLines, CopyText, Diff, DiffView, DiffViews, EmptyState, LineMark, PlainBlock, Reference,
        RegoBlock, Skeleton,
    },
};

const MODULE: &str = "package aegis.provisioning.s3\n\n# Buckets are encrypted.\ndeny_no_encryption contains message if {\n    some name, bucket in input.buckets\n    not bucket.encryption\n    message := sprintf(\"%s is not encrypted\", [name])\n}";

/// Icon and tone of a callout, and what it says.
const CALLOUTS: [(&str, &str, &str, &str); 5] = [
    ("good", "approved", "Done.", "The 6 OPAs of production were told."),
    ("bad", "denied", "Not done:", "somebody else must decide your request."),
    ("caution", "stale", "8 days behind.", "This OPA reports, and loads nothing."),
    ("advice", "advice", "To know:", "a wildcard takes two approvers."),
    ("exempt", "exempted", "Exempted", "is shown, never hidden."),
];

#[component]
pub fn Texts() -> impl IntoView {
    let callout = |(tone, icon, strong, rest)| {
        view! { <Callout tone icon><p><strong>{strong}</strong>" "{rest}</p></Callout> }
    };
    let marks = vec![
        LineMark::None,
        LineMark::None,
        LineMark::None,
        LineMark::Covered,
        LineMark::Covered,
        LineMark::Uncovered,
    ];
    view! {
        <Specimen file="callout" title="Callout" about="A word to the reader between the parts of a page; one that tells of a refusal is read out.">
            {CALLOUTS.into_iter().map(callout).collect_view()}
        </Specimen>
        <Specimen file="empty_state" title="EmptyState" about="Nothing there, nothing that matches, an error or no permission: what it is, and the next step.">
            <div class="halves">
                <EmptyState icon="exception" title="No exception yet"><p>"Request one where a rule stands in the way."</p></EmptyState>
                <EmptyState icon="search" title="Nothing matches"><p>"Clear the filter to see all 212."</p></EmptyState>
                <EmptyState icon="error" tone="fault" title="Something broke on our side"><p>"Nothing was changed."</p></EmptyState>
                <EmptyState icon="lock" title="You may not see this"><p>"It needs the role auditor. An admin grants roles."</p></EmptyState>
            </div>
        </Specimen>
        <Specimen file="reference" title="Reference" about="Under which the server's log tells of what went wrong. One click marks all of it.">
            <Reference reference=crate::Reference("0197f2c4-5b1e-7a3d-9c55-3f0d7a1be210".into())/>
        </Specimen>
        <Specimen file="skeleton" title="Skeleton" about="Stands in for a part that is under way, in about its shape."><Skeleton/></Specimen>
        <Specimen file="code_block" title="CodeBlock" about="Rego with its line numbers and what tests covered of it; other text as it was written.">
            <RegoBlock label="A module" lines=CodeLines::of_rego(MODULE, &marks, "specimen-")/>
            <PlainBlock label="A text" text="aegis check policies\n12 tests passed"/>
        </Specimen>
        <Specimen file="copy_text" title="CopyText" about="Copies a text. It comes when the page is alive, where nothing has to give way for it.">
            <div class="code-frame">
                <CopyText text=String::new what="specimen"/>
                <PlainBlock label="A text to copy" text="opa eval --data policies"/>
            </div>
        </Specimen>
        <Specimen file="diff" title="Diff" about="What changed between two texts, told by sign and colour.">
            <DiffViews view=DiffView::Unified has_data=true at=|view| format!("/ui?view={view}")/>
            <Diff label="What changed" changes=diff::changes(&changed(), DiffView::Unified)/>
        </Specimen>
    }
}

fn changed() -> Vec<FileChange> {
    let new = MODULE.replace("some name, bucket in input.buckets", "some name, bucket in input.resources");
    vec![FileChange { path: "s3.rego".into(), old: Some(MODULE.into()), new: Some(new) }]
}
