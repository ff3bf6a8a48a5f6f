//! What was asked by a plain form and waits for a fresh proof of who asks.

use leptos::prelude::*;

use crate::{
    sign_in::ANEW,
    ui::{Callout, Card, CardBody},
    written::Written,
};

/// What waits.
pub struct Held {
    /// What is to be done, as the beginning of a sentence.
    pub what: String,
    /// The page that it was asked on.
    pub page: &'static str,
    /// The form as it was sent.
    pub fields: Vec<(String, String)>,
}

pub fn held_page(held: Held) -> Written {
    Written::of(move || {
        let Held { what, page, fields } = held;
        let hidden =
            fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
        let hidden = hidden.collect_view();
        view! {
            <Card title=what>
                <CardBody>
                    <form method="post" action=page class="stack readable">
                        {hidden}
                        <Callout tone="caution" icon="warning">
                            <p>
                                "This takes a sign-in of the last 15 minutes. You come back to the form as you filled it in, and nothing is done before you send it again."
                            </p>
                        </Callout>
                        <div class="button-row">
                            <button type="submit" class="button primary" formaction="/sign-in" name=ANEW value=page>
                                "Sign in again"
                            </button>
                            <a class="button" href=page>"Leave it"</a>
                        </div>
                    </form>
                </CardBody>
            </Card>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {

    use super::{Held, held_page};

    #[test]
    fn it_leads_to_the_sign_in_with_all_that_was_typed() {
        let fields = vec![("group".to_owned(), "<ops>\"".to_owned())];
        let held = Held { what: "Grant author to <ops>".into(), page: "/people", fields };
        let page = held_page(held).html;
        assert!(page.contains(r#"formaction="/sign-in""#) && page.contains(r#"value="/people""#));
        assert!(page.contains(r#"name="group""#) && page.contains("&lt;ops"), "{page}");
        assert!(!page.contains("<ops>"), "{page}");
    }
}
