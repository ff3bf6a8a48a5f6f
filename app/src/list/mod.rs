//! What every list's page has around its table: views, the filter with what is found, pages, and the way out.
//!
//! What the address asks is read by the server alone, which tells all of this in words and addresses: the client
//! knows no filter and no order.

use leptos::{context::Provider, prelude::*};
#[cfg(feature = "ssr")]
use portal::{Id, saved_view::SavedView};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{caller, lead_to};
use crate::{
    Problem,
    act::{Act, NotDone, act, field_error},
    drawn::Drawn,
    kept::KeptForms,
    ui::{
        Button, Callout, Chip, ColumnSort, EmptyState, FilterBar, FilterField, Icon, Input, Kind, Pager,
        PlainForm, Tab, Tabs,
    },
};

#[cfg(feature = "ssr")]
mod told;
#[cfg(feature = "ssr")]
pub(crate) use told::{About, Asked, Part, address};

/// A page of a list: its rows, and what stands around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    pub around: Around,
    pub rows: Vec<T>,
}

/// What stands around the rows of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// As the audit and the addresses of files name it.
    pub list: String,
    /// The address of all of it.
    pub path: String,
    /// As in `Filter exceptions`.
    pub label: String,
    /// What the address asks, less the page of it.
    pub here: String,
    pub narrowed: bool,
    pub fields: Vec<FilterField>,
    pub chips: Vec<Chip>,
    /// How many there are, in words.
    pub hits: String,
    /// Parts of the address that could not be read.
    pub unread: Vec<String>,
    /// The order, where it is not the usual one.
    pub sort: Option<String>,
    pub sorts: Vec<ColumnSort>,
    /// Views that everybody has, and those that whoever looks has kept.
    pub views: Vec<View>,
    /// The addresses of other pages: the first where this is not it, and those before and after it.
    pub first: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    /// Whether it can be taken away as a file.
    pub exports: bool,
    /// Why no file came, where one was asked for.
    pub not_exported: Option<String>,
    /// What stands below the list, where its page has more.
    pub below: Option<Drawn>,
}

/// A view of a list: its name and its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub title: String,
    pub href: String,
    /// Whether it is what the address asks now.
    pub current: bool,
    /// Its id where whoever looks has kept it.
    pub kept: Option<String>,
}

/// `query` is what the list's address asks.
#[server(endpoint = "view/keep")]
pub async fn keep_view(list: String, name: String, #[server(default)] query: String) -> Result<(), Problem> {
    let (portal, actor) = caller();
    let kept = match told::named(&list) {
        Ok(list) => portal::saved_view::keep(&portal, &actor, list, &name, &query)
            .await
            .map(|view| told::address(list, &view.query)),
        Err(error) => Err(error),
    };
    lead_to(kept, String::clone).map(drop)
}

#[server(endpoint = "view/remove")]
pub async fn remove_view(list: String, id: String) -> Result<(), Problem> {
    let (portal, actor) = caller();
    let removed = match (told::named(&list), id.parse::<Id<SavedView>>()) {
        (Ok(list), Ok(id)) => {
            portal::saved_view::remove(&portal, &actor, id).await.map(|()| told::path(list).to_owned())
        }
        _ => Err(portal::Error::NotFound("view".into())),
    };
    lead_to(removed, String::clone).map(drop)
}

/// What can be done about views.
#[derive(Clone, Copy)]
pub(crate) struct ViewActs {
    keep: Act,
    remove: Act,
}

impl ViewActs {
    pub(crate) fn new() -> Self {
        Self { keep: act::<KeepView>(), remove: act::<RemoveView>() }
    }
}

/// A list's page below its head: around the table of its rows where there are any, with `none` where there is nothing
/// at all yet.
pub(crate) fn list_page(
    around: Around,
    acts: ViewActs,
    table: Option<AnyView>,
    none: fn() -> AnyView,
) -> AnyView {
    let Around { list, path, label, here, narrowed, fields, chips, hits, unread, sort, views, .. } = around;
    let shown = match (table, narrowed, &around.first) {
        (Some(table), ..) => table,
        (None, true, _) => {
            nothing(path.clone(), "Nothing matches this filter", "Clear the filter").into_any()
        }
        (None, false, Some(first)) => {
            nothing(first.clone(), "The list ends before this page", "First page").into_any()
        }
        (None, false, None) => none(),
    };
    let tabs: Vec<_> = views
        .iter()
        .map(|view| Tab {
            title: view.title.clone(),
            href: view.href.clone(),
            count: None,
            current: view.current,
        })
        .collect();
    let kept = views.into_iter().find(|view| view.current && view.kept.is_some());
    let aside = view! {
        {for_oneself(list.clone(), here.clone(), kept, acts)}
        {around.exports.then(|| export(list, here))}
    };
    let filter = label.clone();
    view! {
        {around.not_exported.map(not_exported)}
        {(tabs.len() > 1).then(|| view! { <Tabs label="Views" tabs/> })}
        <section class="card" aria-label=label>
            <FilterBar label=filter action=path narrowed chips hits unread aside=aside.into_any()>
                {fields.into_iter().map(FilterField::shown).collect_view()}
                {sort.map(|sort| view! { <input type="hidden" name="sort" value=sort/> })}
            </FilterBar>
            {shown}
            <Pager first=around.first before=around.before after=around.after/>
        </section>
        {around.below.map(Drawn::show)}
    }
    .into_any()
}

/// Keeps what the list is narrowed to as a view, or throws the view away that is shown.
///
/// Both are sent to what they ask, and not to the page: one list's page takes folders.
fn for_oneself(list: String, here: String, kept: Option<View>, acts: ViewActs) -> AnyView {
    match kept {
        Some(view) => view! {
            <PlainForm action=acts.remove>
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="id" value=view.kept/>
                <Button id="remove-view" kind=Kind::Quiet small=true icon="x" busy=acts.remove.pending()>
                    {format!("Remove view {}", view.title)}
                </Button>
                <NotDone problem=acts.remove.problem()/>
            </PlainForm>
        }
        .into_any(),
        None if here.is_empty() => ().into_any(),
        None => view! { <SaveView list here acts/> }.into_any(),
    }
}

#[component]
fn SaveView(list: String, here: String, acts: ViewActs) -> impl IntoView {
    let problem = acts.keep.problem();
    let typed = KeptForms::of_page().typed(acts.keep.path);
    view! {
        <details class="save-view" open=move || problem.try_get().flatten().is_some()>
            <summary class="button quiet small"><Icon name="plus"/>"Save view"</summary>
            <PlainForm action=acts.keep class="stack">
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="query" value=here/>
                <Provider value=typed>
                    <Input
                        name="name"
                        label="Name of the view"
                        longest=portal::saved_view::LONGEST_NAME
                        hint="Only you see it. One of this name is replaced."
                        error=field_error(problem, "name")
                    />
                </Provider>
                <NotDone problem/>
                <Button id="keep-view" small=true busy=acts.keep.pending()>"Save"</Button>
            </PlainForm>
        </details>
    }
}

/// The whole list as far as it is narrowed, as a file. A plain form: the browser keeps the file, and the page stays.
fn export(list: String, query: String) -> impl IntoView {
    view! {
        <form method="post" action=format!("/exports/{list}")>
            <input type="hidden" name="query" value=query/>
            <button class="button small" type="submit"><Icon name="download"/>"Export CSV"</button>
        </form>
    }
}

/// Says why no file came.
fn not_exported(why: String) -> impl IntoView {
    view! {
        <Callout tone="bad" icon="denied" live=true>
            <p><strong>"Nothing was exported: "</strong>{why}</p>
        </Callout>
    }
}

fn nothing(href: String, title: &'static str, way_on: &'static str) -> impl IntoView {
    view! {
        <EmptyState icon="search" title=title>
            <div class="button-row"><a class="button small" href=href>{way_on}</a></div>
        </EmptyState>
    }
}
