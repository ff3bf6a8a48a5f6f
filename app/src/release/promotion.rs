use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use portal::{
    Permission, Promotion, Scope,
    policy::Bundle,
    release::{Board, LONGEST_REASON, Pointer, PromotionState},
};

use super::{
    ConfirmPromotion, DeclinePromotion, PromotionPage, WithdrawPromotion, converged, page, show_promotion,
    version_page,
};
use crate::{
    act::{Act, NotDone, act_and_say, field_error},
    live,
    page::loaded,
    ui::{
        Button, ButtonLink, Card, CardBody, Dialog, DialogBody, DialogFoot, Diff, DiffView, DiffViews,
        EmptyState, Fact, Facts, Form, Icon, Input, Kind, PageHead, Person, State, TextArea, Timeline,
        TimelineEvent, Toast, VIEW, VersionNumber, When, ask, counted, leave,
    },
    version::Removed,
    viewer::Viewer,
    withdraw,
};

/// What can be done to a promotion.
#[derive(Clone, Copy)]
struct Acts {
    confirm: Act,
    decline: Act,
    withdraw: Act,
}

/// What the page shows.
const KINDS: &[live::Kind] = &[live::Kind::Promotion, live::Kind::Release, live::Kind::Instance];

/// One promotion: what it would change, and the second person's decision.
#[component]
pub fn OnePromotion() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let key = move || {
        let look = query.read().get_str(VIEW).and_then(|view| view.parse().ok()).unwrap_or_default();
        (params.read().get("id").unwrap_or_default(), look)
    };
    let data = live::load(KINDS, key, |(id, look)| show_promotion(id, look));
    let acts = Acts {
        confirm: act_and_say::<ConfirmPromotion>(|release| {
            let title = format!("{} {} moves to {}", release.bundle, release.revision, release.environment);
            Toast::done("approved", title, "OPAs load it within seconds.")
        }),
        decline: act_and_say::<DeclinePromotion>(|promotion| {
            let title = format!("{} stays as it is", promotion.environment);
            Toast::done("denied", title, "Whoever asked sees your reason.")
        }),
        withdraw: act_and_say::<WithdrawPromotion>(|promotion| {
            let title = format!("{} stays as it is", promotion.environment);
            Toast::done("withdrawn", title, "Nobody needs to confirm it.")
        }),
    };
    loaded(data, move |shown, viewer| view! { <One shown viewer acts/> })
}

#[component]
fn One(shown: PromotionPage, viewer: Viewer, acts: Acts) -> impl IntoView {
    let PromotionPage { promotion, board, changes, removed } = shown;
    let title = format!("{} {} to {}", promotion.bundle, promotion.number, promotion.environment);
    let pointer = board.as_ref().and_then(|board| in_force(board, promotion.bundle));
    let asked = promotion.state == PromotionState::Asked;
    let over = view! { {state(&promotion.state)} };
    let meta = view! { <span>"Asked " <When at=promotion.asked_at stop=true/> " by " {promotion.asked_by.name.clone()}</span> };
    let (view, has_data, here) = (changes.view, changes.has_data, page(promotion.id));
    let aside =
        view! { <DiffViews view has_data at=move |view: DiffView| format!("{here}?{VIEW}={view}#diff")/> };
    let confirmed = matches!(promotion.state, PromotionState::Confirmed { .. });
    let than = if confirmed { "From what it replaced." } else { "From what is in force there now." };
    let diff = if changes.files == 0 {
        view! { <EmptyState icon="release" title="No file differs"><p>{than}</p></EmptyState> }.into_any()
    } else {
        view! { <Diff label=format!("What {title} changes") changes/> }.into_any()
    };
    let to_decision = asked.then(|| {
        view! { <a class="button primary only-narrow" href="#decide" rel="external"><Icon name="approved"/>"Decide"</a> }
    });
    view! {
        <PageHead title=title.clone() over=over.into_any() meta=meta.into_any() actions=to_decision.into_any()/>
        <div class="columns">
            <div class="stack">
                <What promotion=promotion.clone() pointer=pointer.clone()/>
                <Removed removed from=promotion.environment.to_string()/>
                <Card title=if confirmed { "What changed" } else { "What changes" } id="diff" aside=aside.into_any()>{diff}</Card>
            </div>
            <div class="stack stick beside" id="decide" tabindex="-1">
                {asked.then(|| view! { <Decide promotion=promotion.clone() pointer=pointer.clone() viewer acts/> })}
            </div>
            <div class="stack">{story(promotion.clone())}</div>
        </div>
    }
}

fn in_force(board: &Board, bundle: Bundle) -> Option<Pointer> {
    board.in_force.iter().find(|pointer| pointer.release.bundle == bundle).cloned()
}

fn state(state: &PromotionState) -> impl IntoView + use<> {
    let (name, word) = match state {
        PromotionState::Asked => ("requested", "Waiting to be confirmed"),
        PromotionState::Confirmed { .. } => ("approved", "Confirmed"),
        PromotionState::Declined { .. } => ("denied", "Declined"),
        PromotionState::Withdrawn { .. } => ("withdrawn", "Withdrawn"),
    };
    view! { <State state=name filled=true>{word}</State> }
}

#[component]
fn What(promotion: Promotion, pointer: Option<Pointer>) -> impl IntoView {
    let number = promotion.number.to_string();
    let now = pointer.map(|pointer| {
        let (state, word) = converged(&pointer);
        view! {
            <div class="split" role="status">
                <VersionNumber number=pointer.release.revision href=None/>
                <State state>{word}</State>
            </div>
        }
    });
    view! {
        <Card title="What is asked">
            <CardBody>
                <p class="scope">
                    "Put " <code>{promotion.bundle.to_string()}</code> " "
                    <VersionNumber number=number.clone() href=Some(version_page(promotion.bundle, &number))/>
                    " in force in " <strong>{promotion.environment.to_string()}</strong> "."
                </p>
                <blockquote class="prose"><p>{promotion.reason}</p></blockquote>
                <Facts>
                    <Fact label="In force there">{now}</Fact>
                    <Fact label="Asked by"><Person name=promotion.asked_by.name/></Fact>
                </Facts>
            </CardBody>
        </Card>
    }
}

/// Confirm, with the environment's name typed; or decline, or take it back.
#[component]
fn Decide(promotion: Promotion, pointer: Option<Pointer>, viewer: Viewer, acts: Acts) -> impl IntoView {
    let refused = viewer.refused(
        Permission::DecideRelease,
        &Scope::Environment(promotion.environment.clone()),
        promotion.may_be_decided_by(viewer.who.id),
    );
    let (id, name) = (promotion.id, promotion.environment.to_string());
    let may_decide = refused.is_none();
    let consequence = consequence(&promotion, pointer.as_ref());
    let problem = acts.confirm.problem();
    let mine = promotion.may_be_withdrawn_by(viewer.who.id).is_ok();
    let withdrawn = mine.then(|| {
        let consequence = format!("{name} stays as it is, and nobody is asked any more.");
        withdraw::question(acts.withdraw, ("id", id.to_string()), consequence, leave(&page(id)))
    });
    view! {
        <Card title=if may_decide { "Your decision" } else { "Decision" } emphasis=may_decide>
            <CardBody>
                <p>{consequence}</p>
                <Form action=acts.confirm class="stack">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="seen" value=promotion.seen.to_string()/>
                    {may_decide.then(|| view! {
                        <Input
                            name="typed"
                            label="Name of the environment"
                            hint=format!("Type {name} to confirm.")
                            exactly=name
                            error=field_error(problem, "typed")
                        />
                    }.into_any())}
                    <NotDone problem/>
                    <div class="button-row">
                        <Button id="confirm" kind=Kind::Primary icon="approved" refused=refused.clone() busy=acts.confirm.pending()>
                            "Confirm"
                        </Button>
                        <ButtonLink id="decline" href=ask("decline") kind=Kind::Danger icon="denied" refused=refused.clone() told_by=Some("confirm-reason".to_owned())>
                            "Decline"
                        </ButtonLink>
                    </div>
                </Form>
                {mine.then(withdraw::link)}
            </CardBody>
        </Card>
        <Dialog name="decline" title="Decline this promotion?" back=leave(&page(id))>
            <DeclineForm promotion=promotion.clone() acts/>
        </Dialog>
        {withdrawn}
    }
}

/// What happens, where and to how many.
fn consequence(promotion: &Promotion, pointer: Option<&Pointer>) -> String {
    let Promotion { number, environment, .. } = promotion;
    match pointer {
        Some(pointer) => format!(
            "Moves {} in {environment} from {} to {number}: a pointer, no rebuild, and the way back takes seconds.",
            counted(pointer.instances as usize, "OPA"),
            pointer.release.revision
        ),
        None => format!("{number} becomes the first version in force in {environment}."),
    }
}

#[component]
fn DeclineForm(promotion: Promotion, acts: Acts) -> impl IntoView {
    let problem = acts.decline.problem();
    view! {
        <Form action=acts.decline>
            <DialogBody>
                <input type="hidden" name="id" value=promotion.id.to_string()/>
                <p>{format!("{} stays as it is. Whoever asked sees your reason.", promotion.environment)}</p>
                <TextArea name="reason" label="Reason" longest=LONGEST_REASON error=field_error(problem, "reason")/>
                <NotDone problem/>
            </DialogBody>
            <DialogFoot back=leave(&page(promotion.id))>
                <Button id="decline-it" kind=Kind::LastStep icon="denied" busy=acts.decline.pending()>"Decline"</Button>
            </DialogFoot>
        </Form>
    }
}

fn story(promotion: Promotion) -> impl IntoView {
    let decided = match promotion.state {
        PromotionState::Asked => ().into_any(),
        PromotionState::Confirmed { by, at } => {
            view! { <TimelineEvent tone="good" icon="approved" at><strong>{by.name}</strong>" confirmed it"</TimelineEvent> }.into_any()
        }
        PromotionState::Declined { by, at, reason } => view! {
            <TimelineEvent tone="bad" icon="denied" at>
                <strong>{by.name}</strong>
                " declined it"
                <p class="note">{reason}</p>
            </TimelineEvent>
        }
        .into_any(),
        PromotionState::Withdrawn { at } => {
            view! { <TimelineEvent tone="quiet" icon="withdrawn" at>"It was withdrawn"</TimelineEvent> }.into_any()
        }
    };
    view! {
        <Card title="Timeline">
            <CardBody>
                <Timeline>
                    {decided}
                    <TimelineEvent tone="accent" icon="requested" at=promotion.asked_at>
                        <strong>{promotion.asked_by.name}</strong>
                        " asked for it"
                    </TimelineEvent>
                </Timeline>
            </CardBody>
        </Card>
    }
}
