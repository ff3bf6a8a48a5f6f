use leptos::prelude::*;

use super::{Times, choosing, preferred};
use crate::ui::{Icon, Menu, PlainForm};

/// Chooses the theme. Without scripts the page comes back in the new one.
#[component]
pub fn ThemeMenu() -> impl IntoView {
    let choose = choosing();
    let face = view! { <Icon name="theme"/> }.into_any();
    view! {
        <Menu id="theme-menu" label="Light or dark" face>
            <PlainForm action=choose>
                <button name="theme" value="system">"As the system"</button>
                <button name="theme" value="light">"Light"</button>
                <button name="theme" value="dark">"Dark"</button>
            </PlainForm>
        </Menu>
    }
}

/// Tells all moments exactly, in UTC, and when it is pressed again, how far from now they are.
#[component]
pub fn UtcSwitch() -> impl IntoView {
    let (choose, preferred) = (choosing(), preferred());
    let in_utc = move || preferred.get().times == Times::Utc;
    let other = move || if in_utc() { Times::Relative } else { Times::Utc }.to_string();
    view! {
        <PlainForm action=choose class="only-wide">
            <button
                class="button quiet small"
                name="times"
                value=other
                aria-pressed=move || in_utc().to_string()
                title="Exact times, in UTC"
            >
                "UTC"
            </button>
        </PlainForm>
    }
}
