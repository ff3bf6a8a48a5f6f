//! The ways to take the audit away in a form that holds without the portal. Plain forms and links: the server draws them.

use leptos::prelude::*;

use crate::{
    drawn::Drawn,
    ui::{Card, CardBody, Icon},
};

/// `here` is what the list's address asks: the log is narrowed by the same.
pub(super) fn drawn(here: &str) -> Drawn {
    let what = if here.is_empty() {
        "The log has every entry and every checkpoint."
    } else {
        "The log has what the list is narrowed to, a proof for each entry, and one checkpoint; unnarrowed it has all."
    };
    let here = here.to_owned();
    Drawn::of(view! {
        <Card title="Take it away as evidence">
            <CardBody>
                <div class="stack">
                    <p>
                        {what}" "<code>"aegis audit verify"</code>
                        " holds it against the log’s public key, without the portal. A pack of evidence is the same of some \
                         days, with exceptions, releases and reviews of access, signed as a whole."
                    </p>
                    <div class="button-row">
                        <form method="post" action="/exports/audit-log">
                            <input type="hidden" name="query" value=here/>
                            <button class="button small" type="submit"><Icon name="download"/>"Export log"</button>
                        </form>
                        <a class="button small" href="/audit/evidence" rel="external">
                            <Icon name="download"/>"Evidence pack"
                        </a>
                    </div>
                </div>
            </CardBody>
        </Card>
    })
}
