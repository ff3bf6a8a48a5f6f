//! Parts that stand around this page already: a second of them would have the first's name.

use leptos::prelude::*;

use super::specimen::Specimen;
use crate::ui::{Card, CardBody, CardFoot, Tab, Tabs};

/// File, title and use of what this page itself is made of.
const AROUND: [(&str, &str, &str); 5] = [
    (
        "nav",
        "Nav",
        "The places, grouped, with what waits in them; on a narrow screen the menu of the top bar. It stands beside this page.",
    ),
    (
        "top_bar",
        "TopBar",
        "Where you are, and you: it stands above this page. Its menus open without scripts.",
    ),
    (
        "palette",
        "Palette",
        "Finds pages, deeds and things from anywhere: Ctrl K opens it in front of this page. Without scripts its link leads to a page that does the same.",
    ),
    ("breadcrumb", "Breadcrumb", "The way back up, at the start of the top bar."),
    (
        "head",
        "PageHead",
        "The only first heading of a page, facts below it and actions beside it: “Components” above.",
    ),
];

#[component]
pub fn Around() -> impl IntoView {
    let place = |(file, title, about)| view! { <Specimen file title about/> };
    let tab =
        |title: &str, count, current| Tab { title: title.to_owned(), href: "/ui".to_owned(), count, current };
    let tabs =
        vec![tab("Source", None, true), tab("Versions", Some(3), false), tab("Exceptions", Some(0), false)];
    view! {
        <Specimen file="tabs" title="Tabs" about="Views of one thing. Each is a link, so it has an address.">
            <Tabs label="Specimen tabs" tabs/>
        </Specimen>
        <Specimen file="card" title="Card" about="A part of a page with a heading of its own. One card a page, where something is decided, has emphasis.">
            <Card title="A card" aside=view! { <a href="/ui">"All of them"</a> }.into_any()>
                <CardBody><p>"Flat, with a line."</p></CardBody>
                <CardFoot>"Its last line"</CardFoot>
            </Card>
            <Card title="Decide" emphasis=true><CardBody><p>"Here something is decided."</p></CardBody></Card>
        </Specimen>
        {AROUND.into_iter().map(place).collect_view()}
    }
}
