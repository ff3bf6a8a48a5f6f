use leptos::prelude::*;

use super::Icon;

/// What a list is narrowed to. A plain form that asks for the same page again, so that the filter
/// stands in its address and can be shared.
#[component]
pub fn FilterBar(
    /// As in `Filter exceptions`.
    label: &'static str,
    /// The page of the list.
    action: &'static str,
    /// Whether anything is narrowed now, and can be cleared.
    narrowed: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <form class="filter-bar" role="search" aria-label=label method="get" action=action>
            {children()}
            <button class="button small" type="submit">
                <Icon name="search"/>
                "Filter"
            </button>
            {narrowed.then(|| view! { <a class="button quiet small" href=action>"Clear"</a> })}
        </form>
    }
}

/// A choice of the filter: what may be chosen, as value and word, and what is chosen now.
#[component]
pub fn FilterChoice(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    #[prop(into)] chosen: String,
) -> impl IntoView {
    let option = move |(value, word): (String, String)| {
        let selected = value == chosen;
        // The attribute for the server's page; the property, for the browser keeps what was chosen before.
        view! { <option value=value selected=selected prop:selected=selected>{word}</option> }
    };
    view! {
        <label class="filter">
            <span>{label}</span>
            <select class="input" name=name>
                <option value="">"any"</option>
                {options.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// A text that the filter looks for.
#[component]
pub fn FilterText(name: &'static str, label: &'static str, #[prop(into)] value: String) -> impl IntoView {
    view! {
        <div class="query">
            <Icon name="search"/>
            <input class="input" type="search" name=name aria-label=label placeholder=label value=value.clone() prop:value=value/>
        </div>
    }
}
