use leptos::prelude::*;

/// The way back up: the places above, as title and address, then where you are.
#[component]
pub fn Breadcrumb(
    #[prop(optional)] above: Vec<(&'static str, String)>,
    #[prop(into)] here: String,
) -> impl IntoView {
    let step = |(title, href)| view! { <li><a href=href>{title}</a></li> };
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                {above.into_iter().map(step).collect_view()}
                <li><span aria-current="page"><bdi>{here}</bdi></span></li>
            </ol>
        </nav>
    }
}
