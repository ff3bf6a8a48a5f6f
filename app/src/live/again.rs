//! The page that is open, asked for once more.

use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{DomParser, Element, Response, SupportedType},
};
use wasm_bindgen_futures::JsFuture;

/// What the server has written into it by now; none where it cannot be had.
pub(super) async fn written() -> Option<Element> {
    read().await.ok().flatten()
}

async fn read() -> Result<Option<Element>, JsValue> {
    let here = window().location();
    let address = here.pathname()? + &here.search()?;
    let answer: Response = JsFuture::from(window().fetch_with_str(&address)).await?.dyn_into()?;
    if !answer.ok() {
        return Ok(None);
    }
    let text = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)?.query_selector("main .written")
}
