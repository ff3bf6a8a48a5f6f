//! The whole of the portal's own policy: what roles, tokens and jobs are allowed.
//! `allowed.md` beside this file is the same as a table; a test keeps the two equal.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

use super::Permission::{self, *};

/// What a person may be granted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    Requester,
    Author,
    Approver,
    Auditor,
    Operator,
    Admin,
}

/// What a token may carry.
///
/// Invariant: none of them allows a decision; that takes a person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
pub enum TokenScope {
    #[serde(rename = "policy:manage")]
    #[strum(to_string = "policy:manage")]
    PolicyManage,
    #[serde(rename = "policy:read")]
    #[strum(to_string = "policy:read")]
    PolicyRead,
    #[serde(rename = "policy:evaluate")]
    #[strum(to_string = "policy:evaluate")]
    PolicyEvaluate,
    #[serde(rename = "decision:read")]
    #[strum(to_string = "decision:read")]
    DecisionRead,
    #[serde(rename = "fleet:reload")]
    #[strum(to_string = "fleet:reload")]
    FleetReload,
    #[serde(rename = "gate:run")]
    #[strum(to_string = "gate:run")]
    GateRun,
    #[serde(rename = "exception:request")]
    #[strum(to_string = "exception:request")]
    ExceptionRequest,
    #[serde(rename = "opa")]
    #[strum(to_string = "opa")]
    Opa,
}

/// What the portal does by itself, on nobody's order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Job {
    /// Keeps the picture of what is in force, from which OPA is served.
    Shelf,
    /// Opens and closes sessions, and finds out who is asking.
    SignIn,
    /// Puts the first policies in force where there are none, and enrols the demo's people.
    SetUp,
    /// Keeps what the embedded engine decided.
    Engine,
    /// Builds the audit's log, signs its checkpoints and verifies it.
    Audit,
    /// Whoever runs the portal, at its machine: records that an older state of the database was restored.
    Restore,
}

impl Role {
    pub fn allows(self, permission: Permission) -> bool {
        let reads = matches!(
            permission,
            SeePolicy | SeeRelease | SeeException | SeeFleet | EndSession | KeepToken | KeepView
        );
        let more = match self {
            Self::Requester => matches!(permission, RequestException),
            Self::Author => matches!(
                permission,
                PushPolicy
                    | EvaluatePolicy
                    | AskRelease
                    | MoveRelease
                    | DecideRelease
                    | RollBackRelease
                    | RequestException
                    | ReloadFleet
                    | SeeDecision
            ),
            Self::Approver => matches!(permission, DecideException | DecideRelease | SeeAudit | SeeDecision),
            Self::Auditor => matches!(permission, SeeAudit | SeeDecision | SeePerson | SeeToken),
            Self::Operator => matches!(permission, RollBackRelease | ReloadFleet | SeeAudit | SeeDecision),
            Self::Admin => {
                matches!(
                    permission,
                    SeeAudit | SeePerson | ManagePerson | ReviewAccess | SeeToken | ManageToken
                )
            }
        };
        reads || more
    }
}

impl TokenScope {
    /// Whether somebody of this role may do anything of what it is for.
    #[cfg(feature = "backend")]
    pub(crate) fn has_something_of(self, role: Role) -> bool {
        Permission::VARIANTS.iter().any(|&permission| self.allows(permission) && role.allows(permission))
    }

    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::PolicyManage => matches!(
                permission,
                SeePolicy
                    | SeeRelease
                    | SeeFleet
                    | PushPolicy
                    | EvaluatePolicy
                    | AskRelease
                    | MoveRelease
                    | ReloadFleet
            ),
            Self::PolicyRead => matches!(permission, SeePolicy | SeeRelease | SeeFleet),
            Self::PolicyEvaluate => matches!(permission, EvaluatePolicy),
            Self::DecisionRead => matches!(permission, SeeDecision),
            Self::FleetReload => matches!(permission, SeeFleet | ReloadFleet),
            // The gate's own permission comes with its room.
            Self::GateRun => matches!(permission, SeePolicy | SeeRelease),
            Self::ExceptionRequest => matches!(permission, SeeException | RequestException),
            Self::Opa => matches!(permission, FetchBundle | ReportInstance | ReportDecision),
        }
    }
}

impl Job {
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Shelf => matches!(permission, SeeRelease | ReportInstance),
            Self::SignIn => matches!(permission, OpenSession | SeePerson),
            Self::SetUp => {
                matches!(
                    permission,
                    SeePolicy | PushPolicy | BeginRelease | ManagePerson | SeeToken | ManageToken
                )
            }
            Self::Engine => matches!(permission, ReportDecision | ReportInstance),
            Self::Audit => matches!(permission, SealAudit),
            Self::Restore => matches!(permission, SealAudit | RestoreAudit),
        }
    }
}
