//! OPA's own protocol and words. The rooms don't know them.
//!
//! All of it goes on with the database away: bundles and discovery come from the shelf, status is buffered.
//! Decision logs are the exception: OPA keeps what it is not thanked for, so it is told that they cannot be
//! stored.

mod bundles;
mod logs;
mod nudged;
mod pace;
mod reports;
mod status;
mod upload;

pub(crate) use bundles::{bundle, discovery};
pub(crate) use logs::logs;
pub(crate) use nudged::Nudged;
pub(crate) use pace::Pace;
pub(crate) use reports::Reports;
pub(crate) use status::status;

use portal::{Actor, Environment, Permission, Portal};

use crate::problem::Problem;

/// The environment of an address, if this actor may do that there.
fn admit(
    portal: &Portal,
    actor: &Actor,
    environment: &str,
    permission: Permission,
) -> Result<Environment, Problem> {
    let environment: Environment = environment.parse()?;
    portal.admit_within(actor, permission, &environment)?;
    Ok(environment)
}
