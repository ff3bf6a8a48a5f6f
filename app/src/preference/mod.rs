//! What somebody prefers: theme, density, how times are told, keys that act, and which environment they look at.
//!
//! Kept in cookies, so that the server writes it into the page and nothing flashes; the browser reads the same ones
//! and so finds what the server wrote.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use crate::{
    Problem,
    act::{Act, act_and_then},
};

mod environment;
mod menu;
mod page;
mod times;

pub use environment::*;
pub use menu::*;
pub use page::*;
pub use times::Times;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub theme: Theme,
    pub density: Density,
    pub times: Times,
    pub keys: Keys,
}

#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// How close rows and controls stand.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

/// Whether single keys act. They are in the way of whoever dictates or hits keys by chance.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Keys {
    #[default]
    On,
    Off,
}

impl Preferences {
    /// What cookies say, as a browser sends them; what they say wrongly is as if they said nothing.
    fn of(cookies: &str) -> Self {
        let value = |name: &str| value_of(cookies, name);
        Self {
            theme: value("theme").parse().unwrap_or_default(),
            density: value("density").parse().unwrap_or_default(),
            times: value("times").parse().unwrap_or_default(),
            keys: value("keys").parse().unwrap_or_default(),
        }
    }

    /// The value of `data-theme`; none leaves it to the system.
    pub(crate) fn data_theme(self) -> Option<String> {
        (self.theme != Theme::System).then(|| self.theme.to_string())
    }

    /// The value of `data-density`.
    pub(crate) fn data_density(self) -> Option<String> {
        (self.density != Density::Comfortable).then(|| self.density.to_string())
    }

    /// As they are for whoever asks for the page.
    pub(crate) fn now() -> Self {
        Self::of(&cookies())
    }
}

/// What the browser's cookies say, on either side the same.
#[cfg(feature = "ssr")]
fn cookies() -> String {
    let Some(parts) = use_context::<http::request::Parts>() else { return String::new() };
    let headers = parts.headers.get_all(http::header::COOKIE).into_iter();
    headers.filter_map(|header| header.to_str().ok()).collect::<Vec<_>>().join(";")
}

#[cfg(not(feature = "ssr"))]
fn cookies() -> String {
    use leptos::wasm_bindgen::JsCast;
    let page = document().dyn_into::<web_sys::HtmlDocument>().ok();
    page.and_then(|page| page.cookie().ok()).unwrap_or_default()
}

/// The value of one of our cookies, empty where there is none.
fn value_of<'a>(cookies: &'a str, name: &str) -> &'a str {
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let ours = |key: &str| key.strip_prefix("aegis_") == Some(name);
    pairs.into_iter().find(|(key, _)| ours(key)).map_or("", |(_, value)| value)
}

/// Has the browser keep one of our cookies for a year.
#[cfg(feature = "ssr")]
fn keep(name: &str, value: &str) {
    let cookie = format!("aegis_{name}={value}; Path=/; Max-Age={}; SameSite=Lax", 365 * 86_400);
    let cookie = http::HeaderValue::from_str(&cookie).expect("it is of plain letters");
    expect_context::<leptos_axum::ResponseOptions>().append_header(http::header::SET_COOKIE, cookie);
}

/// Keeps for a year what somebody chose; what they did not choose stays as it is.
#[server(endpoint = "preference")]
pub async fn choose(
    #[server(default)] theme: Option<Theme>,
    #[server(default)] density: Option<Density>,
    #[server(default)] times: Option<Times>,
    #[server(default)] keys: Option<Keys>,
) -> Result<Preferences, Problem> {
    let before = Preferences::now();
    let chosen = [
        ("theme", theme.map(|theme| theme.to_string())),
        ("density", density.map(|density| density.to_string())),
        ("times", times.map(|times| times.to_string())),
        ("keys", keys.map(|keys| keys.to_string())),
    ];
    for (name, value) in chosen {
        if let Some(value) = value {
            keep(name, &value);
        }
    }
    Ok(Preferences {
        theme: theme.unwrap_or(before.theme),
        density: density.unwrap_or(before.density),
        times: times.unwrap_or(before.times),
        keys: keys.unwrap_or(before.keys),
    })
}

/// The preferences as they are now, for every part of the page.
pub(crate) fn provide() -> RwSignal<Preferences> {
    let preferences = RwSignal::new(Preferences::now());
    provide_context(preferences);
    preferences
}

/// Where nobody provides them, nobody prefers anything.
pub(crate) fn preferred() -> Signal<Preferences> {
    use_context::<RwSignal<Preferences>>()
        .map_or_else(|| Signal::stored(Preferences::default()), Signal::from)
}

/// An act that chooses; what was chosen shows at once on the whole page.
pub(crate) fn choosing() -> Act {
    let preferences = use_context::<RwSignal<Preferences>>();
    act_and_then::<Choose>(move |chosen| {
        if let Some(preferences) = preferences {
            put_on(chosen);
            preferences.set(chosen);
        }
    })
}

fn put_on(chosen: Preferences) {
    let Some(root) = document().document_element() else { return };
    for (name, value) in [("data-theme", chosen.data_theme()), ("data-density", chosen.data_density())] {
        // Fails only for names that are no attribute's.
        let _ = match value {
            Some(value) => root.set_attribute(name, &value),
            None => root.remove_attribute(name),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Density, Keys, Preferences, Theme, Times};

    #[test]
    fn cookies_say_what_is_preferred() {
        let said =
            Preferences::of("a=b; aegis_theme=dark; aegis_density=compact;aegis_times=utc; aegis_keys=off");
        let wanted =
            Preferences { theme: Theme::Dark, density: Density::Compact, times: Times::Utc, keys: Keys::Off };
        assert_eq!(said, wanted);
        assert_eq!(
            (said.data_theme().as_deref(), said.data_density().as_deref()),
            (Some("dark"), Some("compact"))
        );
    }

    #[test]
    fn what_cookies_say_wrongly_is_as_if_they_said_nothing() {
        let said =
            Preferences::of("aegis_theme=Dark; aegis_density; aegis_times=local+9999; =; ;;aegis_keys=\u{0}");
        assert_eq!(said, Preferences::default());
        assert_eq!((said.data_theme(), said.data_density()), (None, None));
    }
}
