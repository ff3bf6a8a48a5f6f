use leptos::prelude::*;

/// How much of a whole, also in words for those who do not see the bar.
#[component]
pub fn Progress(
    label: &'static str,
    value: usize,
    whole: usize,
    #[prop(optional_no_strip, into)] tone: Option<&'static str>,
) -> impl IntoView {
    let words = format!("{value} of {whole}");
    view! {
        <progress class="progress" data-tone=tone max=whole value=value aria-label=label>{words}</progress>
    }
}

/// One bar an OPA, in the state it is in. A silent one is drawn hollow, never left out.
#[component]
pub fn Convergence(#[prop(into)] label: String, states: Vec<&'static str>) -> impl IntoView {
    let bar = |state| view! { <i data-state=state></i> };
    view! {
        <div class="convergence" role="img" aria-label=label>
            {states.into_iter().map(bar).collect_view()}
        </div>
    }
}
