use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use portal::Environment;

use super::{cookies, value_of};
use crate::{
    Problem,
    act::act_and_then,
    environment::list_environments,
    page::{WhoLooks, resource},
    ui::{Callout, Icon, PlainForm, close_menu},
};

/// Pages that can be narrowed to one environment.
const NARROWED: [&str; 5] = ["/exceptions", "/releases", "/releases/history", "/fleet", "/decisions"];
/// The name of the parameter that narrows them.
const PARAMETER: &str = "environment";

/// The environment that somebody looks at; all of them where they chose none.
///
/// It is kept in a cookie and narrows nothing by itself: links to lists carry it, so that an address shows the same to
/// everybody and always says to what it is narrowed.
#[derive(Debug, Clone, Copy)]
pub struct Chosen(RwSignal<Option<Environment>>);

impl Chosen {
    /// As it is for whoever asks for the page.
    pub(crate) fn now() -> Self {
        Self(RwSignal::new(value_of(&cookies(), PARAMETER).parse().ok()))
    }

    /// The address of a place, narrowed where it can be.
    pub(crate) fn address(self, path: &str) -> String {
        if NARROWED.contains(&path) { narrowed(path, self.0.get().as_ref()) } else { path.to_owned() }
    }
}

fn narrowed(path: &str, environment: Option<&Environment>) -> String {
    match environment {
        Some(environment) => format!("{path}?{PARAMETER}={environment}"),
        None => path.to_owned(),
    }
}

/// Keeps which environment somebody looks at; an empty name is all of them. A list that they are on is shown
/// anew, narrowed to it.
#[server(endpoint = "environment/choose")]
pub async fn choose_environment(
    #[server(default)] environment: String,
    #[server(default)] from: String,
) -> Result<Option<Environment>, Problem> {
    let chosen: Option<Environment> = match environment.as_str() {
        "" => None,
        name => Some(name.parse().map_err(portal::Error::from)?),
    };
    super::keep(PARAMETER, chosen.as_ref().map_or("", Environment::as_str));
    if let Some(path) = NARROWED.into_iter().find(|path| *path == from) {
        leptos_axum::redirect(&narrowed(path, chosen.as_ref()));
    }
    Ok(chosen)
}

/// Chooses the environment that somebody looks at.
#[component]
pub fn EnvironmentSwitch(chosen: Chosen) -> impl IntoView {
    let choose = act_and_then::<ChooseEnvironment>(move |environment| chosen.0.set(environment));
    let path = use_location().pathname;
    let all = resource(|| (), |()| list_environments());
    let option = move |environment: Option<Environment>| {
        let (is_chosen, name) = (environment.clone(), environment.as_ref().map_or("", Environment::as_str));
        let current = move || (chosen.0.get() == is_chosen).then_some("true");
        let word = if name.is_empty() { "All environments" } else { name }.to_owned();
        view! { <button name="environment" value=name.to_owned() aria-current=current>{word}</button> }
    };
    let options = move || {
        Suspend::new(async move {
            let all = all.await.unwrap_or_default().into_iter().map(|place| Some(place.environment));
            [None].into_iter().chain(all).map(option).collect_view()
        })
    };
    let now = move || chosen.0.get().map_or_else(|| "All environments".to_owned(), String::from);
    view! {
        <button type="button" class="button quiet small environment-switch" popovertarget="environment-menu">
            <Icon name="in-force"/>
            <span class="visually-hidden">"Environment: "</span>
            <span class="now">{now}</span>
        </button>
        <div class="menu" id="environment-menu" popover="auto" on:click=close_menu>
            <PlainForm action=choose>
                <input type="hidden" name="from" value=move || path.get()/>
                <Transition>{options}</Transition>
            </PlainForm>
        </div>
    }
}

/// Says above a list that it is narrowed to the environment that was chosen, and where all that waits is.
#[component]
pub fn OnlyHere(chosen: Chosen, who: WhoLooks) -> impl IntoView {
    let (path, query) = (use_location().pathname, use_query_map());
    let narrowed = move || {
        let environment = chosen.0.get().filter(|_| NARROWED.contains(&path.read().as_str()))?;
        (query.read().get_str(PARAMETER) == Some(environment.as_str())).then_some(environment)
    };
    let waiting = move || match who.get() {
        Some(Ok(viewer)) => viewer.waiting.exceptions + viewer.waiting.promotions,
        _ => 0,
    };
    move || {
        narrowed().map(|environment| {
            view! {
                <Callout tone="quiet" icon="in-force">
                    <p>
                        "Only " <strong>{environment.to_string()}</strong> ", as you chose above. "
                        <a href=path.get()>"Show all environments"</a>
                        <Transition>
                            {move || (waiting() > 0).then(|| view! {
                                ". What waits for you, wherever it is: " <a href="/waiting">{waiting()}</a>
                            })}
                        </Transition>
                    </p>
                </Callout>
            }
        })
    }
}
