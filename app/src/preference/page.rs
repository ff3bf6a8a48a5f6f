use std::fmt::Display;

use leptos::prelude::*;
use strum::VariantArray;

use super::{Density, Keys, Preferences, Theme, Times, choosing, preferred};
use crate::{
    act::NotDone,
    ui::{Button, Callout, Card, CardBody, CardFoot, Kind, PageHead, PlainForm},
};

/// All preferences in one form.
#[component]
pub fn PreferenceForm() -> impl IntoView {
    let choose = choosing();
    // As they were when the page came: a choice that is being made is not taken back.
    let now = preferred().get_untracked();
    view! {
        <PageHead title="Preferences" meta=view! { "Kept in this browser, for whoever uses it." }.into_any()/>
        <PlainForm action=choose>
            <Card title="How the portal looks and answers">
                <CardBody>
                    <div class="stack">
                        <NotDone problem=choose.problem()/>
                        {move || choose.was_done().then(|| view! {
                            <Callout tone="good" icon="approved" live=true><p>"Kept."</p></Callout>
                        })}
                        <Choices now/>
                    </div>
                </CardBody>
                <CardFoot>
                    <Button id="keep" kind=Kind::Primary busy=choose.pending()>"Keep"</Button>
                </CardFoot>
            </Card>
        </PlainForm>
    }
}

#[component]
fn Choices(now: Preferences) -> impl IntoView {
    let theme = |theme: &Theme| match theme {
        Theme::System => "As the system",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    };
    let density = |density: &Density| match density {
        Density::Comfortable => "Comfortable",
        Density::Compact => "Compact",
    };
    let keys = |keys: &Keys| match keys {
        Keys::On => "On",
        Keys::Off => "Off",
    };
    view! {
        {one_of("theme", "Theme", Theme::VARIANTS, now.theme, theme)}
        {one_of("density", "Density", Density::VARIANTS, now.density, density)}
        {one_of("keys", "Single-key shortcuts", Keys::VARIANTS, now.keys, keys)}
        <p class="muted">
            "With them, keys such as j and k act by themselves, though never while you type. "
            <a href="/shortcuts">"All keys"</a>
        </p>
        {told_in(now.times)}
    }
}

/// One of a few, side by side.
fn one_of<T: Copy + PartialEq + Display + 'static>(
    name: &'static str,
    label: &'static str,
    all: &'static [T],
    now: T,
    word: impl Fn(&T) -> &'static str,
) -> impl IntoView {
    let option = |one: &T| {
        view! {
            <label>
                <input type="radio" name=name value=one.to_string() checked={*one == now}/>
                {word(one)}
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend>{label}</legend>
            <div class="segmented">{all.iter().map(option).collect_view()}</div>
        </fieldset>
    }
}

/// How times are told. Scripts mark the zone of this computer.
fn told_in(now: Times) -> impl IntoView {
    let here = RwSignal::new(None);
    Effect::new(move || here.set(own_zone()));
    let option = move |times: Times, word: String| {
        let word = move || match times {
            Times::Local(east) if here.get() == Some(east) => format!("{word}, as this computer"),
            _ => word.clone(),
        };
        view! { <option value=times.to_string() selected={times == now}>{word}</option> }
    };
    let zones = Times::zones();
    view! {
        <div class="field">
            <label for="times">"Times"</label>
            <select class="input" id="times" name="times">
                {option(Times::Relative, "How long ago; exactly on hover and focus".into())}
                {option(Times::Utc, "Exactly, in UTC".into())}
                {zones.into_iter().map(|east| option(Times::Local(east), format!("Exactly, in {}", Times::name(east)))).collect_view()}
            </select>
        </div>
    }
}

/// Minutes east of UTC that this computer's clock shows now. JavaScript counts them westward.
#[cfg(feature = "hydrate")]
fn own_zone() -> Option<i16> {
    Some(-(js_sys::Date::new_0().get_timezone_offset() as i16))
}

#[cfg(not(feature = "hydrate"))]
fn own_zone() -> Option<i16> {
    None
}
