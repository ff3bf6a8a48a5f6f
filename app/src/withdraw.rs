//! Withdrawing one's own request: an exception's or a promotion's. It has a consequence, so it is asked about.

use leptos::prelude::*;

use crate::{
    act::{Act, NotDone},
    ui::{Button, ButtonLink, Dialog, DialogBody, DialogFoot, Form, Kind, ask},
};

/// Asks whether one's own request is to be withdrawn. `field` and `id` are how the act knows it, `consequence` what
/// follows, `back` the page without the question.
pub(crate) fn question(
    action: Act,
    (field, id): (&'static str, String),
    consequence: String,
    back: String,
) -> AnyView {
    let children = {
        let back = back.clone();
        move || {
            let (id, consequence, back) = (id.clone(), consequence.clone(), back.clone());
            view! {
                <Form action>
                    <DialogBody>
                        <input type="hidden" name=field value=id/>
                        <p>{consequence}</p>
                        <NotDone problem=action.problem()/>
                    </DialogBody>
                    <DialogFoot back>
                        <Button id="withdraw-it" kind=Kind::Danger icon="withdrawn" busy=action.pending()>"Withdraw"</Button>
                    </DialogFoot>
                </Form>
            }
        }
    };
    view! { <Dialog name="withdraw" title="Withdraw your request?" back>{children()}</Dialog> }.into_any()
}

/// Leads to the question.
pub(crate) fn link() -> AnyView {
    let href = ask("withdraw");
    view! { <ButtonLink id="withdraw" href kind=Kind::Quiet icon="withdrawn">"Withdraw my request"</ButtonLink> }
        .into_any()
}
