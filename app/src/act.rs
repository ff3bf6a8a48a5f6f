//! How a page acts, and says that an act was not done.

use std::{future::Future, pin::Pin, sync::Arc};

use leptos::{
    ev,
    form::form_data_from_event,
    prelude::*,
    server_fn::{
        Bytes, ContentType, ServerFn,
        client::Client,
        codec::{JsonEncoding, PostUrl},
        error::{FromServerFnError, ServerFnErrorErr},
        request::ClientReq,
        response::ClientRes,
    },
    task::spawn_local,
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use portal::Invalid;
use serde::de::DeserializeOwned;
use web_sys::UrlSearchParams;

use crate::{
    Problem,
    kept::KeptForms,
    page::{Fresh, here, sign_in_link},
    sign_in::ANEW,
    ui::{Callout, Reference, Toast, Toasts},
};

/// What comes of an act: nothing but that it was done, and where that leads. What else it answers was given on when
/// it came.
type Answer = Pin<Box<dyn Future<Output = Result<Option<String>, Problem>>>>;
/// Asks with the fields of a form, as a browser sends them by itself.
type Ask = Arc<dyn Fn(String) -> Answer + Send + Sync>;
/// Goes where an act leads.
type LeadOn = Arc<dyn Fn(&str, NavigateOptions) + Send + Sync>;

/// An act that a page offers: whom its form asks, whether that is under way, and what came of it.
///
/// Which server function it is only the making of it knows. So all acts share one code in the client.
#[derive(Clone, Copy)]
pub struct Act {
    /// The path of the server function.
    pub(crate) path: &'static str,
    ask: StoredValue<(Ask, LeadOn)>,
    pending: RwSignal<bool>,
    answer: RwSignal<Option<Result<(), Problem>>>,
}

impl Act {
    pub(crate) fn pending(self) -> Signal<bool> {
        self.pending.into()
    }

    /// What went wrong when it was tried.
    pub(crate) fn problem(self) -> Signal<Option<Problem>> {
        // An answer may come when what asked for it is no longer part of the page.
        Signal::derive(move || self.answer.try_get().flatten().and_then(Result::err))
    }

    /// Whether it was done, the last time that it was tried.
    pub(crate) fn was_done(self) -> bool {
        matches!(self.answer.try_get(), Some(Some(Ok(()))))
    }

    /// Takes back what was said of a field, once somebody types into that. What is wrong besides is told when it is
    /// sent again.
    pub(crate) fn typed_into(self, name: &str) {
        let of_it = |answer: &Option<Result<(), Problem>>| match answer {
            Some(Err(problem)) => problem.field().is_some_and(|field| is_of(name, field)),
            _ => false,
        };
        if self.answer.try_with_untracked(of_it) == Some(true) {
            self.answer.set(None);
        }
    }

    /// Asks for what the form says that was sent.
    pub(crate) fn send(self, event: &ev::SubmitEvent) {
        // A button that sends it elsewhere does that.
        if event.submitter().is_some_and(|button| button.has_attribute("formaction")) {
            return;
        }
        event.prevent_default();
        // What is sent twice would be done twice.
        if self.pending.get_untracked() {
            return;
        }
        let fields = form_data_from_event(event)
            .ok()
            .and_then(|data| UrlSearchParams::new_with_str_sequence_sequence(&data).ok())
            .and_then(|fields| fields.to_string().as_string());
        let Some(fields) = fields else {
            let invalid = Invalid::new("the form", "cannot be read by this browser");
            return self.answer.set(Some(Err(Problem::Refused(invalid.into()))));
        };
        let (ask, lead_on) = self.ask.get_value();
        let answer = ask(fields);
        self.pending.set(true);
        spawn_local(async move {
            let answer = answer.await.map(|to| {
                if let Some(to) = to {
                    // A frame later, so that what came of it is told first.
                    request_animation_frame(move || lead_on(&to, answered()));
                }
            });
            // The page may be gone by now.
            let _ = self.pending.try_set(false);
            let _ = self.answer.try_set(Some(answer));
        });
    }

    fn new(path: &'static str, ask: Ask) -> Self {
        Self {
            path,
            ask: StoredValue::new((ask, Arc::new(use_navigate()))),
            pending: RwSignal::new(false),
            answer: RwSignal::new(None),
        }
    }

    /// When it was done, or refused because things have changed, the page's data is asked for anew. The form may then
    /// be gone, and what it says with it: so a toast says that it came too late.
    fn of_page(self) -> Self {
        let (fresh, kept) = (expect_context::<Fresh>(), KeptForms::of_page());
        let toasts: Toasts = expect_context();
        if let Some(problem) = kept.problem(self.path) {
            self.answer.set(Some(Err(problem)));
        }
        Effect::new(move || {
            let answer = self.answer.get();
            if matches!(answer, Some(Ok(()))) {
                kept.forget(self.path);
            }
            if let Some(Err(problem)) = &answer
                && came_too_late(problem)
            {
                toasts.say(Toast::not_done(format!("{problem}.")));
            }
            if answer.is_some_and(|answer| changes_the_page(&answer)) {
                fresh.raise();
            }
        });
        let path = use_location().pathname;
        Effect::new(move |before: Option<String>| {
            let here = path.get();
            if before.is_some_and(|before| before != here) {
                kept.forget(self.path);
                self.answer.set(None);
            }
            here
        });
        self
    }
}

/// An act of a page.
pub(crate) fn act<S>() -> Act
where
    S: ServerFn<Error = Problem, InputStreamError = Problem, OutputStreamError = Problem> + 'static,
    S::Output: DeserializeOwned + 'static,
{
    act_and_then::<S>(|_| ()).of_page()
}

/// The same, and says what was done in a word.
pub(crate) fn act_and_say<S>(say: fn(S::Output) -> Toast) -> Act
where
    S: ServerFn<Error = Problem, InputStreamError = Problem, OutputStreamError = Problem> + 'static,
    S::Output: DeserializeOwned + 'static,
{
    let toasts = expect_context::<Toasts>();
    act_and_then::<S>(move |done| toasts.say(say(done))).of_page()
}

/// An act of which the page's data does not depend. `then` gets what it answered.
pub(crate) fn act_and_then<S>(then: impl Fn(S::Output) + Clone + Send + Sync + 'static) -> Act
where
    S: ServerFn<Error = Problem, InputStreamError = Problem, OutputStreamError = Problem> + 'static,
    S::Output: DeserializeOwned + 'static,
{
    let ask = move |fields| -> Answer {
        let then = then.clone();
        Box::pin(async move {
            let (answer, to) = posted::<S::Client>(S::PATH, fields).await?;
            let done = serde_json::from_slice(&answer).map_err(|unreadable| {
                Problem::from_server_fn_error(ServerFnErrorErr::Deserialization(unreadable.to_string()))
            })?;
            then(done);
            Ok(to)
        })
    };
    Act::new(S::PATH, Arc::new(ask))
}

/// How an act leads on: the address of a question that was answered is replaced, so that the way back does not ask it
/// again.
fn answered() -> NavigateOptions {
    let replace = window().location().search().is_ok_and(|query| asks(&query));
    NavigateOptions { replace, ..NavigateOptions::default() }
}

/// Whether the query of an address says that a question is open.
fn asks(query: &str) -> bool {
    query.split(['?', '&']).any(|pair| pair.starts_with("ask="))
}

/// Whether the field of this name, as the form sends it, is the one that a refusal speaks of.
fn is_of(name: &str, field: &str) -> bool {
    match name.split_once('[') {
        // The end is a number of days or a moment, in fields of their own.
        Some(("end", _)) => field == "ends_at",
        Some((name, _)) => name == field,
        None => name == field,
    }
}

/// Sends fields to a server function as the form would by itself, and says where it leads. Leptos' own way reads
/// the fields into the function's type first and writes them out again: the client would carry both for each act.
async fn posted<C: Client<Problem>>(path: &str, fields: String) -> Result<(Bytes, Option<String>), Problem> {
    let (form, json) = (PostUrl::CONTENT_TYPE, JsonEncoding::CONTENT_TYPE);
    let response =
        C::send(C::Request::try_new_req_text(path, form, json, fields, http::Method::POST)?).await?;
    let (status, leads, to) = (response.status(), response.has_redirect(), response.location());
    let answer = response.try_into_bytes().await?;
    if status >= 400 {
        return Err(Problem::de(answer));
    }
    Ok((answer, leads.then_some(to)))
}

/// Whether what was answered means that the page shows what is no longer so: it was done, or it came too late.
fn changes_the_page(answer: &Result<(), Problem>) -> bool {
    answer.as_ref().err().is_none_or(came_too_late)
}

/// Whether a rule refused it as things stand now.
fn came_too_late(problem: &Problem) -> bool {
    problem.error().is_some_and(|refused| refused.status() == 409)
}

/// What is wrong with one field of the form, where that is why the act was not done.
pub(crate) fn field_error(problem: Signal<Option<Problem>>, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || problem.try_get().flatten().and_then(|problem| problem.of_field(field)))
}

/// Says at the place of an act that it was not done, why, and where to mend it. It takes the focus.
#[component]
pub fn NotDone(problem: Signal<Option<Problem>>) -> impl IntoView {
    use portal::Error::{Unauthenticated, Unproven};
    move || {
        problem.try_get().flatten().map(|problem| {
            let reference = problem.reference().map(|reference| view! { <Reference reference/> });
            let (text, way_on) = match problem.error() {
                Some(Unauthenticated) => {
                    let way_on = view! {
                        <p>"What you typed stays here. Sign in in a new tab, come back, and send it again."</p>
                        {sign_in_link("Sign in in a new tab", Some("_blank"))}
                    };
                    ("your session has ended".to_owned(), way_on.into_any())
                }
                Some(Unproven) => (problem.to_string(), prove_again().into_any()),
                _ => (problem.to_string(), to_field(&problem).into_any()),
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

/// Sends the form around it along to the sign-in: from there it comes back to this page, to be looked over and sent.
fn prove_again() -> impl IntoView {
    let here = here(&use_location());
    view! {
        <p>"What you typed comes along, and nothing of it is done before you send it again."</p>
        <button type="submit" class="button small" formaction="/sign-in" formnovalidate=true name=ANEW value=here>
            "Sign in again"
        </button>
    }
}

/// Leads to the field at fault.
pub(crate) fn to_field(problem: &Problem) -> Option<impl IntoView + use<>> {
    let field = problem.field().map(|field| field.trim_end_matches("[]").to_owned());
    // Other faults are of the form as a whole.
    let known = field.filter(|field| field.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    known.map(|field| view! { <a href=format!("#{field}") rel="external">"Go to the field"</a> })
}

#[cfg(test)]
mod tests {
    use super::{asks, is_of};

    #[test]
    fn a_question_is_open_where_the_address_says_so() {
        assert!(asks("?ask=deny") && asks("?environment=production&ask=roll-back"));
        assert!(!asks("") && !asks("?asked=x") && !asks("?text=ask"));
    }

    #[test]
    fn a_field_is_known_by_what_the_form_sends() {
        assert!(is_of("resources", "resources") && is_of("environments[]", "environments"));
        assert!(is_of("end[at]", "ends_at") && is_of("end[days]", "ends_at"));
        assert!(!is_of("ticket", "resources"));
    }
}
