//! The data of a page that keeps up: asked for ahead when it may have changed, and shown when it may be.

use std::{future::Future, sync::Arc, time::Duration};

use leptos::{html, prelude::*, task::spawn_local};
use portal::live::Kind;
use serde::de::DeserializeOwned;

use super::{Live, again};
use crate::{
    Problem,
    page::{Data, Fresh, Question, WhoLooks},
    sent::{Json, Sent, Text},
    viewer::who_looks,
};

/// Between two looks ahead of one page, while changes keep coming.
const APART: Duration = Duration::from_millis(500);
/// How often it is seen whether somebody is still at work.
#[cfg(feature = "hydrate")]
const SEEN_EVERY: Duration = Duration::from_secs(1);

/// Matches while somebody is at work on the page: a question is open, a row is picked, or a field is typed in or was.
/// A filter is no work once it is left, nor is a row that is picked no longer. What the server drew is put in place as a
/// whole, and would take the focus away with it.
const AT_WORK: &str = "dialog[open], .drawn:focus-within, :is(input, textarea, select):focus, .bulk tbody .pick input:checked, \
    form:not(.filter-bar, .bulk) :is(input, textarea, select):is(:user-valid, :user-invalid)";

/// What is ready and not shown yet.
#[derive(Clone)]
pub(crate) struct Waits {
    /// As in `3 new`.
    pub(super) text: String,
    pub(super) show: Arc<dyn Fn() + Send + Sync>,
    /// Whether it may be shown by itself as soon as nobody is at work.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "on the server nothing waits"))]
    by_itself: bool,
}

/// How what was got ahead differs from what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// Where they were, things have changed.
    Within,
    /// Rows would move; so many are new.
    Rows { new: usize },
}

/// The data of a page of one thing. It is shown anew whenever it has changed, but never while somebody is at work.
pub(crate) fn load<K, T, F>(
    kinds: &'static [Kind],
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(K) -> F + Send + Sync + 'static,
) -> Data<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: 'static,
    F: Future<Output = Result<Sent<T>, Problem>> + Send + 'static,
{
    followed(kinds, Question::new(key, fetch), |_, _| Some(Difference::Within))
}

/// The data of a list, whose rows `ids` tells apart. Rows change where they are; new ones wait to be asked for.
pub(crate) fn load_list<K, T, F, I>(
    kinds: &'static [Kind],
    key: impl Fn() -> K + Send + Sync + 'static,
    fetch: impl Fn(K) -> F + Send + Sync + 'static,
    ids: fn(&T) -> Vec<I>,
) -> Data<T>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: DeserializeOwned + 'static,
    F: Future<Output = Result<Sent<T>, Problem>> + Send + 'static,
    I: PartialEq + 'static,
{
    let ids = move |text: &Text| text.read().map(|data| ids(&data)).ok();
    followed(kinds, Question::new(key, fetch), move |old, new| Some(rows(&ids(old)?, &ids(new)?)))
}

fn followed<T>(
    kinds: &'static [Kind],
    question: Question,
    compare: impl Fn(&Text, &Text) -> Option<Difference> + Send + Sync + 'static,
) -> Data<T> {
    let data = question.clone().ask();
    follow(kinds, question, data.text, Arc::new(compare));
    data
}

fn rows<I: PartialEq>(old: &[I], new: &[I]) -> Difference {
    if old == new {
        return Difference::Within;
    }
    Difference::Rows { new: new.iter().filter(|id| !old.contains(id)).count() }
}

impl Difference {
    fn text(self) -> String {
        match self {
            Self::Within => "This page has changed".to_owned(),
            Self::Rows { new: 0 } => "The list has changed".to_owned(),
            Self::Rows { new } => format!("{new} new"),
        }
    }
}

/// Where the looks ahead of one page stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    None,
    UnderWay,
    /// Something has changed since the one that is under way began.
    OnceMore,
}

/// None where one of them cannot be read.
type Compare = Arc<dyn Fn(&Text, &Text) -> Option<Difference> + Send + Sync>;

fn follow(
    kinds: &'static [Kind],
    Question { key, fetch }: Question,
    data: Resource<Result<Text, Problem>, Json>,
    compare: Compare,
) {
    let (live, fresh): (Live, Fresh) = (expect_context(), expect_context());
    let who: WhoLooks = expect_context();
    // Of another page, or of other data than is asked for now.
    let forget = move || live.waits.set(None);
    on_cleanup(forget);
    let of = Memo::new(move |_| (key(), fresh.times()));
    Effect::new(move |before: Option<()>| {
        of.track();
        if before.is_some() {
            forget();
        }
    });
    let look_ahead = move || {
        let (fetch, compare) = (Arc::clone(&fetch), Arc::clone(&compare));
        async move {
            // None of a page that is no longer shown.
            let Some(asked) = of.try_get_untracked() else { return };
            // Nor of one that could not be shown: it says how to try again, and would be refused at each change.
            let Some(Some(Ok(_))) = data.try_get_untracked() else { return };
            let Ok(new) = unattended(fetch(&asked.0)).await else { return };
            let Ok(viewer) = unattended(who_looks()).await else { return };
            let Some(Some(Ok(old))) = data.try_get_untracked() else { return };
            if of.try_get_untracked().as_ref() != Some(&asked) || old == new {
                return;
            }
            let Some(difference) = compare(&old, &new) else { return };
            let show = Arc::new(move || {
                who.set(Some(Ok(viewer.clone())));
                data.set(Some(Ok(new.clone())));
            });
            live.show(difference, show);
        }
    };
    look_at_each_change(live, kinds, look_ahead);
}

/// Keeps up the main part of a page that the server has written. Where it says something else by now, that takes its
/// place; what comes in the answer to a form is left as it is.
pub(crate) fn keep_up_as_written(kinds: &'static [Kind], node: NodeRef<html::Div>) {
    let live: Live = expect_context();
    on_cleanup(move || live.waits.set(None));
    let look_ahead = move || async move {
        let stands = move || node.try_get_untracked().flatten();
        if stands().is_none_or(|shown| shown.has_attribute("data-answer")) {
            return;
        }
        let Some(new) = unattended(again::written()).await else { return };
        // What is not read differs each time: the id that a form would give.
        if stands().is_none_or(|shown| shown.text_content() == new.text_content()) {
            return;
        }
        let html = new.inner_html();
        let show = Arc::new(move || {
            if let Some(shown) = stands() {
                shown.set_inner_html(&html);
            }
        });
        live.show(Difference::Within, show);
    };
    look_at_each_change(live, kinds, look_ahead);
}

impl Live {
    /// Shows what moves nothing unless somebody is at work; anything else waits.
    fn show(self, difference: Difference, show: Arc<dyn Fn() + Send + Sync>) {
        let by_itself = difference == Difference::Within;
        if by_itself && !somebody_is_at_work() {
            self.waits.set(None);
            show();
        } else {
            self.waits.set(Some(Waits { text: difference.text(), show, by_itself }));
        }
    }
}

fn look_at_each_change<F>(
    live: Live,
    kinds: &'static [Kind],
    look_ahead: impl Fn() -> F + Clone + Send + Sync + 'static,
) where
    F: Future<Output = ()> + 'static,
{
    let look = StoredValue::new(Look::None);
    let grown = Memo::new(move |_| live.times(kinds));
    Effect::new(move |before: Option<u32>| {
        let times = grown.get();
        if before.is_some_and(|before| before != times) {
            one_at_a_time(look, look_ahead.clone());
        }
        times
    });
}

/// Looks ahead now, or once more when the look that is under way is over.
fn one_at_a_time<F>(look: StoredValue<Look>, look_ahead: impl Fn() -> F + Clone + 'static)
where
    F: Future<Output = ()> + 'static,
{
    match look.try_get_value() {
        Some(Look::None) => look.set_value(Look::UnderWay),
        Some(Look::UnderWay) => return look.set_value(Look::OnceMore),
        // Of a page that is no longer shown.
        Some(Look::OnceMore) | None => return,
    }
    spawn_local(async move {
        look_ahead().await;
        set_timeout(
            move || {
                let once_more = look.try_get_value() == Some(Look::OnceMore);
                let _ = look.try_set_value(Look::None);
                if once_more {
                    one_at_a_time(look, look_ahead);
                }
            },
            APART,
        );
    });
}

/// Shows by itself what only waits for somebody to be done.
#[cfg(feature = "hydrate")]
pub(super) fn show_when_nobody_is_at_work(live: Live) {
    let look = move || {
        let ready = live.waits.with_untracked(|waits| waits.as_ref().is_some_and(|waits| waits.by_itself));
        if !ready || somebody_is_at_work() {
            return;
        }
        let waits = live.waits.write().take();
        if let Some(waits) = waits {
            (waits.show)();
        }
    };
    let seen = set_interval_with_handle(look, SEEN_EVERY);
    on_cleanup(move || {
        if let Ok(seen) = seen {
            seen.clear();
        }
    });
}

fn somebody_is_at_work() -> bool {
    document().query_selector(AT_WORK).is_ok_and(|found| found.is_some())
}

/// Asks one thing without keeping the session open.
pub(super) async fn unattended<T>(ask: impl Future<Output = T>) -> T {
    mark();
    ask.await
}

/// Sets the cookie for some seconds. All pages of a browser share it: whichever took it away when it is done would
/// take it from one that still asks.
#[cfg(feature = "hydrate")]
fn mark() {
    use leptos::{wasm_bindgen::JsCast, web_sys::HtmlDocument};
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let cookie = format!("{}=1; Path=/; Max-Age=5; SameSite=Strict", super::UNATTENDED);
        // Refused only where a page may keep no cookie, and then nobody is signed in.
        let _ = document.set_cookie(&cookie);
    }
}

/// The server looks at no page.
#[cfg(not(feature = "hydrate"))]
fn mark() {}

#[cfg(test)]
mod tests {
    use super::{Difference, rows};

    #[test]
    fn what_moves_no_row_is_shown_where_it_is() {
        assert_eq!(rows(&[1, 2], &[1, 2]), Difference::Within);
        assert_eq!(rows::<u8>(&[], &[]), Difference::Within);
    }

    #[test]
    fn rows_that_would_move_wait_and_new_ones_are_counted() {
        assert_eq!(rows(&[2, 1], &[5, 4, 3, 2, 1]), Difference::Rows { new: 3 });
        // A list has as many rows as before: the oldest go.
        assert_eq!(rows(&[3, 2, 1], &[4, 3, 2]), Difference::Rows { new: 1 });
        assert_eq!(rows(&[2, 1], &[1]), Difference::Rows { new: 0 });
        assert_eq!(rows(&[2, 1], &[1, 2]), Difference::Rows { new: 0 });
    }

    #[test]
    fn the_button_says_what_it_shows() {
        assert_eq!(Difference::Rows { new: 3 }.text(), "3 new");
        assert_eq!(Difference::Rows { new: 0 }.text(), "The list has changed");
    }
}
