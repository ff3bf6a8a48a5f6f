//! What waits for whoever looks, with the evidence in the row: on the first page, and all of it on one of its own.

use leptos::prelude::*;
use portal::{
    Promotion,
    exception::{ANSWERED_WITHIN, Exception},
    release::Board,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::problem::{answer_page, caller};
use crate::{
    Problem, exception, live,
    page::loaded,
    release,
    sent::Sent,
    ui::{Badges, Card, EmptyState, PageHead, Queue, SeverityBadge, Waiting, When, absolute, counted},
};

/// What whoever looks may decide, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForMe {
    pub exceptions: Vec<Exception>,
    pub promotions: Vec<Promotion>,
    /// What is in force, which a promotion would replace.
    pub boards: Vec<Board>,
}

#[server(endpoint = "waiting")]
pub async fn show_waiting() -> Result<Sent<ForMe>, Problem> {
    let (portal, actor) = caller();
    answer_page(for_me::read(&portal, &actor).await)
}

/// `/waiting`.
#[component]
pub fn WaitingPage() -> impl IntoView {
    let kinds = &[live::Kind::Exception, live::Kind::Promotion, live::Kind::Release, live::Kind::Instance];
    let data = live::load_list(kinds, || (), |()| show_waiting(), ForMe::pages);
    loaded(data, |mine: ForMe, viewer| {
        let number = viewer.waiting.exceptions + viewer.waiting.promotions;
        let title = title(number);
        let shown = mine.len();
        let more = (shown < number).then(|| {
            view! { <span>{format!("The first {shown}; the others follow when these are decided.")}</span> }
        });
        view! {
            <PageHead title meta=more.into_any()/>
            <Card title="Oldest first">{queue(mine, usize::MAX)}</Card>
        }
    })
}

/// As in `4 things wait for you`.
pub(crate) fn title(number: usize) -> String {
    match number {
        0 => "Nothing waits for you".to_owned(),
        1 => "1 thing waits for you".to_owned(),
        more => format!("{} wait for you", counted(more, "thing")),
    }
}

/// The first so many of them; who asked for something themselves is not in it.
pub(crate) fn queue(mine: ForMe, most: usize) -> impl IntoView + use<> {
    let ForMe { exceptions, promotions, boards } = mine;
    if exceptions.is_empty() && promotions.is_empty() {
        return view! {
            <EmptyState icon="approved" title="Nothing waits for you"><p>"What you can decide appears here."</p></EmptyState>
        }
        .into_any();
    }
    let promotions = promotions.into_iter().map(|one| promotion(one, &boards).into_any());
    let rows: Vec<_> =
        promotions.chain(exceptions.into_iter().map(|one| request(one).into_any())).take(most).collect();
    view! { <Queue>{rows}</Queue> }.into_any()
}

fn promotion(promotion: Promotion, boards: &[Board]) -> impl IntoView + use<> {
    let what = format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment);
    let board = boards.iter().find(|board| board.environment == promotion.environment);
    let pointer = board
        .and_then(|board| board.in_force.iter().find(|pointer| pointer.release.bundle == promotion.bundle));
    let moves = match pointer {
        Some(pointer) => {
            format!("moves {} from {}", counted(pointer.instances as usize, "OPA"), pointer.release.revision)
        }
        None => "the first version there".to_owned(),
    };
    view! {
        <Waiting icon="release" what href=release::page(promotion.id) act="Review">
            <span>{format!("asked by {}", promotion.asked_by.name)}</span>
            <When at=promotion.asked_at/>
            <span>{moves}</span>
            {(!promotion.reason.is_empty()).then(|| view! { <span>{format!("“{}”", beginning(&promotion.reason))}</span> })}
        </Waiting>
    }
}

fn request(exception: Exception) -> impl IntoView {
    let what = format!(
        "{}: {} past {}",
        exception.number,
        exception::resources(&exception.resources),
        exception.rule
    );
    let lapses = exception.requested_at + ANSWERED_WITHIN;
    let words = exception.environments.iter().map(ToString::to_string).collect();
    view! {
        <Waiting icon="exception" what href=exception::page(exception.number) act="Review">
            <SeverityBadge severity=exception.severity/>
            <Badges words/>
            <span>{format!("asked by {}", exception.requested_by.name)}</span>
            <When at=exception.requested_at/>
            <span>{format!("until {}", absolute(exception.wanted_until))}</span>
            <span>{format!("“{}”", beginning(&exception.justification))}</span>
            <span>"lapses " <When at=lapses/></span>
        </Waiting>
    }
}

/// As much of a text as a row has room for.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl ForMe {
    pub(crate) fn len(&self) -> usize {
        self.exceptions.len() + self.promotions.len()
    }

    /// Where its rows lead, as they stand.
    pub(crate) fn pages(&self) -> Vec<String> {
        let promotions = self.promotions.iter().map(|one| release::page(one.id));
        promotions.chain(self.exceptions.iter().map(|one| exception::page(one.number))).collect()
    }
}

#[cfg(feature = "ssr")]
pub(crate) mod for_me {
    use portal::{Actor, Portal, exception, release};

    use super::ForMe;

    pub(crate) async fn read(portal: &Portal, actor: &Actor) -> portal::Result<ForMe> {
        let mut mine = ForMe {
            exceptions: exception::waiting(portal, actor).await?,
            promotions: release::waiting(portal, actor).await?,
            boards: release::board(portal, actor).await?,
        };
        let (me, may) = (actor.by().and_then(|by| by.person()), release::decides(actor));
        mine.promotions.retain(|one| may && me.is_some_and(|me| one.may_be_decided_by(me).is_ok()));
        Ok(mine)
    }
}

#[cfg(test)]
mod tests {
    use super::{beginning, title};

    #[test]
    fn the_title_counts() {
        assert_eq!(
            [0, 1, 4].map(title),
            ["Nothing waits for you", "1 thing waits for you", "4 things wait for you"]
        );
    }

    #[test]
    fn a_row_has_room_for_the_beginning_of_a_text() {
        assert_eq!(beginning(" a\n b "), "a b");
        let cut = beginning(&"ä".repeat(200));
        assert_eq!(cut.chars().count(), 81);
        assert!(cut.ends_with('…'));
    }
}
