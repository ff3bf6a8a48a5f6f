//! What the server draws to the last stroke.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A part of a page as HTML, which the browser takes as it is. For what nobody acts on: the client then carries
/// neither the code that draws it nor the one that reads what it is drawn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Drawn(String);

impl Drawn {
    /// Of a view that needs nothing of the page around it.
    #[cfg(feature = "ssr")]
    pub(crate) fn of(view: impl IntoView) -> Self {
        Self(view.into_view().to_html())
    }

    /// Where it stands. A change of it waits while the focus is inside (`live`), for it is put in place as a whole.
    pub(crate) fn show(self) -> impl IntoView {
        view! { <div class="drawn" inner_html=self.0></div> }
    }
}
