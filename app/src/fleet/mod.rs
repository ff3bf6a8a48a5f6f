//! The fleet on the screen: every OPA, what it should run and what it says that it runs.

use leptos::prelude::*;
use portal::{
    Environment, Release,
    environment::Place,
    fleet::{Heard, Instance},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer, answer_page, caller};
use crate::{
    Problem,
    act::{Act, act_and_say},
    sent::Sent,
    ui::Toast,
};

mod list;
mod one;
mod words;

pub use list::*;
pub use one::*;
pub(crate) use words::{drift, page};

/// One OPA, what it said so far, and what was released for it since it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstancePage {
    pub instance: Instance,
    pub heard: Vec<Heard>,
    pub released: Vec<Release>,
}

/// Every OPA, and the environments in which they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetPage {
    pub fleet: Vec<Instance>,
    pub places: Vec<Place>,
}

#[server(endpoint = "fleet/list")]
pub async fn list_fleet() -> Result<Sent<FleetPage>, Problem> {
    let (portal, actor) = caller();
    let fleet = answer(portal::fleet::list(&portal, &actor).await)?;
    let places = portal::environment::list(&portal, &actor).await;
    answer_page(places.map(|places| FleetPage { fleet, places }))
}

#[server(endpoint = "fleet/show")]
pub async fn show_instance(id: String) -> Result<Sent<InstancePage>, Problem> {
    let (portal, actor) = caller();
    let found = match id.parse() {
        Ok(id) => portal::fleet::show(&portal, &actor, id).await,
        Err(_) => Err(portal::Error::NotFound("instance".into())),
    };
    let instance = answer(found)?;
    let heard = answer(portal::fleet::history(&portal, &actor, instance.id).await)?;
    let there = Some(instance.environment.clone());
    let mut released = answer(portal::release::history(&portal, &actor, there, None).await)?;
    let runs = |release: &Release| instance.bundles.iter().any(|one| one.name == release.bundle.to_string());
    released.retain(|release| release.at >= instance.first_seen && runs(release));
    answer_page(Ok(InstancePage { instance, heard, released }))
}

/// Answers every held poll of an environment at once. It leads nowhere: the page on which one is shows what comes of it.
#[server(endpoint = "fleet/reload")]
pub async fn reload_fleet(environment: Environment) -> Result<Environment, Problem> {
    let (portal, actor) = caller();
    answer(portal::fleet::reload(&portal, &actor, environment.clone()).await)?;
    Ok(environment)
}

fn act_reload() -> Act {
    act_and_say::<ReloadFleet>(|environment| {
        let title = format!("The OPAs of {environment} were told to load anew");
        Toast::done("refresh", title, "Each reports when it has.")
    })
}
