//! Light, dark, or as the reader's system has it: kept in a cookie, so that the server writes it into
//! the page and no page flashes.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Problem,
    ui::{Icon, Menu},
};

#[cfg(feature = "ssr")]
const COOKIE: &str = "aegis_theme";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of `data-theme`; none leaves it to the system.
    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// Keeps the theme that somebody chose for a year.
#[server(endpoint = "theme")]
pub async fn choose_theme(theme: Theme) -> Result<Theme, Problem> {
    let age = if theme == Theme::System { 0 } else { 365 * 86_400 };
    let value = theme.attribute().unwrap_or_default();
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={age}; SameSite=Lax");
    let cookie = http::HeaderValue::from_str(&cookie).expect("it is of plain letters");
    expect_context::<leptos_axum::ResponseOptions>().append_header(http::header::SET_COOKIE, cookie);
    Ok(theme)
}

/// The theme that the request's cookie asks for, as `data-theme` takes it.
#[cfg(feature = "ssr")]
pub(crate) fn asked_for() -> Option<&'static str> {
    let parts = use_context::<http::request::Parts>()?;
    let cookies = parts.headers.get_all(http::header::COOKIE).into_iter();
    let mut pairs = cookies.filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
    let value = pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    [Theme::Light, Theme::Dark].into_iter().filter_map(Theme::attribute).find(|known| *known == value)
}

/// The menu that chooses it. Without scripts the page comes back in the new theme.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let choose = ServerAction::<ChooseTheme>::new();
    let value = choose.value();
    Effect::new(move || {
        if let Some(Ok(theme)) = value.get() {
            put_on(theme);
        }
    });
    let face = view! { <Icon name="theme"/> }.into_any();
    view! {
        <Menu id="theme-menu" label="Light or dark" face>
            <ActionForm action=choose>
                <button name="theme" value="system">"As the system"</button>
                <button name="theme" value="light">"Light"</button>
                <button name="theme" value="dark">"Dark"</button>
            </ActionForm>
        </Menu>
    }
}

fn put_on(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    // Fails only for names that are no attribute's.
    let _ = match theme.attribute() {
        Some(value) => root.set_attribute("data-theme", value),
        None => root.remove_attribute("data-theme"),
    };
}
