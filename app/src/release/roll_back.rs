use leptos::prelude::*;
use portal::{
    Environment, Id, Release, Version,
    policy::Bundle,
    release::{self, LONGEST_REASON},
};

use super::Considered;
use crate::{
    act::{Act, NotDone, field_error},
    ui::{ASK, Button, ButtonLink, Dialog, DialogBody, DialogFoot, Form, Input, Kind, Select, TextArea},
};

/// Where closing the dialog leads.
const BACK: &str = "/releases";

/// Opens the dialog for what is in force now.
pub(super) fn roll_back_link(release: &Release, refused: Option<String>) -> impl IntoView + use<> {
    let Release { environment, bundle, .. } = release;
    let href = format!("{BACK}?{ASK}=roll-back&environment={environment}&bundle={bundle}");
    let id = format!("roll-back-{environment}-{bundle}");
    let told_by = Some(refusal_id(environment));
    view! { <ButtonLink id href small=true icon="revoked" refused told_by>"Roll back"</ButtonLink> }
}

/// The id of what tells why nothing of an environment can be rolled back.
pub(super) fn refusal_id(environment: &Environment) -> String {
    format!("roll-back-{environment}-reason")
}

/// Asks which earlier version is put in force again, why, and for the environment's name.
pub(super) fn roll_back_dialog(considered: Considered, roll: Act) -> impl IntoView {
    let Considered { environment, bundle, .. } = &considered;
    let title = format!("Roll back {bundle} in {environment}?");
    view! {
        <Dialog name="roll-back" title back=BACK>
            <Question considered=considered.clone() roll/>
        </Dialog>
    }
}

#[component]
fn Question(considered: Considered, roll: Act) -> impl IntoView {
    let Considered { environment, bundle, past } = considered;
    let options = earlier(&past);
    if options.is_empty() {
        return nothing_earlier().into_any();
    }
    let now = past.first().map(|release| release.revision.clone()).unwrap_or_default();
    view! { <ChooseEarlier environment bundle now options roll/> }.into_any()
}

#[component]
fn ChooseEarlier(
    environment: Environment,
    bundle: Bundle,
    /// The revision that is in force.
    now: String,
    options: Vec<(String, String)>,
    roll: Act,
) -> impl IntoView {
    let problem = roll.problem();
    let name = environment.to_string();
    let consequence = format!(
        "{bundle} {now} is in force in {name}. Every OPA there loads the chosen version within seconds; nothing is rebuilt."
    );
    view! {
        <Form action=roll>
            <DialogBody>
                <input type="hidden" name="environment" value=name.clone()/>
                <input type="hidden" name="bundle" value=bundle.to_string()/>
                <p>{consequence}</p>
                <Select name="to" label="Version to put in force again" options/>
                <TextArea name="reason" label="Reason" longest=LONGEST_REASON error=field_error(problem, "reason")/>
                <Input
                    name="typed"
                    label="Name of the environment"
                    hint=format!("Type {name} to confirm.")
                    exactly=name.clone()
                    error=field_error(problem, "typed")
                />
                <NotDone problem/>
            </DialogBody>
            <DialogFoot back=BACK>
                <Button id="roll-back-it" kind=Kind::LastStep icon="revoked" busy=roll.pending()>"Roll back"</Button>
            </DialogFoot>
        </Form>
    }
}

fn nothing_earlier() -> impl IntoView {
    view! {
        <DialogBody><p>"There is no earlier version to roll back to."</p></DialogBody>
        <DialogFoot back=BACK/>
    }
}

/// The versions that were in force, each once: the one that a roll back usually leads to, then newest first.
fn earlier(past: &[Release]) -> Vec<(String, String)> {
    let current = past.first().and_then(|release| release.version);
    let mut seen: Vec<Id<Version>> = current.into_iter().collect();
    let mut options = vec![];
    for release in past {
        let Some(version) = release.version.filter(|version| !seen.contains(version)) else { continue };
        seen.push(version);
        options.push((version.to_string(), release.revision.clone()));
    }
    let oldest_first = past.iter().rev().filter_map(|release| Some((release.version?, release.how)));
    let usual = release::earlier(oldest_first).map(|version| version.to_string());
    // Stable, so that the others keep their order.
    options.sort_by_key(|(version, _)| Some(version) != usual.as_ref());
    options
}

#[cfg(test)]
mod tests {
    use portal::{
        Environment, Id, Release,
        policy::Bundle,
        release::How::{self, Begun, Promoted, RolledBack},
    };

    use super::earlier;

    fn release(version: u128, how: How) -> Release {
        Release {
            id: Id::from(uuid::Uuid::from_u128(0)),
            environment: Environment::production(),
            bundle: Bundle::Provisioning,
            sequence: 1,
            revision: format!("v1.{version}.0"),
            version: Some(uuid::Uuid::from_u128(version).into()),
            digest: String::new(),
            by: None,
            at: chrono::DateTime::UNIX_EPOCH,
            how,
            reason: String::new(),
            replaced: None,
        }
    }

    #[test]
    fn what_was_rolled_back_from_is_not_the_first_choice() {
        let past = [release(2, RolledBack), release(3, Promoted), release(2, Promoted), release(1, Begun)];
        let offered: Vec<_> = earlier(&past).into_iter().map(|(_, revision)| revision).collect();
        assert_eq!(offered, ["v1.1.0", "v1.3.0"]);
    }
}
