//! Signing in, by the identity provider or, where none is configured, as one of the demo's people.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use portal::{Id, Person, identity};
use serde::{Deserialize, Serialize};

use crate::{
    Kept, Problem,
    page::resource,
    ui::{Avatar, Badge, Callout, Card, Icon, Mark},
};

/// Somebody of the demo, and what they come to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPerson {
    pub id: Id<Person>,
    pub name: String,
    pub roles: String,
    pub about: String,
}

/// Whom the page offers. Strangers may ask: it is how they stop being strangers.
#[server(endpoint = "sign-in/people")]
pub async fn demo_people() -> Result<Vec<DemoPerson>, Problem> {
    let (portal, _) = crate::problem::caller();
    let people = crate::problem::answer(portal::identity::demo_people(&portal).await)?;
    let words = |roles: Vec<portal::access::Role>| {
        roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let shown = |person: portal::identity::DemoPerson| DemoPerson {
        id: person.id,
        name: person.name,
        roles: words(person.roles),
        about: person.about,
    };
    Ok(people.into_iter().filter(|person| !person.disabled).map(shown).collect())
}

/// The field in which the sign-in page carries a form along.
pub const KEPT: &str = "kept";
/// By which a form that was refused for an old proof is sent to the sign-in, whole; it names the page to come back to.
pub const ANEW: &str = "anew";

#[component]
pub fn SignIn() -> impl IntoView {
    let people = resource(|| (), |()| demo_people());
    let query = use_query_map();
    let to = move || query.read().get("to").unwrap_or_else(|| "/".to_owned());
    let kept = use_context::<Kept>().map(|kept| kept.as_sent());
    let ended = kept.is_some();
    let failed = move || query.read().get("failed").is_some();
    let offered = move || {
        let kept = kept.clone();
        Suspend::new(async move {
            match people.await {
                // There are demo people wherever there is no provider.
                Ok(people) if people.is_empty() => by_provider(to(), kept).into_any(),
                Ok(people) => offer(people, to(), kept).into_any(),
                Err(problem) => view! { <p role="alert">{problem.to_string()}</p> }.into_any(),
            }
        })
    };
    let ends = format!(
        "Sessions end after {} minutes without use, and after {} hours.",
        identity::IDLE.num_minutes(),
        identity::SESSION.num_hours()
    );
    view! {
        <Title text="Sign in · Aegis"/>
        <div class="sign-in">
            <main>
                <div class="lead">
                    <Mark/>
                    <h1>"Sign in to Aegis"</h1>
                    <p class="muted">"Policies, exceptions and proof for every OPA"</p>
                </div>
                <Show when=failed>
                    <Callout tone="bad" icon="denied" live=true>
                        <p>"That did not work. Choose somebody from the list."</p>
                    </Callout>
                </Show>
                {ended.then(still_here)}
                <Suspense>{offered}</Suspense>
                <p class="muted"><small>{ends}</small></p>
            </main>
        </div>
    }
}

/// What somebody reads whose session ended while they typed.
fn still_here() -> impl IntoView {
    view! {
        <Callout tone="caution" icon="warning" live=true>
            <p>
                <strong>"Your session has ended. "</strong>
                "Nothing was sent. Sign in again: what you typed is kept, and you can look it over and send it."
            </p>
        </Callout>
    }
}

/// `kept` is a form that was sent too late: it is carried along, and nowhere else kept.
fn offer(people: Vec<DemoPerson>, to: String, kept: Option<String>) -> impl IntoView {
    let person = |person: DemoPerson| {
        view! {
            <li>
                <button type="submit" name="person" value=person.id.to_string()>
                    <Avatar name=person.name.clone() large=true/>
                    <span class="cell-2">
                        <strong>{person.name}</strong>
                        <small>{format!("{}: {}", capital(&person.roles), person.about)}</small>
                    </span>
                    <Icon name="right"/>
                </button>
            </li>
        }
    };
    let people = view! { <ul class="people">{people.into_iter().map(person).collect_view()}</ul> };
    view! {
        <Card title="Demo people" aside=view! { <Badge tone="caution" icon="warning">"Not in production"</Badge> }.into_any()>
            {sign_in_form(to, kept, people.into_any())}
        </Card>
    }
}

/// One button: the provider asks the rest.
fn by_provider(to: String, kept: Option<String>) -> impl IntoView {
    let button = view! { <button type="submit" class="button primary">"Go on to sign in"<Icon name="right"/></button> };
    view! {
        <Card title="Your organisation’s sign-in">
            {sign_in_form(to, kept, button.into_any())}
        </Card>
    }
}

fn sign_in_form(to: String, kept: Option<String>, choice: AnyView) -> impl IntoView {
    view! {
        <form method="post" action="/sign-in">
            <input type="hidden" name="to" value=to/>
            {kept.map(|kept| view! { <input type="hidden" name=KEPT value=kept/> })}
            {choice}
        </form>
    }
}

/// A role as it begins a sentence.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
