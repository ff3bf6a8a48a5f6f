//! What stands around every page of somebody who is signed in.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    page::{Fresh, WhoLooks},
    theme::ThemeMenu,
    trail::{title, trail},
    ui::{Avatar, Breadcrumb, Icon, Menu, Nav, NavPlace, TopBar},
    viewer::{Viewer, Waiting, who_looks},
};

/// Nav, top bar and the page itself.
#[component]
pub fn Frame() -> impl IntoView {
    let (fresh, location) = (Fresh::new(), use_location());
    let path = location.pathname;
    let who: WhoLooks =
        Resource::new(move || (path.get(), location.search.get(), fresh.times()), |_| who_looks());
    provide_context(fresh);
    provide_context(who);
    let crumbs = move || {
        let trail = trail(&path.read());
        view! { <Breadcrumb above=trail.above here=trail.here/> }
    };
    view! {
        <Title text=move || title(&path.read())/>
        <div class="shell">
            <a class="skip button primary" href="#main" rel="external">"Skip to content"</a>
            <Nav groups=places(Some(who))/>
            <TopBar start=crumbs.into_any() end=view! { <ThemeMenu/> <Me who/> }.into_any()/>
            <main id="main" tabindex="-1"><Outlet/></main>
        </div>
    }
}

/// The places of the portal, with what waits in them for whoever looks, if that is known.
pub(crate) fn places(who: Option<WhoLooks>) -> Vec<(&'static str, Vec<NavPlace>)> {
    let waiting = move |count: fn(Waiting) -> usize| {
        Signal::derive(move || match who.and_then(|who| who.get()) {
            Some(Ok(viewer)) => count(viewer.waiting),
            _ => 0,
        })
    };
    vec![
        (
            "",
            vec![NavPlace::new("Home", "/", "home").waiting(waiting(|all| all.exceptions + all.promotions))],
        ),
        (
            "Govern",
            vec![
                NavPlace::new("Exceptions", "/exceptions", "exception")
                    .waiting(waiting(|all| all.exceptions)),
                NavPlace::new("Audit log", "/audit", "audit"),
            ],
        ),
        (
            "Build",
            vec![
                NavPlace::new("Policies", "/policies", "policy"),
                NavPlace::new("Imports", "/changesets", "branch"),
                NavPlace::new("Releases", "/releases", "release").waiting(waiting(|all| all.promotions)),
            ],
        ),
        (
            "Run",
            vec![
                NavPlace::new("Fleet", "/fleet", "fleet"),
                NavPlace::new("Decisions", "/decisions", "decision"),
            ],
        ),
    ]
}

/// Who is signed in, and the way out.
#[component]
fn Me(who: WhoLooks) -> impl IntoView {
    let menu = move || {
        Suspend::new(async move {
            who.await.ok().map(|viewer: Viewer| {
                let (name, roles) = (viewer.who.name.clone(), viewer.roles());
                let label = format!("{name}, {roles}");
                let face = view! { <Avatar name=name.clone()/> }.into_any();
                view! {
                    <Menu id="me" label face>
                        <p>
                            <strong>{name}</strong>
                            <br/>
                            <span class="muted">{roles}</span>
                        </p>
                        <hr/>
                        <form method="post" action="/sign-out">
                            <button type="submit">
                                <Icon name="user"/>
                                "Sign out"
                            </button>
                        </form>
                    </Menu>
                }
            })
        })
    };
    view! { <Transition>{menu}</Transition> }
}
