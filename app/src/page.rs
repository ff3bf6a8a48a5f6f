//! How a page gets its data, acts, and shows what went wrong.

use std::future::Future;

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Problem,
    codec::Json,
    focus,
    kept::KeptForms,
    ui::{ButtonLink, Callout, EmptyState, Icon, Kind, Now, Reference, Skeleton, Toast, Toasts},
    viewer::{Viewer, missing},
};

/// Raised when what the page shows may have changed: all of it is asked for anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh(RwSignal<u32>);

/// What a page asks for.
pub(crate) type Data<T> = Resource<Result<T, Problem>, Json>;

/// The signed-in person, for every page.
pub(crate) type WhoLooks = Data<Viewer>;

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
) -> Data<T>
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
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T, Problem>> + Send + 'static,
{
    let fresh: Fresh = expect_context();
    resource(move || (key(), fresh.times()), move |(key, _)| fetch(key))
}

/// Shows a page once its data is there, and says so where it cannot be had.
pub(crate) fn loaded<T, V>(
    data: Data<T>,
    show: impl Fn(T, Viewer) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let who: WhoLooks = expect_context();
    let page = move || {
        let show = show.clone();
        Suspend::new(async move {
            match (who.await, data.await) {
                (Ok(viewer), Ok(data)) => {
                    provide_context(Now(viewer.now));
                    show(data, viewer).into_any()
                }
                (Err(problem), _) | (_, Err(problem)) => view! { <NotShown problem/> }.into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton/> }>{page}</Transition> }
}

/// An act of a page. When it was done, or refused because things have changed, the page's data is asked for anew.
pub(crate) fn act<S>() -> ServerAction<S>
where
    S: ServerFn<Error = Problem> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    // Else an address could put words into our mouth: Leptos shows whatever stands in its `__err`.
    provide_context(ServerActionError::new("", ""));
    let (action, fresh, kept) = (ServerAction::<S>::new(), expect_context::<Fresh>(), KeptForms::of_page());
    let value = action.value();
    if let Some(problem) = kept.problem(S::PATH) {
        value.set(Some(Err(problem)));
    }
    Effect::new(move || {
        if value.with(|done| matches!(done, Some(Ok(_)))) {
            kept.forget(S::PATH);
        }
        if value.with(|done| done.as_ref().is_some_and(changes_the_page)) {
            fresh.raise();
        }
    });
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let here = path.get();
        if before.is_some_and(|before| before != here) {
            kept.forget(S::PATH);
            value.set(None);
        }
        here
    });
    action
}

/// The same, and says what was done in a word.
pub(crate) fn act_and_say<S>(say: fn(&S::Output) -> Toast) -> ServerAction<S>
where
    S: ServerFn<Error = Problem> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let (action, toasts) = (act::<S>(), expect_context::<Toasts>());
    let value = action.value();
    Effect::new(move || {
        let toast = value.with(|done| done.as_ref()?.as_ref().ok().map(say));
        if let Some(toast) = toast {
            toasts.say(toast);
        }
    });
    action
}

/// Whether what was answered means that the page shows what is no longer so: it was done, or a rule refused it as
/// things stand now.
fn changes_the_page<T>(answer: &Result<T, Problem>) -> bool {
    match answer {
        Ok(_) => true,
        Err(Problem::Refused(refused)) => refused.status() == 409,
        Err(_) => false,
    }
}

/// What went wrong when an act was tried.
pub(crate) fn problem_of<S>(action: ServerAction<S>) -> Signal<Option<Problem>>
where
    S: ServerFn<Error = Problem> + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    // An answer may come when what asked for it is no longer part of the page.
    let failed = move |done: &Option<Result<S::Output, Problem>>| done.as_ref()?.as_ref().err().cloned();
    Signal::derive(move || value.try_with(failed).flatten())
}

/// What is wrong with one field of the form, where that is why the act was not done.
pub(crate) fn field_error(problem: Signal<Option<Problem>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || problem.try_get().flatten().and_then(|problem| problem.of_field(field)))
}

/// Says at the place of an act that it was not done, why, and where to mend it. It takes the focus.
#[component]
pub fn NotDone(problem: Signal<Option<Problem>>) -> impl IntoView {
    move || {
        problem.try_get().flatten().map(|problem| {
            let ended = problem.error() == Some(&portal::Error::Unauthenticated);
            let reference = problem.reference().map(|reference| view! { <Reference reference/> });
            let (text, way_on) = if ended {
                let way_on = view! {
                    <p>"What you typed stays here. Sign in in a new tab, come back, and send it again."</p>
                    {sign_in_link("Sign in in a new tab", Some("_blank"))}
                };
                ("your session has ended".to_owned(), way_on.into_any())
            } else {
                (problem.to_string(), to_field(&problem).into_any())
            };
            view! {
                <Callout tone="bad" icon="denied" live=true focused=true>
                    <p><strong>"Not done: "</strong>{text}"."</p>
                    {reference}
                    {way_on}
                </Callout>
            }
        })
    }
}

/// Leads to the field at fault.
fn to_field(problem: &Problem) -> impl IntoView + use<> {
    let field = problem.field().map(|field| field.trim_end_matches("[]").to_owned());
    // Other faults are of the form as a whole.
    let known = field.filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    known.map(|field| view! { <a href=format!("#{field}") rel="external">"Go to the field"</a> })
}

/// Leads to the sign-in page, and from there back to where one is.
pub(crate) fn sign_in_link(word: &'static str, target: Option<&'static str>) -> impl IntoView {
    let here = use_location();
    let to = move || {
        let (path, query) = (here.pathname.get(), here.search.get());
        let mut back = leptos_router::params::ParamsMap::new();
        back.insert("to", if query.is_empty() { path } else { format!("{path}?{query}") });
        format!("/sign-in{}", back.to_query_string())
    };
    view! { <a class="button small" href=to rel="external" target=target>{word}</a> }
}

/// A page that cannot be shown: why, what to do about it, and under which reference the server tells of it.
#[component]
fn NotShown(problem: Problem) -> impl IntoView {
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
                    <ButtonLink id="home" href="/" small=true kind=Kind::Quiet>"Home"</ButtonLink>
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

#[cfg(feature = "ssr")]
fn not_there() -> Told {
    told(&Problem::Refused(portal::Error::NotFound("page".into())))
}
