use leptos::prelude::*;
use portal::{
    Permission, Scope,
    exception::{Detail, Exception, Refusal},
    release::LONGEST_REASON,
};

use super::{
    ApproveException, DenyException, RevokeException, WithdrawException,
    end::end_fields,
    page,
    words::{Spread, resources},
};
use crate::{
    act::{Act, NotDone, act_and_say, field_error},
    ui::{
        Button, ButtonLink, Card, CardBody, Dialog, DialogBody, DialogFoot, Fact, Facts, Form, Kind, State,
        TextArea, Toast, ask, counted, leave,
    },
    viewer::Viewer,
};

/// What can be done to an exception.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    approve: Act,
    deny: Act,
    withdraw: Act,
    revoke: Act,
}

impl Acts {
    pub(super) fn new() -> Self {
        Self {
            approve: act_and_say::<ApproveException>(|one| {
                Toast::done(
                    "approved",
                    format!("{} is approved", one.number),
                    "OPAs learn of it within seconds.",
                )
            }),
            deny: act_and_say::<DenyException>(|one| {
                Toast::done("denied", format!("{} is denied", one.number), "Whoever asked sees your reason.")
            }),
            withdraw: act_and_say::<WithdrawException>(|one| {
                Toast::done("withdrawn", format!("{} is withdrawn", one.number), "Nobody needs to answer it.")
            }),
            revoke: act_and_say::<RevokeException>(|one| {
                Toast::done(
                    "revoked",
                    format!("{} is revoked", one.number),
                    "OPAs learn of it within seconds.",
                )
            }),
        }
    }
}

/// The card in which something is decided, and nothing where nothing can be any more.
pub(super) fn decision(detail: Detail, viewer: Viewer, acts: Acts) -> impl IntoView {
    use portal::exception::State;
    match &detail.exception.state {
        State::Requested if !detail.exception.lapsed(detail.now) => {
            view! { <Decide detail viewer acts/> }.into_any()
        }
        State::Approved(_) if detail.exception.in_force(detail.now) => {
            view! { <Revoke detail viewer acts/> }.into_any()
        }
        _ => ().into_any(),
    }
}

/// Approve or deny, with the evidence beside it on the page.
#[component]
fn Decide(detail: Detail, viewer: Viewer, acts: Acts) -> impl IntoView {
    let exception = detail.exception.clone();
    let (number, own) = (exception.number.to_string(), exception.clone());
    let refused = viewer.refused(
        Permission::DecideException,
        &Scope::Policy(exception.policy),
        exception.may_be_decided_by(viewer.who.id, detail.now),
    );
    let problem = acts.approve.problem();
    view! {
        <Card title=if refused.is_some() { "Decision" } else { "Your decision" } emphasis=refused.is_none()>
            <CardBody>
                <Form action=acts.approve class="stack">
                    <input type="hidden" name="number" value=number.clone()/>
                    <input type="hidden" name="seen" value=detail.seen.clone()/>
                    {end_fields(detail.now, exception.wanted_until, Some(exception.severity), field_error(problem, "ends_at"))}
                    <TextArea name="comment" label="Comment" optional=true longest=LONGEST_REASON error=field_error(problem, "comment")/>
                    <NotDone problem/>
                    <div class="button-row">
                        <Button id="approve" kind=Kind::Primary icon="approved" refused=refused.clone() busy=acts.approve.pending()>
                            "Approve"
                        </Button>
                        <ButtonLink id="deny" href=ask("deny") kind=Kind::Danger icon="denied" refused=refused.clone() told_by=Some("approve-reason".to_owned())>
                            "Deny"
                        </ButtonLink>
                    </div>
                    <p class="muted">
                        <small>"You approve exactly what is shown: " <code>{short(&detail.seen)}</code> ". If it changes, your approval is refused."</small>
                    </p>
                </Form>
                <Withdraw exception=own viewer acts/>
            </CardBody>
        </Card>
        <WhenApproved exception=exception.clone()/>
        <Dialog name="deny" title=format!("Deny {}?", exception.number) back=leave(&page(exception.number))>
            <DenyForm exception=exception.clone() acts/>
        </Dialog>
    }
}

/// The way back for whoever asked.
#[component]
fn Withdraw(exception: Exception, viewer: Viewer, acts: Acts) -> impl IntoView {
    let number = exception.number.to_string();
    (exception.requested_by.id == viewer.who.id).then(|| {
        view! {
            <Form action=acts.withdraw>
                <input type="hidden" name="number" value=number/>
                <NotDone problem=acts.withdraw.problem()/>
                <Button id="withdraw" kind=Kind::Quiet icon="withdrawn" busy=acts.withdraw.pending()>
                    "Withdraw my request"
                </Button>
            </Form>
        }
    })
}

#[component]
fn WhenApproved(exception: Exception) -> impl IntoView {
    view! {
        <Card title="When approved">
            <CardBody>
                <Facts>
                    <Fact label="Carried by"><code>"aegis-exceptions"</code>", within seconds"</Fact>
                    <Fact label="Shown as">
                        <State state="exempted">{format!("Exempted by {}", exception.number)}</State>
                    </Fact>
                    <Fact label="Stops by itself">"in Rego, even with the portal down"</Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}

#[component]
fn DenyForm(exception: Exception, acts: Acts) -> impl IntoView {
    let problem = acts.deny.problem();
    view! {
        <Form action=acts.deny>
            <DialogBody>
                <input type="hidden" name="number" value=exception.number.to_string()/>
                <p>
                    "OPAs go on denying " <code>{resources(&exception.resources)}</code>
                    ". The requester sees your reason."
                </p>
                <TextArea name="reason" label="Reason" longest=LONGEST_REASON error=field_error(problem, "reason")/>
                <NotDone problem/>
            </DialogBody>
            <DialogFoot back=leave(&page(exception.number))>
                <Button id="deny-it" kind=Kind::LastStep icon="denied" busy=acts.deny.pending()>"Deny"</Button>
            </DialogFoot>
        </Form>
    }
}

/// Ends an exception before its time.
#[component]
fn Revoke(detail: Detail, viewer: Viewer, acts: Acts) -> impl IntoView {
    let (exception, spread) = (detail.exception.clone(), Spread::of(&detail));
    let refused =
        viewer.refused::<Refusal>(Permission::DecideException, &Scope::Policy(exception.policy), Ok(()));
    let number = exception.number;
    view! {
        <Card title="In force">
            <CardBody>
                <p>{format!("{number} lets it through until its end. It can be ended earlier.")}</p>
                <div class="button-row">
                    <ButtonLink id="revoke" href=ask("revoke") kind=Kind::Danger icon="revoked" refused>
                        "Revoke"
                    </ButtonLink>
                </div>
            </CardBody>
        </Card>
        <Dialog name="revoke" title=format!("Revoke {number}?") back=leave(&page(number))>
            <RevokeForm exception=exception.clone() spread acts/>
        </Dialog>
    }
}

#[component]
fn RevokeForm(exception: Exception, spread: Spread, acts: Acts) -> impl IntoView {
    let problem = acts.revoke.problem();
    view! {
        <Form action=acts.revoke>
            <DialogBody>
                <input type="hidden" name="number" value=exception.number.to_string()/>
                <p>
                    <code>{resources(&exception.resources)}</code>
                    {format!(" is denied again within about two seconds, by {}.", counted(spread.instances as usize, "OPA"))}
                </p>
                <TextArea name="reason" label="Reason" longest=LONGEST_REASON error=field_error(problem, "reason")/>
                <NotDone problem/>
            </DialogBody>
            <DialogFoot back=leave(&page(exception.number))>
                <Button id="revoke-it" kind=Kind::LastStep icon="revoked" busy=acts.revoke.pending()>"Revoke"</Button>
            </DialogFoot>
        </Form>
    }
}

/// Enough of a hash to recognise it by.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
