//! The environments, for whatever page lets somebody choose one.

use leptos::prelude::*;
use portal::environment::Place;

use crate::Problem;
#[cfg(feature = "ssr")]
use crate::problem::{answer_around, caller};

#[server(endpoint = "environment/list")]
pub async fn list_environments() -> Result<Vec<Place>, Problem> {
    let (portal, actor) = caller();
    answer_around(portal::environment::list(&portal, &actor).await)
}

/// Whether one of them has this name.
pub(crate) fn is_there(places: &[Place], name: &str) -> bool {
    places.iter().any(|place| place.environment.as_str() == name)
}

/// As a choice takes them: value and word.
pub(crate) fn options(places: &[Place]) -> Vec<(String, String)> {
    let option = |place: &Place| (place.environment.to_string(), place.environment.to_string());
    places.iter().map(option).collect()
}
