//! The list of exceptions, as its address asks for it.

use portal::{
    Actor, Permission, Portal, Scope,
    environment::Place,
    exception::{Exception, Filter, Order, Standing},
    list::{List, Question},
    report::Severity,
};
use strum::VariantArray;

use super::standing;
use crate::{
    environment::options,
    list::{About, Asked, Listed, Part},
};

pub(super) async fn list(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Exception>> {
    let places = portal::environment::list(portal, actor).await?;
    let asked = Asked::read_among(query, &places);
    let found = portal::exception::search(portal, actor, &asked.question).await?;
    let about = About {
        list: List::Exceptions,
        label: "Filter exceptions",
        one: "exception",
        many: "exceptions",
        views: views(actor.may_somewhere(Permission::DecideException)),
        parts: parts(&places),
        sorts: vec![
            ("Exception", (Order::Oldest, Order::Newest), Order::Newest),
            ("Severity", (Order::LeastSevere, Order::MostSevere), Order::MostSevere),
            ("Ends", (Order::EndsFirst, Order::EndsLast), Order::EndsFirst),
        ],
        exports: actor.may(Permission::SeeException, &Scope::Portal),
    };
    asked.listed(portal, actor, found, about).await
}

/// The views that people ask for most; `decides` is whether whoever looks answers requests.
fn views(decides: bool) -> Vec<(&'static str, String)> {
    let of = |filter: Filter, sort| Question { filter, sort, ..Question::default() }.query();
    let standing = |standing| Filter { standing: Some(standing), ..Filter::default() };
    let for_me = Filter { for_me: true, ..Filter::default() };
    let mut views = vec![
        ("All", String::new()),
        ("Waiting for decision", of(standing(Standing::Requested), Order::Newest)),
        ("In force", of(standing(Standing::InForce), Order::Newest)),
        ("Ends soon", of(standing(Standing::Expiring), Order::EndsFirst)),
        ("Mine", of(Filter { mine: true, ..Filter::default() }, Order::Newest)),
    ];
    if decides {
        views.insert(1, ("Waiting for you", of(for_me, Order::Newest)));
    }
    views
}

fn parts(places: &[Place]) -> Vec<Part> {
    let standings = Standing::VARIANTS.iter().map(|one| (one.to_string(), standing(*one).1.to_owned()));
    let severities = Severity::VARIANTS.iter().rev().map(|one| (one.to_string(), one.to_string()));
    vec![
        Part::text("text", "Resource, rule, ticket or number", "Text"),
        Part::choice("standing", "State", standings.collect()),
        Part::choice("environment", "Environment", options(places)),
        Part::choice("severity", "Severity", severities.collect()),
        Part::check("mine", "Mine", "Requested by", "me"),
        Part::unasked("for-me", "Waits for you", "to decide"),
        Part::unasked("package", "Policy", ""),
    ]
}

#[cfg(test)]
mod tests {
    use portal::{
        exception::{Filter, Order},
        list::Question,
    };

    use super::views;

    #[test]
    fn views_are_addresses_that_can_be_read() {
        for (title, query) in views(true) {
            let (asked, unread) = Question::<Filter, Order>::read(&query);
            assert_eq!((asked.query(), unread.len()), (query, 0), "{title}");
        }
    }
}
