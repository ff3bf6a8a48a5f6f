//! What was asked by a plain form and waits: for a fresh proof of who asks, or, once that was given, for their word.

use http::{StatusCode, request::Parts};
use leptos::prelude::*;
use portal::Actor;

use crate::{
    document::framed,
    sign_in::ANEW,
    ui::{Callout, Card, CardBody},
};

/// What waits.
pub struct Held {
    /// What is to be done, as the beginning of a sentence.
    pub what: String,
    /// The page that it was asked on.
    pub page: &'static str,
    /// The form as it was sent.
    pub fields: Vec<(String, String)>,
    /// Whether they have come back from proving who they are.
    pub proven: bool,
}

impl Held {
    pub fn status(&self) -> StatusCode {
        if self.proven { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
    }
}

pub fn held_page(parts: Parts, actor: &Actor, held: Held) -> String {
    framed(parts, Some(actor), "Not done yet", move || {
        let Held { what, page, fields, proven } = held;
        let hidden =
            fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
        let hidden = hidden.collect_view();
        let (text, button) = if proven {
            let button = view! { <button type="submit" class="button primary">"Do it"</button> };
            ("You have just signed in, and nothing was done yet.", button.into_any())
        } else {
            let button = view! {
                <button type="submit" class="button primary" formaction="/sign-in" name=ANEW value=page>
                    "Sign in again"
                </button>
            };
            (
                "This takes a sign-in of the last 15 minutes. You come back here, and nothing is done before you say so.",
                button.into_any(),
            )
        };
        view! {
            <Card title=what>
                <CardBody>
                    <form method="post" action=page class="stack readable">
                        {hidden}
                        <Callout tone="caution" icon="warning"><p>{text}</p></Callout>
                        <div class="button-row">{button}<a class="button" href=page>"Leave it"</a></div>
                    </form>
                </CardBody>
            </Card>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use portal::Actor;

    use super::{Held, held_page};

    fn page(proven: bool) -> String {
        let (parts, ()) = http::Request::new(()).into_parts();
        let fields = vec![("group".to_owned(), "<ops>\"".to_owned())];
        let held = Held { what: "Grant author to <ops>".into(), page: "/people", fields, proven };
        held_page(parts, &Actor::Anonymous, held)
    }

    #[test]
    fn it_leads_to_the_sign_in_first_and_then_to_its_page() {
        assert!(page(false).contains(r#"formaction="/sign-in""#));
        assert!(!page(true).contains("formaction"));
        for page in [page(false), page(true)] {
            assert!(page.contains(r#"action="/people""#));
            assert!(page.contains(r#"name="group""#) && page.contains("&lt;ops"), "{page}");
            assert!(!page.contains("<ops>"), "{page}");
        }
    }
}
