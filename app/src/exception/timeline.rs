use leptos::prelude::*;
use portal::exception::{ANSWERED_WITHIN, Approval, Detail, Exception, State};

use crate::ui::{Card, CardBody, Timeline, TimelineEvent, absolute};

/// What happened to an exception, newest first.
pub(super) fn story(detail: Detail) -> impl IntoView {
    let exception = detail.exception.clone();
    let asked = exception.requested_by.name.clone();
    view! {
        <Card title="Timeline" id="timeline">
            <CardBody>
                <Timeline>
                    {end(&detail)}
                    {decided(&exception)}
                    <TimelineEvent tone="accent" icon="requested" at=exception.requested_at>
                        <strong>{asked}</strong>
                        " asked for it"
                    </TimelineEvent>
                </Timeline>
            </CardBody>
        </Card>
    }
}

/// What the clock alone did, or what it will do.
fn end(detail: &Detail) -> Option<AnyView> {
    let Exception { state, requested_at, .. } = &detail.exception;
    let event = match state {
        State::Requested => {
            let lapses = *requested_at + ANSWERED_WITHIN;
            if detail.exception.lapsed(detail.now) {
                view! { <TimelineEvent tone="quiet" icon="lapsed" at=lapses>"Nobody answered; it lapsed"</TimelineEvent> }.into_any()
            } else {
                view! {
                    <TimelineEvent tone="accent" icon="requested">
                        <strong>"Waiting for an approver"</strong>
                        <p>{format!("Lapses on {} if nobody answers.", absolute(lapses))}</p>
                    </TimelineEvent>
                }
                .into_any()
            }
        }
        State::Approved(approval) if !detail.exception.in_force(detail.now) => {
            view! { <TimelineEvent tone="quiet" icon="expired" at=approval.ends_at>"It ended"</TimelineEvent> }.into_any()
        }
        State::Approved(approval) => {
            view! {
                <TimelineEvent tone="quiet" icon="expiring">
                    {format!("Ends on {}, by itself, inside every OPA", absolute(approval.ends_at))}
                </TimelineEvent>
            }
            .into_any()
        }
        State::Denied { .. } | State::Withdrawn { .. } | State::Revoked { .. } => return None,
    };
    Some(event)
}

/// What people decided.
fn decided(exception: &Exception) -> AnyView {
    match exception.state.clone() {
        State::Requested => ().into_any(),
        State::Approved(approval) => approved(approval).into_any(),
        State::Denied { by, at, reason } => view! {
            <TimelineEvent tone="bad" icon="denied" at>
                <strong>{by.name}</strong>
                " denied it"
                <p class="note">{reason}</p>
            </TimelineEvent>
        }
        .into_any(),
        State::Withdrawn { at } => {
            let by = exception.requested_by.name.clone();
            view! { <TimelineEvent tone="quiet" icon="withdrawn" at><strong>{by}</strong>" withdrew it"</TimelineEvent> }
                .into_any()
        }
        State::Revoked { approval, by, at, reason } => view! {
            <TimelineEvent tone="bad" icon="revoked" at>
                <strong>{by.name}</strong>
                " revoked it"
                <p class="note">{reason}</p>
            </TimelineEvent>
            {approved(approval)}
        }
        .into_any(),
    }
}

fn approved(approval: Approval) -> impl IntoView {
    let comment = (!approval.comment.is_empty()).then_some(approval.comment);
    view! {
        <TimelineEvent tone="good" icon="approved" at=approval.at>
            <strong>{approval.by.name}</strong>
            {format!(" approved it until {}", absolute(approval.ends_at))}
            {comment.map(|comment| view! { <p class="note">{comment}</p> })}
        </TimelineEvent>
    }
}
