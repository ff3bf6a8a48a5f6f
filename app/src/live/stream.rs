//! The browser's end of `GET /live`.

use chrono::{DateTime, Utc};
use leptos::{
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{Event, EventSource, MessageEvent},
};
use portal::live::Kind;

/// What the server says, or that it was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Beat(DateTime<Utc>),
    Change(Kind),
    Reload,
    Deaf,
    Over,
    /// Cut, or refused from the beginning.
    Lost {
        refused: bool,
    },
}

/// Open until it is dropped.
pub(super) struct Stream {
    source: EventSource,
    // The browser calls them for as long as it is open.
    _ears: Vec<Closure<dyn FnMut(Event)>>,
}

impl Stream {
    pub(super) fn open(address: &str, told: impl Fn(Told) + Clone + 'static) -> Result<Self, JsValue> {
        let source = EventSource::new(address)?;
        let mut ears = Vec::new();
        for name in ["beat", "change", "reload", "deaf", "over"] {
            let told = told.clone();
            let ear = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                let data = event.dyn_into::<MessageEvent>().ok().and_then(|event| event.data().as_string());
                // What cannot be read is of a later version, which this page is not.
                if let Some(said) = said(name, &data.unwrap_or_default()) {
                    told(said);
                }
            });
            source.add_event_listener_with_callback(name, ear.as_ref().unchecked_ref())?;
            ears.push(ear);
        }
        let of = source.clone();
        let lost = Closure::<dyn FnMut(Event)>::new(move |_| {
            let refused = of.ready_state() == EventSource::CLOSED;
            // We come back ourselves, so that it is known when.
            of.close();
            told(Told::Lost { refused });
        });
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        ears.push(lost);
        Ok(Self { source, _ears: ears })
    }
}

impl Stream {
    /// It says nothing any more.
    pub(super) fn close(&self) {
        self.source.set_onerror(None);
        self.source.close();
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.close();
    }
}

fn said(name: &str, data: &str) -> Option<Told> {
    match name {
        "beat" => data.parse().ok().map(Told::Beat),
        "change" => data.parse().ok().map(Told::Change),
        "reload" => Some(Told::Reload),
        "deaf" => Some(Told::Deaf),
        "over" => Some(Told::Over),
        _ => None,
    }
}
