#[cfg(feature = "ssr")]
use portal::{Environment, Invalid};
use portal::{policy::Bundle, release::Pointer};

/// How far a release has come: state and word. Never green where nothing reports.
pub(crate) fn converged(pointer: &Pointer) -> (&'static str, String) {
    match (pointer.instances, pointer.converged) {
        (0, _) => ("silent", "No OPA reports".to_owned()),
        (all, converged) if converged < all => ("converging", format!("{converged} of {all} OPAs")),
        (all, _) => ("converged", format!("{all} of {all} OPAs")),
    }
}

/// The address of a version's own page.
pub(crate) fn version_page(bundle: Bundle, number: &str) -> String {
    format!("/versions/{bundle}/{number}")
}

/// Whether somebody typed the name of the environment that they are about to change.
#[cfg(feature = "ssr")]
pub(super) fn check_typed(typed: &str, environment: &Environment) -> Result<(), Invalid> {
    if typed.trim() == environment.as_str() {
        return Ok(());
    }
    Err(Invalid::new("typed", format!("type {environment}, exactly")))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use portal::Environment;

    use super::check_typed;

    #[test]
    fn only_the_environments_own_name_confirms() {
        let production = Environment::production();
        assert_eq!(check_typed(" production ", &production), Ok(()));
        assert!(check_typed("Production", &production).is_err());
        assert!(check_typed("", &production).is_err());
    }
}
