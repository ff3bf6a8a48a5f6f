use leptos::prelude::*;
use portal::{
    Environment, Id, Permission, Scope, Version,
    release::{Board, LONGEST_REASON, Pointer, Promotion, Refusal},
};

use crate::{
    act::{Act, NotDone, act, act_and_say, field_error},
    release::{AskPromotion, PromoteVersion, converged, page as promotion_page, version_page, why_back},
    ui::{
        Button, ButtonLink, Card, CardBody, Dialog, DialogBody, DialogFoot, Form, Kind, Pipeline, State,
        Stop, TextArea, Toast, VersionNumber, ask, counted, leave,
    },
    viewer::Viewer,
};

/// The two ways up: alone, or with a second person.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    promote: Act,
    ask: Act,
}

impl Acts {
    pub(super) fn new() -> Self {
        Self {
            promote: act_and_say::<PromoteVersion>(|release| {
                let title = format!("{} moves to {}", release.environment, release.revision);
                Toast::done("approved", title, "OPAs load it within seconds.")
            }),
            // Leads to the page that says so.
            ask: act::<AskPromotion>(),
        }
    }
}

/// The environments in their order, with what is in force and what can be done in each.
pub(super) fn next_steps(
    version: &Version,
    boards: &[Board],
    viewer: &Viewer,
    acts: Acts,
) -> impl IntoView + use<> {
    let steps: Vec<Step> = boards.iter().map(|board| Step::new(version, board, viewer)).collect();
    let dialogs: Vec<_> = steps.iter().map(|step| step.clone().dialog(version.clone(), acts)).collect();
    let stops: Vec<_> = steps.into_iter().map(Step::stop).collect();
    view! {
        <Card title="Where it is in force">
            <CardBody><Pipeline>{stops}</Pipeline></CardBody>
        </Card>
        {dialogs}
    }
}

/// One environment, as seen from the version in hand.
#[derive(Clone)]
struct Step {
    environment: Environment,
    guarded: bool,
    pointer: Option<Pointer>,
    /// Whether the version in hand is what is in force.
    here: bool,
    /// A promotion of the version in hand that waits.
    waits: Option<Id<Promotion>>,
    refused: Option<String>,
    /// Who took it out of force here, and why, where it was rolled back.
    rolled_back: Option<String>,
}

impl Step {
    fn new(version: &Version, board: &Board, viewer: &Viewer) -> Self {
        let pointer = board.in_force.iter().find(|pointer| pointer.release.bundle == version.bundle);
        // The same version signed by another key is still to come.
        let here = pointer.is_some_and(|pointer| {
            pointer.release.version == Some(version.id) && pointer.release.digest == version.served_digest
        });
        let waits = board.waiting.iter().find(|promotion| promotion.version == version.id);
        let permission = if board.guarded { Permission::AskRelease } else { Permission::MoveRelease };
        let rule = match here {
            true => Err(Refusal::InForce),
            false => Ok(()),
        };
        Self {
            environment: board.environment.clone(),
            guarded: board.guarded,
            pointer: pointer.cloned(),
            here,
            waits: waits.map(|promotion| promotion.id),
            refused: viewer.refused(permission, &Scope::Environment(board.environment.clone()), rule),
            rolled_back: board.rolled_back(version.bundle, version.number).map(why_back),
        }
    }

    /// The name of its dialog.
    fn question(&self) -> String {
        format!("promote-to-{}", self.environment)
    }

    fn stop(self) -> impl IntoView {
        let current = self.pointer.as_ref().map(|pointer| {
            let (state, word) = converged(pointer);
            let number = pointer.release.revision.clone();
            let href = (!self.here).then(|| version_page(pointer.release.bundle, &number));
            view! {
                <VersionNumber number href/>
                <State state>{word}</State>
            }
        });
        let empty = current.is_none().then(|| view! { <span class="muted">"nothing yet"</span> });
        let (id, href) = (self.question(), ask(&self.question()));
        let act = match (self.here, self.waits) {
            (true, _) => view! { <span class="muted">"this version"</span> }.into_any(),
            (false, Some(promotion)) => {
                view! { <a href=promotion_page(promotion)>"Waits to be confirmed"</a> }.into_any()
            }
            (false, None) => {
                let word = if self.guarded { "Ask for promotion" } else { "Promote" };
                view! { <ButtonLink id href small=true icon="arrow" refused=self.refused.clone()>{word}</ButtonLink> }
                    .into_any()
            }
        };
        view! {
            <Stop name=self.environment.to_string() next=!self.here && self.rolled_back.is_none()>
                {current}
                {empty}
                {self.rolled_back.map(|why| view! { <span class="muted">{why}</span> }.into_any())}
                {act}
            </Stop>
        }
    }

    fn dialog(self, version: Version, acts: Acts) -> impl IntoView {
        let title = format!("{} {} to {}?", version.bundle, version.number, self.environment);
        let back = leave(&version_page(version.bundle, &version.number.to_string()));
        view! {
            <Dialog name=self.question() title back=back.clone()>
                <PromoteForm step=self.clone() version=version.clone() back=back.clone() acts/>
            </Dialog>
        }
    }
}

#[component]
fn PromoteForm(step: Step, version: Version, back: String, acts: Acts) -> impl IntoView {
    let (act, id, word) = match step.guarded {
        true => (acts.ask, "ask-it", "Ask for promotion"),
        false => (acts.promote, "promote-it", "Promote"),
    };
    let (problem, consequence) = (act.problem(), consequence(&step, &version));
    let hint = "Needed where an environment on the way up was left out.";
    view! {
        <Form action=act>
            <DialogBody>
                <input type="hidden" name="version" value=version.id.to_string()/>
                <input type="hidden" name="environment" value=step.environment.to_string()/>
                <p>{consequence}</p>
                {step.rolled_back.clone().map(|why| view! { <p><strong>{why}</strong></p> }.into_any())}
                <TextArea name="reason" label="Reason" optional=!step.guarded longest=LONGEST_REASON hint error=field_error(problem, "reason")/>
                <NotDone problem/>
            </DialogBody>
            <DialogFoot back>
                <Button id kind=Kind::Primary icon="arrow" busy=act.pending()>{word}</Button>
            </DialogFoot>
        </Form>
    }
}

/// What happens, where and to how many.
fn consequence(step: &Step, version: &Version) -> String {
    let (environment, number) = (&step.environment, version.number);
    let moves = match &step.pointer {
        Some(pointer) => {
            format!(
                "Moves {} in {environment} from {} to {number}",
                counted(pointer.instances as usize, "OPA"),
                pointer.release.revision
            )
        }
        None => format!("{number} becomes the first version in force in {environment}"),
    };
    if step.guarded {
        format!("{moves}, once a second person has confirmed it.")
    } else {
        format!("{moves}.")
    }
}
