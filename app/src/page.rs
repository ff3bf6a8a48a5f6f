//! How a page gets its data, acts, and shows what went wrong.

use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Location};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Problem, focus,
    sent::{Json, Sent, Text},
    ui::{ButtonLink, EmptyState, Icon, Now, Reference, Skeleton},
    viewer::{Viewer, missing},
};

/// Raised when what the page shows may have changed: all of it is asked for anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh(RwSignal<u32>);

/// The data of a page, as the text in which it came.
pub(crate) struct Data<T> {
    pub(crate) text: Resource<Result<Text, Problem>, Json>,
    of: PhantomData<fn() -> T>,
}

impl<T> Copy for Data<T> {}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// The signed-in person, for every page.
pub(crate) type WhoLooks = Resource<Result<Viewer, Problem>, Json>;

/// What the data of a page is asked for by.
#[derive(Clone)]
pub(crate) struct Key(Arc<dyn AnyKey>);

/// Any value that can be told from another.
trait AnyKey: Any + Send + Sync {
    fn equals(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<K: PartialEq + Send + Sync + 'static> AnyKey for K {
    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.as_any())
    }
}

type Fetched = Pin<Box<dyn Future<Output = Result<Text, Problem>> + Send>>;

/// How a page asks for its data: the one form in which all that handles it knows any page.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) key: Arc<dyn Fn() -> Key + Send + Sync>,
    pub(crate) fetch: Arc<dyn Fn(&Key) -> Fetched + Send + Sync>,
}

impl Question {
    pub(crate) fn new<K, T, F>(
        key: impl Fn() -> K + Send + Sync + 'static,
        fetch: impl Fn(K) -> F + Send + Sync + 'static,
    ) -> Self
    where
        K: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<Sent<T>, Problem>> + Send + 'static,
        T: 'static,
    {
        Self {
            key: Arc::new(move || Key(Arc::new(key()))),
            fetch: Arc::new(move |key| {
                let key: &K = key.0.as_any().downcast_ref().expect("it was made by the other half");
                let answer = fetch(key.clone());
                Box::pin(async move { answer.await.map(Sent::into_text) })
            }),
        }
    }

    /// Asked now, again when the key changes and when an act was done.
    pub(crate) fn ask<T>(self) -> Data<T> {
        Data { text: self.ask_for_text(), of: PhantomData }
    }

    // Apart, for what closures make depends on the type parameters around them.
    fn ask_for_text(self) -> Resource<Result<Text, Problem>, Json> {
        let fresh: Fresh = expect_context();
        let Self { key, fetch } = self;
        resource(move || (key(), fresh.times()), move |(key, _)| fetch(&key))
    }
}

impl Fresh {
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(0))
    }

    pub(crate) fn raise(self) {
        self.0.update(|times| *times = times.wrapping_add(1));
    }

    /// How often it was raised: part of the key of whatever is asked for anew.
    pub(crate) fn times(self) -> u32 {
        self.0.get()
    }
}

/// Something that the server knows, asked for again when `key` changes.
pub(crate) fn resource<K, T, F>(
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(K) -> F + Send + Sync + 'static,
) -> Resource<Result<T, Problem>, Json>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, Problem>> + Send + 'static,
{
    Resource::new_with_options(key, fetch, false)
}

/// The data of a page, asked for again when `key` changes or an act was done.
pub(crate) fn load<K, T, F>(
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(K) -> F + Send + Sync + 'static,
) -> Data<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: 'static,
    F: Future<Output = Result<Sent<T>, Problem>> + Send + 'static,
{
    Question::new(key, fetch).ask()
}

/// Shows a page once its data is there, and says so where it cannot be had.
pub(crate) fn loaded<T, V>(
    data: Data<T>,
    show: impl Fn(T, Viewer) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let page = move |text: &Text, viewer| text.read().map(|data| show(data, viewer).into_any());
    shown(Some(data.text), Arc::new(page))
}

/// Shows a page that needs to know nothing but who looks.
pub(crate) fn greeted<V: IntoView + 'static>(
    show: impl Fn(Viewer) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView {
    shown(None, Arc::new(move |_, viewer| Ok(show(viewer).into_any())))
}

type Show = Arc<dyn Fn(&Text, Viewer) -> Result<AnyView, Problem> + Send + Sync>;

fn shown(text: Option<Resource<Result<Text, Problem>, Json>>, show: Show) -> impl IntoView + use<> {
    let who: WhoLooks = expect_context();
    let page = move || {
        let show = Arc::clone(&show);
        Suspend::new(async move {
            let viewer = who.await;
            let text = match text {
                Some(text) => text.await,
                None => Ok(Text::none()),
            };
            let page = viewer.and_then(|viewer| {
                provide_context(Now(viewer.now));
                show(&text?, viewer)
            });
            page.unwrap_or_else(|problem| view! { <NotShown problem/> }.into_any())
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton/> }>{page}</Transition> }
}

/// The address of the page, as one comes back to it.
pub(crate) fn here(location: &Location) -> String {
    let (path, query) = (location.pathname.get(), location.search.get());
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// Leads to the sign-in page, and from there back to where one is.
pub(crate) fn sign_in_link(word: &'static str, target: Option<&'static str>) -> impl IntoView {
    let location = use_location();
    let to = move || {
        let mut back = leptos_router::params::ParamsMap::new();
        back.insert("to", here(&location));
        format!("/sign-in{}", back.to_query_string())
    };
    view! { <a class="button small" href=to rel="external" target=target>{word}</a> }
}

/// A page that cannot be shown: why, what to do about it, and under which reference the server tells of it.
#[component]
pub fn NotShown(problem: Problem) -> impl IntoView {
    use portal::Error::{Forbidden, NotFound, Unauthenticated};
    let way_on = match problem.error() {
        Some(Unauthenticated) => sign_in_link("Sign in", None).into_any(),
        // Asked again, it is refused again.
        Some(Forbidden(_) | NotFound(_)) => ().into_any(),
        _ => view! { <a class="button small" href="" rel="external"><Icon name="refresh"/>"Try again"</a> }
            .into_any(),
    };
    let (reference, told) = (problem.reference(), told(&problem));
    let here = NodeRef::<leptos::html::Section>::new();
    focus::arrived(move || here.get());
    view! {
        <section class="card" tabindex="-1" node_ref=here>
            <EmptyState icon=told.icon title=told.title tone=told.tone alone=true>
                <p>{told.text}</p>
                {reference.map(|reference| view! { <Reference reference/> })}
                <div class="button-row">
                    {way_on}
                    <ButtonLink id="home" href="/" small=true>"Home"</ButtonLink>
                </div>
            </EmptyState>
        </section>
    }
}

/// What a page says in the place of what it cannot show.
pub(crate) struct Told {
    pub(crate) icon: &'static str,
    pub(crate) tone: Option<&'static str>,
    pub(crate) title: &'static str,
    pub(crate) text: String,
}

fn told(problem: &Problem) -> Told {
    use portal::Error::{Forbidden, Internal, NotFound, Unauthenticated, Unavailable};
    let told = |icon, tone, title, text: String| Told { icon, tone, title, text };
    match problem.error() {
        None => told(
            "stale",
            Some("caution"),
            "The portal could not be reached",
            "OPAs go on deciding meanwhile. Try again in a moment.".into(),
        ),
        Some(Unauthenticated) => {
            told("user", None, "You are signed out", "Sign in to go on where you were.".into())
        }
        Some(Forbidden(permission)) => told(
            "lock",
            None,
            "You may not see this",
            format!("This page {}. An admin grants roles.", missing(*permission)),
        ),
        Some(NotFound(what)) => {
            told("search", None, "Not found", format!("There is no such {what}, or you may not see it."))
        }
        Some(Internal { .. }) => told(
            "error",
            Some("fault"),
            "Something broke on our side",
            "Nothing was changed. Quote the reference to whoever runs the portal.".into(),
        ),
        Some(Unavailable(what)) => told(
            "stale",
            Some("caution"),
            "Not just now",
            format!("Without {what} there is nothing to show. OPAs go on deciding meanwhile."),
        ),
        Some(other) => told("error", Some("fault"), "This could not be shown", format!("{other}.")),
    }
}

/// The same for a page that the server could not even begin, by its status and by what it would have told a program.
#[cfg(feature = "ssr")]
pub(crate) fn told_by_status(status: u16, title: &str) -> Told {
    if status == 403
        && let Some(forbidden) = forbidden(title)
    {
        return told(&Problem::Refused(forbidden));
    }
    let error = match status {
        404 => {
            return Told {
                text: "There is nothing at this address. It may have been typed or copied wrongly.".into(),
                ..not_there()
            };
        }
        503 if title.contains("the database") => portal::Error::Unavailable("the database".into()),
        500 => portal::Error::Internal { reference: Default::default() },
        _ => {
            let text = format!("{title}.");
            return Told { icon: "denied", tone: Some("bad"), title: "Not done", text };
        }
    };
    told(&Problem::Refused(error))
}

/// Which permission was missing, if that is what a program would have been told.
#[cfg(feature = "ssr")]
fn forbidden(title: &str) -> Option<portal::Error> {
    use strum::VariantArray;
    let mut all = portal::Permission::VARIANTS.iter().map(|permission| portal::Error::Forbidden(*permission));
    all.find(|error| error.to_string() == title)
}

#[cfg(feature = "ssr")]
fn not_there() -> Told {
    told(&Problem::Refused(portal::Error::NotFound("page".into())))
}
