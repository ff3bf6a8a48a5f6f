use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// What an actor may be allowed to do: a noun and a verb.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
pub enum Permission {
    #[strum(to_string = "policy.see")]
    SeePolicy,
    /// Put a folder up for checks, so that it may become a version.
    #[strum(to_string = "policy.push")]
    PushPolicy,
    /// Ask the embedded engine.
    #[strum(to_string = "policy.evaluate")]
    EvaluatePolicy,
    #[strum(to_string = "release.see")]
    SeeRelease,
    /// Ask that a version be promoted to a guarded environment.
    #[strum(to_string = "release.ask")]
    AskRelease,
    /// Promote to an environment that nobody guards.
    #[strum(to_string = "release.move")]
    MoveRelease,
    /// Confirm or decline what somebody else asked for.
    #[strum(to_string = "release.decide")]
    DecideRelease,
    #[strum(to_string = "release.roll_back")]
    RollBackRelease,
    /// The first release into an empty environment, at set-up.
    #[strum(to_string = "release.begin")]
    BeginRelease,
    #[strum(to_string = "exception.see")]
    SeeException,
    #[strum(to_string = "exception.request")]
    RequestException,
    #[strum(to_string = "exception.decide")]
    DecideException,
    #[strum(to_string = "fleet.see")]
    SeeFleet,
    #[strum(to_string = "fleet.reload")]
    ReloadFleet,
    /// Fetch bundles and discovery.
    #[strum(to_string = "bundle.fetch")]
    FetchBundle,
    #[strum(to_string = "instance.report")]
    ReportInstance,
    #[strum(to_string = "decision.report")]
    ReportDecision,
    #[strum(to_string = "decision.see")]
    SeeDecision,
    #[strum(to_string = "audit.see")]
    SeeAudit,
    /// Build the audit's log, sign its checkpoints and verify it.
    #[strum(to_string = "audit.seal")]
    SealAudit,
    /// Let the audit go on after a restore has taken entries back.
    #[strum(to_string = "audit.restore")]
    RestoreAudit,
    #[strum(to_string = "person.see")]
    SeePerson,
    /// Enrol people and grant them roles.
    #[strum(to_string = "person.manage")]
    ManagePerson,
    /// Confirm or remove each grant, and put that on record.
    #[strum(to_string = "access.review")]
    ReviewAccess,
    #[strum(to_string = "token.see")]
    SeeToken,
    /// Issue and revoke anybody's tokens, and those of OPAs.
    #[strum(to_string = "token.manage")]
    ManageToken,
    /// See, issue and revoke tokens of one's own.
    #[strum(to_string = "token.keep")]
    KeepToken,
    /// Open and close sessions, and find who a secret belongs to.
    #[strum(to_string = "session.open")]
    OpenSession,
    /// See and end sessions of one's own.
    #[strum(to_string = "session.end")]
    EndSession,
    /// Keep views of lists, for oneself.
    #[strum(to_string = "view.keep")]
    KeepView,
}

impl Permission {
    /// Whether no place confines it: somebody who holds a role for some policies, or in one environment, has it all the
    /// same everywhere. They could not find what is theirs otherwise.
    pub(crate) fn is_unconfined(self) -> bool {
        matches!(
            self,
            Self::SeePolicy
                | Self::SeeRelease
                | Self::SeeFleet
                | Self::EndSession
                | Self::KeepToken
                | Self::KeepView
        )
    }
}
