use portal::{
    Id,
    fleet::{Drift, Instance},
};

/// The state's name, as `data-state` takes it, and its word.
pub(crate) fn drift(drift: Drift) -> (&'static str, &'static str) {
    match drift {
        Drift::Converged => ("converged", "Converged"),
        Drift::Behind => ("converging", "Converging"),
        Drift::Stale => ("stale", "Stale"),
        Drift::Error => ("error", "Error"),
        Drift::Silent => ("silent", "Silent"),
    }
}

/// Tone and icon of a state, where it is told at length.
pub(super) fn look(drift: Drift) -> (&'static str, &'static str) {
    match drift {
        Drift::Converged => ("good", "converged"),
        Drift::Behind => ("advice", "converging"),
        Drift::Stale => ("caution", "stale"),
        Drift::Error => ("bad", "error"),
        Drift::Silent => ("quiet", "silent"),
    }
}

/// What is the matter, and what whoever is on call does next.
pub(super) fn next_step(drift: Drift) -> (&'static str, &'static str) {
    match drift {
        Drift::Converged => ("It runs what is released.", "Nothing is to be done."),
        Drift::Behind => (
            "It does not run all that is released yet.",
            "It asks again within seconds, and this page looks again by itself. After a minute it counts as stale.",
        ),
        Drift::Stale => (
            "It reports, but does not take over what is released.",
            "Its status arrives and bundles do not: look at the proxy between it and the portal, and at its disk. Then trigger a reload.",
        ),
        Drift::Error => (
            "It says that a bundle is in error.",
            "Its own words stand beside the bundle. It goes on with what it loaded before. Mend the cause, then trigger a reload.",
        ),
        Drift::Silent => (
            "It has said nothing for longer than 90 seconds.",
            "Look whether the process runs and reaches the portal. If it runs, it goes on deciding by what it loaded last; if it is gone for good, it leaves this list after 7 days.",
        ),
    }
}

/// The address of an instance's own page.
pub(crate) fn page(id: Id<Instance>) -> String {
    format!("/fleet/{id}")
}
