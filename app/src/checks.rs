//! Checks and their faults on the screen. A check that was not run is shown as not run.

use leptos::prelude::*;

use crate::ui::State;

#[cfg(feature = "ssr")]
mod each;
#[cfg(feature = "ssr")]
pub(crate) use each::drawn;

/// All checks in a word.
#[component]
pub fn Outcomes(passed: bool) -> impl IntoView {
    let (state, word) = if passed { ("passed", "Passed") } else { ("failed", "Refused") };
    view! { <State state filled=true>{word}</State> }
}
