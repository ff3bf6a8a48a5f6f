use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;

use super::{Count, Icon, Mark};
use crate::place::rel;

/// A place of the nav.
#[derive(Debug, Clone)]
pub struct NavPlace {
    pub title: &'static str,
    pub path: &'static str,
    /// Where it leads: the path, and what the place is narrowed to.
    pub href: Signal<String>,
    pub icon: &'static str,
    /// Whether whoever looks may see it; none where that is known before the nav is written.
    pub seen: Option<Signal<bool>>,
    /// How many things wait there, and where all of them are.
    pub waiting: Option<(Signal<usize>, &'static str)>,
}

impl NavPlace {
    pub fn new(title: &'static str, path: &'static str, href: Signal<String>, icon: &'static str) -> Self {
        Self { title, path, href, icon, seen: None, waiting: None }
    }

    pub fn seen(self, seen: Signal<bool>) -> Self {
        Self { seen: Some(seen), ..self }
    }

    pub fn waiting(self, number: Signal<usize>, href: &'static str) -> Self {
        Self { waiting: Some((number, href)), ..self }
    }
}

/// The places, grouped under a heading each. On a narrow screen it is a popover, which a button of the
/// top bar opens without a script.
#[component]
pub fn Nav(groups: Vec<(&'static str, Vec<NavPlace>)>) -> impl IntoView {
    let (node, path) = (NodeRef::<html::Nav>::new(), use_location().pathname);
    // On a narrow screen it lies over the page that was chosen.
    Effect::new(move || {
        path.track();
        if let Some(nav) = node.get_untracked() {
            // Refused where it is no popover just now.
            let _ = nav.hide_popover();
        }
    });
    let group = |(title, places): (&'static str, Vec<NavPlace>)| {
        let heading = (!title.is_empty()).then(|| view! { <p class="nav-title">{title}</p> });
        let item = |place| view! { <NavItem place/> };
        view! { <div>{heading}<ul>{places.into_iter().map(item).collect_view()}</ul></div> }
    };
    view! {
        <nav class="nav" id="nav" popover="auto" aria-label="Main" node_ref=node>
            <a class="nav-brand" href="/">
                <Mark/>
                "Aegis"
            </a>
            {groups.into_iter().map(group).collect_view()}
        </nav>
    }
}

#[component]
fn NavItem(place: NavPlace) -> impl IntoView {
    let path = use_location().pathname;
    // Versions have no place of their own: they are what is released.
    let is_here = move |path: &str| {
        within(path, place.path) || (place.path == "/releases" && within(path, "/versions"))
    };
    let current = move || is_here(&path.read()).then_some("page");
    let waiting = move || {
        let (number, href) = place.waiting?;
        let number = number.get();
        let label = format!("{number} {} for you", if number == 1 { "waits" } else { "wait" });
        (number > 0).then(|| view! { <a class="waiting" href=href aria-label=label><Count number/></a> })
    };
    let item = move || {
        view! {
            <li>
                <a class="item" href=place.href rel=rel(place.path) aria-current=current>
                    <Icon name=place.icon/>
                    {place.title}
                </a>
                {waiting}
            </li>
        }
        .into_any()
    };
    match place.seen {
        None => item(),
        // The server has to know who looks before it writes the page, or the browser finds other places than it.
        Some(seen) => {
            let item = move || seen.get().then(item);
            view! { <Transition>{item}</Transition> }.into_any()
        }
    }
}

/// Whether a path lies at a place or below it.
fn within(path: &str, place: &str) -> bool {
    match path.strip_prefix(place) {
        Some(rest) => rest.is_empty() || (place != "/" && rest.starts_with('/')),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_place_is_current_on_its_own_page_and_on_those_below() {
        assert!(within("/exceptions", "/exceptions"));
        assert!(within("/exceptions/EXC-001", "/exceptions"));
        assert!(!within("/exceptions-old", "/exceptions"));
        assert!(!within("/fleet", "/"));
        assert!(within("/", "/"));
    }
}
