//! What was typed into a form stands in it again, whatever came of sending it.
//!
//! Without scripts the server writes the page again around what was typed. With them the page may be laid out anew
//! while somebody types, or because what they sent was refused: then this remembers, until it is done.

use leptos::prelude::*;

use crate::Problem;

/// A form with what was typed into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The path of the server function that it asks.
    act: String,
    fields: Vec<(String, String)>,
    came_back: CameBack,
}

/// Why a form is shown again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameBack {
    /// The page around it was laid out anew.
    Typing,
    /// It was sent, and not done.
    NotDone(Problem),
    /// It was sent when nobody was signed in any more, and came through the sign-in page. It was not done.
    SignedIn,
}

impl Kept {
    pub fn new(act: &str, fields: Vec<(String, String)>, came_back: CameBack) -> Self {
        Self { act: act.to_owned(), fields, came_back }
    }

    /// What went wrong when it was sent, if that is why it came back.
    #[cfg(feature = "ssr")]
    pub(crate) fn not_done(&self) -> Option<&Problem> {
        match &self.came_back {
            CameBack::NotDone(problem) => Some(problem),
            CameBack::Typing | CameBack::SignedIn => None,
        }
    }

    /// Whether it is of this act, as a plain form names it.
    #[cfg(feature = "ssr")]
    pub(crate) fn asks(&self, act: &str) -> bool {
        self.fields.iter().any(|(field, value)| field == "act" && value == act)
    }

    /// Whether it came through the sign-in, and was not sent yet.
    #[cfg(feature = "ssr")]
    pub(crate) fn waits(&self) -> bool {
        self.came_back == CameBack::SignedIn
    }

    /// What was typed, for the fields of a page that the server writes whole.
    #[cfg(feature = "ssr")]
    pub(crate) fn typed_again(&self) -> Typed {
        Typed(Some(self.fields.clone()))
    }

    /// Its fields as a form sends them.
    pub(crate) fn as_sent(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// The forms of one page that were typed into and are not done.
#[derive(Clone, Copy)]
pub(crate) struct KeptForms(StoredValue<Vec<Kept>>);

impl KeptForms {
    /// Those of the page in hand. What the server wrote again is among them.
    pub(crate) fn of_page() -> Self {
        use_context().unwrap_or_else(|| {
            let forms = Self(StoredValue::new(use_context::<Kept>().into_iter().collect()));
            provide_context(forms);
            forms
        })
    }

    /// Why a form was not done when it was sent without scripts.
    pub(crate) fn problem(self, act: &str) -> Option<Problem> {
        match self.form(act)?.came_back {
            CameBack::NotDone(problem) => Some(problem),
            CameBack::Typing | CameBack::SignedIn => None,
        }
    }

    pub(crate) fn came_from_sign_in(self, act: &str) -> bool {
        self.form(act).is_some_and(|kept| kept.came_back == CameBack::SignedIn)
    }

    pub(crate) fn typed(self, act: &str) -> Typed {
        Typed(self.form(act).map(|kept| kept.fields))
    }

    pub(crate) fn keep(self, act: &str, form: &web_sys::HtmlFormElement) {
        let kept = Kept::new(act, sent(form), CameBack::Typing);
        self.forget(act);
        self.0.update_value(|forms| forms.push(kept));
    }

    /// Once it is done, or belongs to another page.
    pub(crate) fn forget(self, act: &str) {
        // An answer may come when the page that asked is gone.
        let _ = self.0.try_update_value(|forms| forms.retain(|kept| kept.act != act));
    }

    fn form(self, act: &str) -> Option<Kept> {
        self.0.try_with_value(|forms| forms.iter().find(|kept| kept.act == act).cloned()).flatten()
    }
}

/// What a form would send.
pub(crate) fn sent(form: &web_sys::HtmlFormElement) -> Vec<(String, String)> {
    let data = web_sys::FormData::new_with_form(form);
    let pairs = data.and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data));
    let text = pairs.map(|pairs| String::from(pairs.to_string())).unwrap_or_default();
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// What was typed into the form around a field, if anything was.
#[derive(Debug, Clone, Default)]
pub(crate) struct Typed(Option<Vec<(String, String)>>);

impl Typed {
    /// Of the form in which the caller stands.
    pub(crate) fn here() -> Self {
        use_context().unwrap_or_default()
    }

    /// What the field of this name holds: what was typed, else what the page fills in.
    pub(crate) fn or(&self, name: &str, filled_in: String) -> String {
        self.all(name).map_or(filled_in, |values| values.into_iter().next().unwrap_or_default())
    }

    /// All values of this name; none of them where the form was typed into and nothing chosen.
    pub(crate) fn all(&self, name: &str) -> Option<Vec<String>> {
        let fields = self.0.as_ref()?;
        let of_name = fields.iter().filter(|(field, _)| field == name);
        Some(of_name.map(|(_, value)| value.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{CameBack, Kept, Typed};

    fn fields() -> Vec<(String, String)> {
        vec![("why".into(), "a & b\n=".into()), ("environments[]".into(), "staging".into())]
    }

    #[test]
    fn a_form_is_carried_as_it_was_sent() {
        let kept = Kept::new("/api/x", fields(), CameBack::SignedIn);
        let read: Vec<(String, String)> =
            form_urlencoded::parse(kept.as_sent().as_bytes()).into_owned().collect();
        assert_eq!(read, fields());
    }

    #[test]
    fn what_was_typed_goes_before_what_is_filled_in_and_nothing_chosen_stays_nothing() {
        let typed = Typed(Some(fields()));
        assert_eq!(typed.or("why", "filled in".into()), "a & b\n=");
        assert_eq!(typed.or("emptied", "filled in".into()), "");
        assert_eq!(typed.all("environments[]"), Some(vec!["staging".to_owned()]));
        assert_eq!(typed.all("others[]"), Some(vec![]));
        assert_eq!(Typed(None).or("why", "filled in".into()), "filled in");
    }
}
