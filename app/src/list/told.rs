//! What stands around a list, read from its address and told in words.

use portal::{
    Actor, Portal,
    environment::Place,
    list::{EXPORTED, Filter, Hits, List, NOT_EXPORTED, Page, Query, Question, Sort, Start, Unread},
};

use super::{Around, Listed, View};
use crate::{
    environment::is_there,
    ui::{Chip, ColumnSort, Direction, FilterField, Takes},
};

/// What the address of a list asks.
pub(crate) struct Asked<F, S> {
    pub(crate) question: Question<F, S>,
    unread: Vec<Unread>,
    not_exported: Option<String>,
}

/// What is particular to one list.
pub(crate) struct About<S> {
    pub(crate) list: List,
    /// As in `Filter exceptions`.
    pub(crate) label: &'static str,
    /// One of them and several, as in `exception` and `exceptions`.
    pub(crate) one: &'static str,
    pub(crate) many: &'static str,
    /// The views that everybody has: title and query.
    pub(crate) views: Vec<(&'static str, String)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) sorts: Vec<Sorts<S>>,
    /// Whether whoever looks can take it away as a file.
    pub(crate) exports: bool,
}

/// A column that a list can be sorted by: upwards, downwards, and how at first.
pub(crate) type Sorts<S> = (&'static str, (S, S), S);

/// A part of a filter, by its name in the address.
pub(crate) struct Part {
    name: &'static str,
    /// What its field asks for.
    label: &'static str,
    /// What it narrows, as its chip says it.
    narrows: &'static str,
    takes: Takes,
    /// What its chip says of it in the place of its value; empty where the value says it.
    set: &'static str,
}

impl Part {
    fn new(name: &'static str, label: &'static str, narrows: &'static str, takes: Takes) -> Self {
        Self { name, label, narrows, takes, set: "" }
    }

    pub(crate) fn text(name: &'static str, label: &'static str, narrows: &'static str) -> Self {
        Self::new(name, label, narrows, Takes::Text)
    }

    /// One of these, as value and word.
    pub(crate) fn choice(name: &'static str, label: &'static str, options: Vec<(String, String)>) -> Self {
        Self::new(name, label, label, Takes::Choice(options))
    }

    /// The first day that is shown, and the last.
    pub(crate) fn days() -> [Self; 2] {
        let day = |name, label| Self::new(name, label, label, Takes::Day);
        [day("since", "From"), day("until", "To")]
    }

    /// `narrows` and `set` as in `Requested by: me`.
    pub(crate) fn check(
        name: &'static str,
        label: &'static str,
        narrows: &'static str,
        set: &'static str,
    ) -> Self {
        Self { set, ..Self::new(name, label, narrows, Takes::Check) }
    }

    /// What an address alone says; `set` is what its chip says in the place of its value, where that is none of words.
    pub(crate) fn unasked(name: &'static str, narrows: &'static str, set: &'static str) -> Self {
        Self { set, ..Self::new(name, narrows, narrows, Takes::Nothing) }
    }

    /// What it is set to, in words.
    fn word(&self, value: &str) -> String {
        let word = match &self.takes {
            Takes::Choice(options) => options.iter().find(|(one, _)| one == value).map(|(_, word)| &**word),
            _ => Some(self.set).filter(|word| !word.is_empty()),
        };
        word.unwrap_or(value).to_owned()
    }

    fn field(self, value: Option<String>) -> FilterField {
        let Self { name, label, takes, .. } = self;
        let value = value.unwrap_or_default();
        let (takes, value) = match (takes, value.strip_suffix('Z')) {
            // A day's field holds no moment, and a moment's no zone.
            (Takes::Day, Some(moment)) => (Takes::Moment, moment.to_owned()),
            (takes, _) => (takes, value),
        };
        FilterField { name: name.to_owned(), label: label.to_owned(), value, takes }
    }
}

impl<F: Filter, S: Sort> Asked<F, S> {
    /// `query` is the query of the list's address.
    pub(crate) fn read(query: &str) -> Self {
        Self::read_from(query, Query::of(query))
    }

    /// The same of a list that can be narrowed to one of these environments.
    pub(crate) fn read_among(query: &str, places: &[Place]) -> Self {
        let mut known = Query::of(query);
        known.only("environment", |name| is_there(places, name));
        Self::read_from(query, known)
    }

    fn read_from(query: &str, known: Query) -> Self {
        let (question, unread) = Question::read_from(known);
        let not_exported = Query::of(query).text(NOT_EXPORTED).map(|status| why_not(&status));
        Self { question, unread, not_exported }
    }

    /// What was found, with what stands around it.
    pub(crate) async fn listed<T>(
        self,
        portal: &Portal,
        actor: &Actor,
        (page, hits): (Page<T>, Hits),
        about: About<S>,
    ) -> portal::Result<Listed<T>> {
        let saved = portal::saved_view::of(portal, actor, about.list).await?;
        let saved = saved.into_iter().map(|view| (view.name, view.query, Some(view.id.to_string())));
        let fixed = about.views.iter().map(|(title, query)| ((*title).to_owned(), query.clone(), None));
        let here = self.question.at(Start::Head).query();
        let views = fixed
            .chain(saved)
            .map(|(title, query, kept)| View {
                title,
                href: address(about.list, &query),
                current: query == here,
                kept,
            })
            .collect();
        let Page { rows, before, after } = page;
        let path = path(about.list);
        let leads = |start: Option<Start>| start.map(|start| self.question.at(start).address(path));
        let pairs = self.question.filter.pairs();
        let chip = |(name, value): &(&'static str, String)| {
            let part = about.parts.iter().find(|part| part.name == *name);
            Chip {
                label: part.map_or(*name, |part| part.narrows).to_owned(),
                word: part.map_or_else(|| value.clone(), |part| part.word(value)),
                without: self.question.without(name).address(path),
            }
        };
        let around = Around {
            list: about.list.to_string(),
            path: path.to_owned(),
            label: about.label.to_owned(),
            narrowed: self.question.is_narrowed(),
            chips: pairs.iter().map(chip).collect(),
            hits: format!("{hits} {}", if hits.0 == 1 { about.one } else { about.many }),
            unread: self.unread.iter().map(ToString::to_string).collect(),
            sort: (self.question.sort != S::default()).then(|| self.question.sort.to_string()),
            sorts: about.sorts.iter().map(|sorts| sorted(&self.question, path, *sorts)).collect(),
            views,
            first: leads((self.question.start != Start::Head).then_some(Start::Head)),
            before: leads(before.map(Start::Before)),
            after: leads(after.map(Start::After)),
            exports: about.exports,
            not_exported: self.not_exported,
            below: None,
            fields: about
                .parts
                .into_iter()
                .map(|part| {
                    let value = pairs.iter().find(|(name, _)| *name == part.name);
                    part.field(value.map(|(_, value)| value.clone()))
                })
                .collect(),
            here,
        };
        Ok(Listed { around, rows })
    }
}

/// The heading of a column as the link that sorts by it.
fn sorted<F: Filter, S: Sort>(
    question: &Question<F, S>,
    path: &str,
    (column, (ascending, descending), first): Sorts<S>,
) -> ColumnSort {
    let now = match question.sort {
        sort if sort == ascending => Some(Direction::Ascending),
        sort if sort == descending => Some(Direction::Descending),
        _ => None,
    };
    let to = match now {
        Some(Direction::Ascending) => descending,
        Some(Direction::Descending) => ascending,
        None => first,
    };
    ColumnSort { column: column.to_owned(), href: question.sorted(to).address(path), now }
}

/// Why no file came, by the status that it was answered with.
fn why_not(status: &str) -> String {
    match status {
        "403" => "You may see the list, and not take all of it away.".to_owned(),
        "422" => format!(
            "A file takes {EXPORTED} rows at most, and what narrows the list must be readable. Narrow it first."
        ),
        _ => "It could not be read just now. Try again in a moment.".to_owned(),
    }
}

/// The address of a list.
pub(crate) fn path(list: List) -> &'static str {
    match list {
        List::Exceptions => "/exceptions",
        List::Policies => "/policies",
        List::Versions => "/versions",
        List::Changesets => "/changesets",
        List::Releases => "/releases/history",
        List::Audit => "/audit",
        List::Decisions => "/decisions",
    }
}

pub(crate) fn address(list: List, query: &str) -> String {
    if query.is_empty() { path(list).to_owned() } else { format!("{}?{query}", path(list)) }
}

/// The list that a form names.
pub(super) fn named(list: &str) -> portal::Result<List> {
    list.parse().map_err(|_| portal::Invalid::new("list", "is none that there is").into())
}

#[cfg(test)]
mod tests {
    use portal::{
        exception::{Filter, Order},
        list::{List, Question},
    };
    use strum::VariantArray;

    use super::{Part, path, sorted};
    use crate::ui::{Direction, Takes};

    #[test]
    fn a_heading_sorts_by_its_column_and_then_the_other_way_round() {
        let (asked, _) = Question::<Filter, Order>::read("text=x&after=3.3");
        let ends = ("Ends", (Order::EndsFirst, Order::EndsLast), Order::EndsFirst);
        let link = sorted(&asked, "/exceptions", ends);
        assert_eq!((link.href.as_str(), link.now), ("/exceptions?text=x&sort=ends", None));
        let link = sorted(&asked.sorted(Order::EndsFirst), "/exceptions", ends);
        assert_eq!(
            (link.href.as_str(), link.now),
            ("/exceptions?text=x&sort=-ends", Some(Direction::Ascending))
        );
    }

    #[test]
    fn a_chip_says_what_was_chosen_in_its_word() {
        let options = vec![("in-force".to_owned(), "In force".to_owned())];
        assert_eq!(Part::choice("standing", "State", options).word("in-force"), "In force");
        assert_eq!(Part::check("mine", "Mine", "Requested by", "me").word("yes"), "me");
        assert_eq!(Part::text("text", "Resource or rule", "Text").word("a b"), "a b");
    }

    #[test]
    fn a_moment_is_shown_where_a_day_would_be() {
        let [since, until] = Part::days();
        let (since, until) = (since.field(Some("2026-05-20T14:32:00Z".into())), until.field(None));
        assert_eq!((since.takes, since.value.as_str()), (Takes::Moment, "2026-05-20T14:32:00"));
        assert_eq!((until.takes, until.value.as_str()), (Takes::Day, ""));
    }

    #[test]
    fn every_list_has_an_address_of_its_own() {
        let mut paths: Vec<_> = List::VARIANTS.iter().map(|list| path(*list)).collect();
        paths.dedup();
        assert_eq!(paths.len(), List::VARIANTS.len());
    }
}
