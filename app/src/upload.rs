//! A form with files, and how far it has come: sent, checked, answered.

use leptos::{
    ev, html,
    prelude::*,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::{FormData, HtmlFormElement, HtmlInputElement, NodeList, ProgressEvent, XmlHttpRequest};

use crate::ui::Progress;

/// How far a form has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Filled,
    /// It was to be sent with no file in it.
    Nothing,
    /// So many hundredths of it have left the browser.
    Sending(usize),
    /// All of it has arrived, and the answer has not.
    Checking,
    /// There was no answer. What came of it is not known.
    Broken,
}

impl Stage {
    pub(crate) fn under_way(self) -> bool {
        matches!(self, Self::Sending(_) | Self::Checking)
    }
}

/// Posts `multipart/form-data` to `action` and goes where the answer leads. Without scripts the browser does.
pub(crate) fn upload(
    action: &'static str,
    stage: RwSignal<Stage>,
    children: impl IntoView + 'static,
) -> impl IntoView {
    let node = NodeRef::<html::Form>::new();
    let send = move |submit: ev::SubmitEvent| {
        let Some(form) = node.get_untracked() else { return };
        submit.prevent_default();
        // What is sent twice would be checked twice.
        if stage.get_untracked().under_way() {
            return;
        }
        let files = files_of(&form);
        if files.iter().all(|field| field.value().is_empty()) {
            stage.set(Stage::Nothing);
            // Refused only where there is no such field.
            let _ = files.first().map(|field| field.focus());
        } else if post(action, &form, stage).is_none() {
            stage.set(Stage::Broken);
        }
    };
    let mended = move |_| {
        if stage.get_untracked() == Stage::Nothing {
            stage.set(Stage::Filled);
        }
    };
    view! {
        <form
            class="stack loose"
            method="post"
            action=action
            enctype="multipart/form-data"
            node_ref=node
            aria-busy=move || stage.get().under_way().then_some("true")
            on:submit=send
            on:input=mended
        >
            {children}
            <div aria-live="polite">{move || told(stage.get())}</div>
        </form>
    }
}

fn told(stage: Stage) -> AnyView {
    match stage {
        Stage::Filled | Stage::Nothing => ().into_any(),
        Stage::Sending(hundredths) => view! {
            <p>"Sending the folder."</p>
            <Progress label="Sent" value=hundredths whole=100/>
        }
        .into_any(),
        Stage::Checking => view! {
            <p>"The folder has arrived. It is being checked, by the tests of every policy and by OPA."</p>
            <progress class="progress" aria-label="Being checked"></progress>
        }
        .into_any(),
        Stage::Broken => view! {
            <p role="alert">
                "The connection broke before there was an answer. Look at the "
                <a href="/changesets">"imports"</a>
                " before you send it again."
            </p>
        }
        .into_any(),
    }
}

/// The fields of a form that take files.
fn files_of(form: &HtmlFormElement) -> Vec<HtmlInputElement> {
    let found = form.query_selector_all("input[type=file]").ok();
    let field = |found: &NodeList, at| found.item(at)?.dyn_into().ok();
    found.map(|found| (0..found.length()).filter_map(|at| field(&found, at)).collect()).unwrap_or_default()
}

/// None where the browser refuses to send at all.
fn post(action: &str, form: &HtmlFormElement, stage: RwSignal<Stage>) -> Option<()> {
    let (request, data) = (XmlHttpRequest::new().ok()?, FormData::new_with_form(form).ok()?);
    request.open("POST", action).ok()?;
    // As the browser itself would ask: what is refused is then told on a page.
    request.set_request_header("accept", "text/html").ok()?;
    let upload = request.upload().ok()?;
    let sent = Closure::<dyn Fn(ProgressEvent)>::new(move |sent: ProgressEvent| {
        let hundredths = if sent.total() > 0.0 { (sent.loaded() / sent.total() * 100.0) as usize } else { 0 };
        // It may be gone from the page by now.
        let _ = stage.try_set(if hundredths < 100 { Stage::Sending(hundredths) } else { Stage::Checking });
    });
    upload.set_onprogress(Some(sent.as_ref().unchecked_ref()));
    let answered = request.clone();
    let ended = Closure::once_into_js(move || match answered.response_url() {
        to if to.is_empty() => drop(stage.try_set(Stage::Broken)),
        to => drop(window().location().assign(&to)),
    });
    request.set_onloadend(Some(ended.unchecked_ref()));
    stage.set(Stage::Sending(0));
    request.send_with_opt_form_data(Some(&data)).ok()?;
    // Held by the browser until the form has left it.
    sent.forget();
    Some(())
}
