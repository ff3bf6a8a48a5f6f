//! The audit log, as its address asks for it.

use portal::{
    Actor, Portal,
    audit::{Event, Filter, Source},
    list::{ByTime, List},
};
use strum::{VariantArray, VariantNames};

use super::Told;
use crate::list::{About, Asked, Listed, Part};

pub(super) async fn list(portal: &Portal, actor: &Actor, query: &str) -> portal::Result<Listed<Told>> {
    let asked = Asked::<Filter, ByTime>::read(query);
    let (page, hits) = portal::audit::search(portal, actor, &asked.question).await?;
    let [since, until] = Part::days();
    let about = About {
        list: List::Audit,
        label: "Filter entries",
        one: "entry",
        many: "entries",
        views: views(),
        parts: vec![
            Part::text("about", "About: words such as EXC-001", "About"),
            Part::text("by", "Who", "Who"),
            Part::choice("kind", "What", kinds()),
            Part::choice("source", "By whose hands", sources()),
            Part::text("from", "From an address, or a network such as 10.8.0.0/16", "Address"),
            since,
            until,
        ],
        sorts: vec![("When", (ByTime::Oldest, ByTime::Newest), ByTime::Newest)],
        exports: true,
    };
    let mut listed = asked.listed(portal, actor, (page.map(Told::from), hits), about).await?;
    // Where the number of entries stands already: the client has nothing to learn for it.
    let window = portal::audit::log::window(portal, actor).await?;
    listed.around.hits += &format!(". {}", super::log::told(&window));
    listed.around.below = Some(super::away::drawn(&listed.around.here));
    Ok(listed)
}

/// The questions that an audit begins with.
fn views() -> Vec<(&'static str, String)> {
    let kind = |kind: &str| format!("kind={kind}");
    vec![
        ("All", String::new()),
        ("Exceptions approved", kind("exception_approved")),
        ("Promotions confirmed", kind("promotion_confirmed")),
        ("Rolled back", kind("rolled_back")),
        ("Refused", kind("refused")),
    ]
}

/// Every kind of event, as the filter takes it and in words.
fn kinds() -> Vec<(String, String)> {
    Event::VARIANTS.iter().map(|kind| ((*kind).to_owned(), kind.replace('_', " "))).collect()
}

fn sources() -> Vec<(String, String)> {
    let word = |source: &Source| match source {
        Source::Person => "people",
        Source::Token => "tokens",
        Source::Job => "the portal itself",
    };
    Source::VARIANTS.iter().map(|source| (source.to_string(), word(source).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use portal::list::{ByTime, Question};

    use super::{Filter, kinds, sources, views};

    #[test]
    fn every_kind_and_every_view_is_an_address_that_can_be_read() {
        let kinds = kinds().into_iter().map(|(kind, _)| format!("kind={kind}"));
        let sources = sources().into_iter().map(|(source, _)| format!("source={source}"));
        for query in kinds.chain(sources).chain(views().into_iter().map(|(_, query)| query)) {
            let (asked, unread) = Question::<Filter, ByTime>::read(&query);
            assert_eq!((asked.query(), unread.len()), (query, 0));
        }
        assert_eq!(Question::<Filter, ByTime>::read("kind=made_up").1.len(), 1);
    }
}
