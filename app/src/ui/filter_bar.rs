use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

use super::{Callout, Icon};
use crate::anew::stands_for_another;

/// One thing that a list is narrowed to now, and the address of the list without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chip {
    pub label: String,
    pub word: String,
    pub without: String,
}

/// What a list is narrowed to. A plain form that asks for the same page again, so that the filter
/// stands in its address and can be shared.
#[component]
pub fn FilterBar(
    /// As in `Filter exceptions`.
    #[prop(into)]
    label: String,
    /// The page of the list.
    #[prop(into)]
    action: String,
    /// Whether anything is narrowed now, and can be cleared.
    narrowed: bool,
    /// What it is narrowed to, one by one.
    #[prop(optional)]
    chips: Vec<Chip>,
    /// How many rows there are, in words.
    #[prop(optional_no_strip, into)]
    hits: Option<String>,
    /// Parts of the address that could not be read; the others hold.
    #[prop(optional)]
    unread: Vec<String>,
    /// What stands at the other end of the line that says what is found.
    #[prop(optional)]
    aside: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let clear = narrowed.then(|| view! { <a class="button quiet small" href=action.clone()>"Clear"</a> });
    let found = hits.is_some() || !chips.is_empty() || aside.is_some();
    view! {
        <form class="filter-bar" role="search" aria-label=label method="get" action=action>
            {children()}
            <button class="button small" type="submit">
                <Icon name="search"/>
                "Filter"
            </button>
            {clear}
        </form>
        {not_read(unread)}
        {found.then(|| view! {
            <div class="filter-state">
                {hits.map(|hits| view! { <span class="hits">{hits}</span> })}
                {chips.into_iter().map(set).collect_view()}
                {aside.map(|aside| view! { <div class="end">{aside}</div> })}
            </div>
        })}
    }
}

/// A chip is the way to be rid of what it says.
fn set(chip: Chip) -> impl IntoView {
    let Chip { label, word, without } = chip;
    let what = format!("{label}: {word}");
    let remove = format!("Remove {what}");
    view! {
        <a class="chip set" href=without aria-label=remove>
            <span>{what}</span>
            <Icon name="x"/>
        </a>
    }
}

/// Says which parts of an address were nonsense, if any.
pub(crate) fn not_read(unread: Vec<String>) -> AnyView {
    left_out("Could not read", " parts of this address. The list is narrowed by the others alone.", unread)
}

/// Says what of an address had to be left out and why, if anything.
pub(crate) fn left_out(what: &'static str, why: &'static str, parts: Vec<String>) -> AnyView {
    let part = |part: String| view! { <li><code>{part}</code></li> };
    if parts.is_empty() {
        return ().into_any();
    }
    view! {
        <Callout tone="caution" icon="warning">
            <p><strong>{what}</strong>{why}</p>
            <ul class="unread">{parts.into_iter().map(part).collect_view()}</ul>
        </Callout>
    }
    .into_any()
}

/// A field of a filter. A form sends it under its name, and the address says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterField {
    pub name: String,
    pub label: String,
    /// What it is set to now; empty where it narrows nothing.
    pub value: String,
    pub takes: Takes,
}

/// What a field of a filter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Takes {
    /// A text to look for.
    Text,
    /// One of these, as value and word.
    Choice(Vec<(String, String)>),
    Day,
    /// A moment of UTC.
    Moment,
    /// A box to check.
    Check,
    /// Nothing by hand: an address alone says it.
    Nothing,
}

/// What a text or a day's field is set to, once the address says something else than before: a browser keeps what was
/// typed, and what was typed is nobody's to take while the address stays.
pub(crate) fn as_addressed(value: String) -> NodeRef<html::Input> {
    let node = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(field) = node.get().filter(|field| stands_for_another(field, &value)) {
            field.set_value(&value);
        }
    });
    node
}

/// The attributes of these are for the server's page, and the properties because a browser keeps what was chosen
/// before.
impl FilterField {
    pub(crate) fn shown(self) -> AnyView {
        let Self { name, label, value, takes } = self;
        let is_moment = takes == Takes::Moment;
        match takes {
            Takes::Text => view! {
                <div class="query">
                    <Icon name="search"/>
                    <input class="input" type="search" name=name aria-label=label.clone() placeholder=label value=value.clone() node_ref=as_addressed(value) autocomplete="off"/>
                </div>
            }
            .into_any(),
            Takes::Choice(options) => view! { <FilterChoice name label options chosen=value/> }.into_any(),
            Takes::Day | Takes::Moment => view! {
                <label class="filter">
                    <span>{label}</span>
                    <input class="input" type=if is_moment { "datetime-local" } else { "date" } step=is_moment.then_some("1") name=name value=value.clone() node_ref=as_addressed(value) autocomplete="off"/>
                </label>
            }
            .into_any(),
            Takes::Check => {
                let checked = !value.is_empty();
                view! {
                    <label class="check">
                        <input type="checkbox" name=name value="yes" checked=checked prop:checked=checked/>
                        {label}
                    </label>
                }
                .into_any()
            }
            Takes::Nothing if value.is_empty() => ().into_any(),
            Takes::Nothing => view! { <input type="hidden" name=name value=value/> }.into_any(),
        }
    }
}

/// A choice of a filter: what may be chosen, as value and word, and what is chosen now.
#[component]
pub fn FilterChoice(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(into)] chosen: String,
) -> impl IntoView {
    let option = move |(value, word): (String, String)| {
        let selected = value == chosen;
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
