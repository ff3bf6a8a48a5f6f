//! The page on which an auditor takes a pack of evidence away.

use leptos::prelude::*;
use portal::{
    Invalid,
    audit::pack::{ENTRIES, LONGEST},
};

use crate::{
    ui::{Callout, Card, CardBody, Icon, Input, PageHead},
    written::Written,
};

/// What the page shows.
pub struct EvidencePage {
    /// The days as they were typed, or those that are offered.
    pub since: String,
    pub until: String,
    /// The last day that can be asked for.
    pub today: String,
    /// What is wrong with one of the days.
    pub wrong: Option<Invalid>,
    /// Why no pack came otherwise.
    pub not_packed: Option<&'static str>,
}

pub fn evidence_page(shown: EvidencePage) -> Written {
    Written::of(move || {
        let EvidencePage { since, until, today, wrong, not_packed } = shown;
        let at = |field: &str| {
            let wrong = wrong.as_ref().filter(|wrong| wrong.field == field);
            Signal::stored(wrong.map(|wrong| format!("It {}.", wrong.reason)))
        };
        let (of_since, of_until) = (at("since"), at("until"));
        let back = view! { <a class="button" href="/audit"><Icon name="audit"/>"Audit log"</a> };
        view! {
            <PageHead title="Evidence pack" actions=back.into_any()/>
            {not_packed.map(|why| view! {
                <Callout tone="bad" icon="denied" live=true>
                    <p><strong>"Nothing was packed: "</strong>{why}</p>
                </Callout>
            })}
            <div class="stack">
            <Card title="Take a period away">
                <CardBody>
                    <form method="post" action="/exports/evidence-pack" class="stack readable">
                        <Input name="since" label="From" kind="date" value=since max=Some(today) error=of_since/>
                        <Input
                            name="until"
                            label="To, with that day"
                            kind="date"
                            value=until
                            hint=format!("Days of UTC; at most {LONGEST} of them, and {ENTRIES} entries.")
                            error=of_until
                        />
                        <div class="button-row">
                            <button type="submit" class="button primary"><Icon name="download"/>"Make the pack"</button>
                        </div>
                    </form>
                </CardBody>
            </Card>
            {contents()}
            </div>
        }
        .into_any()
    })
}

fn contents() -> impl IntoView {
    let files = [
        (
            "exceptions.jsonl",
            "exceptions that were asked for or in force in those days, with who approved them",
        ),
        ("releases.jsonl", "releases, with who confirmed them and what their versions were checked for"),
        ("access-reviews.jsonl", "reviews of who may do what"),
        ("verification.json", "what came of verifying the log the last time"),
        ("audit-log.jsonl", "every entry of those days, each with the proof that the checkpoint covers it"),
        ("checkpoint.txt", "that checkpoint"),
        (
            "manifest.json, manifest.note",
            "the SHA-256 of each file, and the signature over them with the log’s key",
        ),
    ];
    let file = |(name, about)| view! { <li><code>{name}</code>": "{about}</li> };
    view! {
        <Card title="What is in it">
            <CardBody>
                <ul>{files.into_iter().map(file).collect_view()}</ul>
                <p>
                    <code>"aegis audit verify PACK.zip --key KEY"</code>
                    " holds all of it against the log’s public key, without the portal. That it was taken away is an entry of \
                     the audit."
                </p>
            </CardBody>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use portal::Invalid;

    use super::{EvidencePage, evidence_page};

    #[test]
    fn it_keeps_the_days_and_says_at_its_field_what_is_wrong_with_one() {
        let wrong = Some(Invalid::new("until", "comes before the first day"));
        let (since, until, today) = ("2026-05-20".into(), "2026-05-01\"><b".into(), "2026-05-20".into());
        let shown = EvidencePage { since, until, today, wrong, not_packed: Some("it is late") };
        let page = evidence_page(shown).html;
        for part in [
            r#"action="/exports/evidence-pack""#,
            r#"value="2026-05-20""#,
            r#"value="2026-05-01&quot;>"#,
            "It comes before the first day.",
            "it is late",
        ] {
            assert!(page.replace("&gt;", ">").contains(part), "{part} is missing in {page}");
        }
        assert_eq!(page.matches("class=\"error\"").count(), 1, "{page}");
    }
}
