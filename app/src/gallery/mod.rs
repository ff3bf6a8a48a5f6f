//! Every part of the screens in every state, on one page, so that they can be seen and tested beside each other.
//!
//! The server writes it as text and the browser takes it as it is: the client carries none of it, and nothing on
//! it acts. It is shown where the portal has demo people, and is no page elsewhere.

#[cfg(feature = "ssr")]
pub mod acting;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod list;
#[cfg(feature = "ssr")]
pub mod number;
#[cfg(feature = "ssr")]
pub mod specimen;
#[cfg(feature = "ssr")]
pub mod text;
#[cfg(feature = "ssr")]
pub mod word;

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem,
    page::{load, loaded},
    sent::Sent,
    ui::PageHead,
};

/// The page's parts as the server wrote them.
#[server(endpoint = "ui")]
pub async fn show_parts() -> Result<Sent<String>, Problem> {
    let (portal, _) = caller();
    answer_page(if portal.is_demo() { Ok(written()) } else { Err(portal::Error::NotFound("page".into())) })
}

/// `/ui`.
#[component]
pub fn Gallery() -> impl IntoView {
    let data = load(|| (), |()| show_parts());
    loaded(data, |parts: String, _| {
        let meta = view! { "Every part in every state. A part's style is in the file of its name." };
        view! {
            <PageHead title="Components" meta=meta.into_any()/>
            <div class="stack gallery" inner_html=parts></div>
        }
    })
}

#[cfg(feature = "ssr")]
fn written() -> String {
    use leptos_router::{components::Router, location::RequestUrl};
    // Of its own: what it provides is not for the page around it.
    Owner::new().with(|| {
        // With the question asked, so that the dialog is written.
        provide_context(RequestUrl::new("/ui?ask=specimen"));
        provide_context(crate::ui::Now(specimen::now()));
        view! {
            <Router>
                <word::Words/>
                <acting::Acting/>
                <text::Texts/>
                <list::Lists/>
                <number::Numbers/>
                <frame::Around/>
            </Router>
        }
        .to_html()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::{fs, path::Path};

    /// Files of `ui` that hold no part of a page.
    const NO_PART: [&str; 3] = ["html", "mod", "rego"];

    #[test]
    fn every_part_is_shown() {
        let html = super::written();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui");
        let files = fs::read_dir(folder).expect("the sources are here").flatten();
        let mut missing: Vec<String> = files
            .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
            .filter(|name| !NO_PART.contains(&name.as_str()) && !html.contains(&format!(r#"id="ui-{name}""#)))
            .collect();
        missing.sort();
        assert!(missing.is_empty(), "the page /ui does not show {missing:?}");
    }

    #[test]
    fn no_two_things_on_it_share_an_id() {
        let html = super::written();
        let mut ids: Vec<&str> =
            html.split(r#" id=""#).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "{ids:?}");
    }
}
