//! What stands around every page of somebody who is signed in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    find::PaletteInFront,
    focus,
    live::{Live, Standstill, WhatWaits, keep_up},
    page::{Fresh, WhoLooks, resource},
    place, preference,
    preference::{Chosen, EnvironmentSwitch, OnlyHere, ThemeMenu, UtcSwitch},
    recent,
    shortcut::{self, ShortcutDialog},
    trail::{Trail, name_of, title, trail},
    ui::{Avatar, Breadcrumb, Icon, Menu, Nav, NavPlace, PaletteTrigger, ToastCorner, Toasts, TopBar},
    viewer::{Viewer, Waiting, who_looks},
};

/// Nav, top bar and the page itself.
#[component]
pub fn Frame() -> impl IntoView {
    let (fresh, location) = (Fresh::new(), use_location());
    let path = location.pathname;
    let who: WhoLooks = resource(move || (path.get(), location.search.get(), fresh.times()), |_| who_looks());
    provide_context(fresh);
    provide_context(who);
    let (palette, sheet) = (RwSignal::new(false), RwSignal::new(false));
    let chosen = Chosen::now();
    shortcut::bind(preference::provide(), chosen, palette, sheet);
    focus::follow();
    let named = Resource::new(move || path.get(), |path| async move { (name_of(path.clone()).await, path) });
    recent::follow(named, who);
    let (toasts, live) = (Toasts::begin(), Live::begin(who));
    let waiting = keep_up(live, who, toasts);
    let crumbs = move || {
        Suspend::new(async move {
            let (name, path) = named.await;
            let trail = trail(&path);
            let trail = Trail { here: name.unwrap_or(trail.here), ..trail };
            view! {
                <Title text=title(&trail)/>
                <Breadcrumb above=trail.above here=trail.here/>
            }
        })
    };
    let crumbs = view! { <Transition>{crumbs}</Transition> };
    let end = view! {
        <Standstill/>
        <PaletteTrigger open=palette/>
        <EnvironmentSwitch chosen/>
        <UtcSwitch/>
        <ThemeMenu/>
        <Me who/>
    };
    view! {
        <div class="shell">
            <a class="skip button primary" href="#main" rel="external">"Skip to content"</a>
            <Nav groups=places((who, waiting, chosen))/>
            <TopBar start=crumbs.into_any() end=end.into_any()/>
            <main id="main" tabindex="-1">
                <OnlyHere chosen who/>
                <WhatWaits/>
                <Outlet/>
            </main>
            <ToastCorner/>
        </div>
        <PaletteInFront open=palette who/>
        <ShortcutDialog open=sheet/>
    }
}

/// Who looks, what waits for them by the newest word, and where they look.
type Looks = (WhoLooks, ReadSignal<Option<Waiting>>, Chosen);

/// The places of the nav, with what waits in them for whoever looks.
fn places((who, newest, chosen): Looks) -> Vec<(&'static str, Vec<NavPlace>)> {
    let newest = move || newest.get().or_else(|| Some(who.get()?.ok()?.waiting));
    let waiting = move |count: fn(Waiting) -> usize| {
        Signal::derive(move || match newest() {
            Some(waiting) => count(waiting),
            None => 0,
        })
    };
    let with_waiting = move |place: &place::Place| {
        let path = place.path;
        let address = move || chosen.address(path);
        let needs = place.needs;
        // By the permission that the page itself asks for.
        let seen = move || {
            let viewer = who.get().and_then(Result::ok);
            needs.zip(viewer).is_none_or(|(needed, viewer)| viewer.may_somewhere(needed))
        };
        let shown = NavPlace::new(place.title, path, Signal::derive(address), place.icon);
        let shown = shown.seen(Signal::derive(seen));
        match path {
            "/" => shown.waiting(waiting(|all| all.exceptions + all.promotions), "/waiting"),
            "/exceptions" => shown.waiting(waiting(|all| all.exceptions), "/exceptions?for-me=yes"),
            "/releases" => shown.waiting(waiting(|all| all.promotions), "/releases"),
            _ => shown,
        }
    };
    place::groups()
        .into_iter()
        .map(|(title, all)| (title, all.into_iter().map(with_waiting).collect()))
        .collect()
}

/// All of them, for a page that the server writes whole and that knows nobody.
#[cfg(feature = "ssr")]
pub(crate) fn places_of_anybody() -> Vec<(&'static str, Vec<NavPlace>)> {
    let shown = |place: &place::Place| {
        NavPlace::new(place.title, place.path, Signal::stored(place.path.to_owned()), place.icon)
    };
    let groups = place::groups().into_iter();
    groups.map(|(title, places)| (title, places.into_iter().map(shown).collect())).collect()
}

/// Who is signed in, what they prefer, and the way out. Laid out anew for another name or role alone: each change that
/// a page takes in brings whoever looks along, and a menu that is open would close under their hand.
#[component]
fn Me(who: WhoLooks) -> impl IntoView {
    let menu = |(name, roles): (String, String)| {
        let label = format!("{name}, {roles}");
        let face = view! { <Avatar name=name.clone()/> }.into_any();
        view! {
            <Menu id="me" label face>
                <p>
                    <strong><bdi>{name}</bdi></strong>
                    <br/>
                    <span class="muted">{roles}</span>
                </p>
                <hr/>
                <a href="/preferences"><Icon name="theme"/>"Preferences"</a>
                <a href="/sessions" rel="external"><Icon name="lock"/>"Your sessions"</a>
                <a href="/access/tokens" rel="external"><Icon name="key"/>"Your tokens"</a>
                <a href="/shortcuts"><Icon name="key"/>"Shortcuts"</a>
                <form method="post" action="/sign-out">
                    <button type="submit">
                        <Icon name="user"/>
                        "Sign out"
                    </button>
                </form>
            </Menu>
        }
    };
    let named = move |viewer: Viewer| (viewer.who.name.clone(), viewer.roles());
    view! {
        <Transition>
            {
                let named = Memo::new(move |_| who.get().and_then(Result::ok).map(named));
                move || named.get().map(menu)
            }
        </Transition>
    }
}
