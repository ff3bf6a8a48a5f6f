//! The page on which somebody comes back from the identity provider whose form was sent too late: it carries what
//! they typed to where they typed it. It runs no scripts, and one press leads on.

use http::request::Parts;
use leptos::prelude::*;

use crate::{
    document::document,
    sign_in::KEPT,
    ui::{Callout, Icon, Mark},
};

/// Such a page as a whole document. `kept` is the form as it was sent.
pub fn signed_in_page(parts: Parts, to: &str, kept: &str) -> String {
    let (to, kept) = (to.to_owned(), kept.to_owned());
    document(parts, "Signed in", move || {
        view! {
            <div class="sign-in">
                <main>
                    <div class="lead">
                        <Mark/>
                        <h1>"You are signed in"</h1>
                    </div>
                    <Callout tone="caution" icon="warning">
                        <p>"What you typed is kept, and was not sent. Look it over, and send it."</p>
                    </Callout>
                    <form method="post" action=to>
                        <input type="hidden" name=KEPT value=kept/>
                        <button type="submit" class="button primary">
                            "Back to what you typed"<Icon name="right"/>
                        </button>
                    </form>
                </main>
            </div>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::signed_in_page;

    #[test]
    fn it_carries_what_was_typed_and_nothing_of_it_becomes_markup() {
        let (parts, ()) = http::Request::new(()).into_parts();
        let page = signed_in_page(parts, "/exceptions/new?x=1&y=\"", "why=%22%3E<script>\"");
        for part in [
            r#"action="/exceptions/new?x=1&amp;y=&quot;""#,
            r#"value="why=%22%3E&lt;script"#,
            "You are signed in",
        ] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
        assert!(!page.contains("<script>"), "{page}");
    }
}
