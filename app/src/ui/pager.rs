use leptos::prelude::*;

use super::Icon;

/// Leads through the pages of a list, both ways. Where there is one page only, there is nothing to lead to.
#[component]
pub fn Pager(
    /// The head of the list, where this page is not it.
    first: Option<String>,
    /// The page above this one.
    before: Option<String>,
    /// The page below it.
    after: Option<String>,
) -> impl IntoView {
    let is_one = first.is_none() && before.is_none() && after.is_none();
    (!is_one).then(|| {
        view! {
            <footer class="pager">
                <nav aria-label="Pages">
                    {first.map(|href| view! { <a class="button small quiet" href=href>"First page"</a> })}
                    <Step href=before word="Previous" rel="prev"/>
                    <Step href=after word="Next" rel="next"/>
                </nav>
            </footer>
        }
    })
}

/// A step that cannot be taken stays where it is, so that the other one does not move under the pointer.
#[component]
fn Step(href: Option<String>, word: &'static str, rel: &'static str) -> impl IntoView {
    let face = view! { {word} <Icon name="arrow"/> };
    match href {
        Some(href) => view! { <a class="button small" rel=rel data-step=rel href=href>{face}</a> }.into_any(),
        None => {
            view! { <span class="button small" aria-disabled="true" data-step=rel>{face}</span> }.into_any()
        }
    }
}
