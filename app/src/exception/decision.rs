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
    withdraw,
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
    let number = exception.number.to_string();
    let refused = viewer.refused(
        Permission::DecideException,
        &Scope::Policy(exception.policy),
        exception.may_be_decided_by(viewer.who.id, detail.now),
    );
    let problem = acts.approve.problem();
    let mine = exception.requested_by.id == viewer.who.id;
    let may_decide = refused.is_none();
    let title = if may_decide { "Your decision" } else { "Decision" };
    let (end, severity) = (exception.wanted_until, exception.severity);
    // Whoever may not decide sees that it can be decided, and fills in nothing for it.
    let fields = move || {
        view! {
            {end_fields(detail.now, end, Some(severity), field_error(problem, "ends_at"))}
            <TextArea name="comment" label="Comment" optional=true longest=LONGEST_REASON error=field_error(problem, "comment")/>
        }
        .into_any()
    };
    let withdrawn = mine.then(|| {
        let consequence = format!(
            "OPAs go on denying {}, and nobody is asked any more. Who wants it after all asks anew.",
            resources(&exception.resources)
        );
        withdraw::question(
            acts.withdraw,
            ("number", number.clone()),
            consequence,
            leave(&page(exception.number)),
        )
    });
    let bound = may_decide.then(|| {
        view! {
            <p class="muted">
                <small>"You approve exactly what is shown: " <code>{short(&detail.seen)}</code> ". If it changes, your approval is refused."</small>
            </p>
        }
        .into_any()
    });
    view! {
        <Card title emphasis=may_decide>
            <CardBody>
                <Form action=acts.approve class="stack">
                    <input type="hidden" name="number" value=number.clone()/>
                    <input type="hidden" name="seen" value=detail.seen.clone()/>
                    {may_decide.then(fields)}
                    <NotDone problem/>
                    <div class="button-row">
                        <Button id="approve" kind=Kind::Primary icon="approved" refused=refused.clone() busy=acts.approve.pending()>
                            "Approve"
                        </Button>
                        <ButtonLink id="deny" href=ask("deny") kind=Kind::Danger icon="denied" refused=refused.clone() told_by=Some("approve-reason".to_owned())>
                            "Deny"
                        </ButtonLink>
                    </div>
                    {bound}
                </Form>
                {mine.then(withdraw::link)}
            </CardBody>
        </Card>
        <WhenApproved exception=exception.clone()/>
        <Dialog name="deny" title=format!("Deny {}?", exception.number) back=leave(&page(exception.number))>
            <DenyForm exception=exception.clone() acts/>
        </Dialog>
        {withdrawn}
    }
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
