//! The page that a browser gets where no page could be made: at an address of nothing, with the database away, or when
//! the making of a page broke off. It asks for nothing, so it can always be written, and it runs no scripts.

use http::request::Parts;
use leptos::prelude::*;

use crate::{
    Reference,
    document::framed,
    page::told_by_status,
    ui::{self, ButtonLink, EmptyState, Icon, Kind},
};

/// Such a page as a whole document.
///
/// `parts` are those of the request, for its theme and density; `title` is what a program would be told.
pub fn error_page(parts: Parts, status: u16, title: &str, reference: Reference) -> String {
    let told = told_by_status(status, title);
    let again = (status >= 500).then(|| {
        view! { <a class="button small" href=""><Icon name="refresh"/>"Try again"</a> }
    });
    framed(parts, told.title, move || {
        view! {
            <section class="card">
                <EmptyState icon=told.icon title=told.title tone=told.tone alone=true>
                    <p>{told.text}</p>
                    <ui::Reference reference/>
                    <div class="button-row">
                        {again}
                        <ButtonLink id="home" href="/" small=true kind=Kind::Quiet>"Home"</ButtonLink>
                    </div>
                </EmptyState>
            </section>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::{Reference, error_page};

    fn page(status: u16, title: &str, cookie: &str) -> String {
        let request = http::Request::builder().uri("/fleet?x=1").header("cookie", cookie).body(());
        let (parts, ()) = request.expect("it is one").into_parts();
        error_page(parts, status, title, Reference("0197-r".into())).replace("<!>", "")
    }

    #[test]
    fn it_is_a_whole_page_with_its_reference_and_a_way_on() {
        let html = page(500, "something broke on our side", "aegis_theme=dark");
        for part in [
            "<!DOCTYPE html>",
            "<code>0197-r</code>",
            "Something broke on our side",
            "Try again",
            r#"data-theme="dark""#,
            "/pkg/app.css",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
    }

    #[test]
    fn each_status_has_its_own_words() {
        assert!(page(404, "there is nothing at this address", "").contains("Not found"));
        assert!(
            page(503, "the database cannot be reached just now; try again", "")
                .contains("OPAs go on deciding")
        );
        let forbidden = page(403, "this needs the `audit.see` permission", "");
        assert!(
            forbidden.contains("You may not see this") && forbidden.contains("operator or admin (audit.see)"),
            "{forbidden}"
        );
        let refused = page(403, "this change came from another site's page", "");
        assert!(
            refused.contains("this change came from another site") && !refused.contains("Try again"),
            "{refused}"
        );
    }
}
