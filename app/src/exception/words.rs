use leptos::prelude::*;
use portal::exception::{Category, Detail, Standing};

use crate::ui::State;

/// The state's name, as `data-state` takes it, and its word.
pub(crate) fn standing(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Requested => ("requested", "Waiting for decision"),
        Standing::InForce => ("in-force", "In force"),
        Standing::Expiring => ("expiring", "Ends soon"),
        Standing::Expired => ("expired", "Expired"),
        Standing::Denied => ("denied", "Denied"),
        Standing::Withdrawn => ("withdrawn", "Withdrawn"),
        Standing::Lapsed => ("lapsed", "Lapsed"),
        Standing::Revoked => ("revoked", "Revoked"),
    }
}

/// How far an exception's newest change has come in the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spread {
    pub(super) instances: u32,
    pub(super) converged: u32,
}

impl Spread {
    pub(super) fn of(detail: &Detail) -> Self {
        let sum = |count: fn(&portal::exception::Reached) -> u32| detail.reach.iter().map(count).sum();
        Self { instances: sum(|reached| reached.instances), converged: sum(|reached| reached.converged) }
    }

    /// Whether some OPA has not taken the change over yet.
    pub(super) fn on_its_way(self) -> bool {
        self.converged < self.instances
    }
}

/// How it stands, and whether the fleet knows.
pub(super) fn stands(detail: &Detail) -> impl IntoView + use<> {
    let (state, word) = standing(detail.exception.standing(detail.now));
    let spread = Spread::of(detail);
    view! {
        <State state filled=true>{word}</State>
        {spread.on_its_way().then(|| view! { <State state="converging" filled=true>"On its way"</State> })}
    }
}

/// The first resource by its name, and how many more there are.
pub(crate) fn resources(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => set_apart(one),
        [first, more @ ..] => format!("{} and {} more", set_apart(first), more.len()),
    }
}

/// A name within a sentence. One that runs from right to left, or says that it does, is set apart: else it would
/// turn the words after it around too.
fn set_apart(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    // One that ends its own isolation would end ours.
    let ends = |c: char| c == '\u{2069}';
    if name.contains(turns) { format!("\u{2068}{}\u{2069}", name.replace(ends, "")) } else { name.to_owned() }
}

pub(super) fn category(category: Category) -> &'static str {
    match category {
        Category::Waiver => "Waiver",
        Category::Mitigated => "Mitigated",
    }
}

#[cfg(test)]
mod tests {
    use super::resources;

    #[test]
    fn a_name_does_not_turn_the_words_around_it() {
        assert_eq!(resources(&["bucket".into(), "b".into()]), "bucket and 1 more");
        assert_eq!(resources(&["\u{202e}evil\u{2069}".into()]), "\u{2068}\u{202e}evil\u{2069}");
    }
}
