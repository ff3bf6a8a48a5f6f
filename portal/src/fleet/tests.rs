use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    BundleStatus, Drift, GONE_AFTER, Instance, Presence, SILENT_AFTER, STALE_AFTER, is_old, presence,
};
use crate::Environment;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
const TICK: TimeDelta = TimeDelta::milliseconds(1);

fn running(active: &str, error: &str, presence: Presence) -> Instance {
    Instance {
        id: Uuid::from_u128(1).into(),
        environment: Environment::production(),
        name: "opa-1".into(),
        process: "p".into(),
        opa_version: "1.22.2".into(),
        first_seen: NOW,
        last_seen: NOW,
        bundles: vec![BundleStatus {
            name: "aegis-provisioning".into(),
            active_revision: active.into(),
            expected: Some("v1.1.0".into()),
            released_at: Some(NOW),
            error: error.into(),
        }],
        ready: true,
        dropped: 0,
        presence,
        shares_name: false,
    }
}

#[test]
fn an_instance_is_silent_after_90_seconds_and_gone_after_a_week() {
    assert_eq!(presence(NOW, NOW + SILENT_AFTER), Presence::Live);
    assert_eq!(presence(NOW, NOW + SILENT_AFTER + TICK), Presence::Silent);
    assert_eq!(presence(NOW, NOW + GONE_AFTER), Presence::Silent);
    assert_eq!(presence(NOW, NOW + GONE_AFTER + TICK), Presence::Gone);
}

#[test]
fn drift_is_never_good_on_missing_data() {
    assert_eq!(running("v1.1.0", "", Presence::Live).drift(), Drift::Converged);
    assert_eq!(running("v1.0.0", "", Presence::Live).drift(), Drift::Behind);
    assert_eq!(running("", "", Presence::Live).drift(), Drift::Behind);
    assert_eq!(Instance { ready: false, ..running("v1.1.0", "", Presence::Live) }.drift(), Drift::Behind);
    assert_eq!(running("v1.1.0", "digest mismatch", Presence::Live).drift(), Drift::Error);
    assert_eq!(running("v1.1.0", "", Presence::Silent).drift(), Drift::Silent);
}

#[test]
fn an_instance_is_stale_after_a_minute_with_what_it_should_not_run() {
    let asked = |released_at, first_seen, last_seen| {
        let mut instance = Instance { first_seen, last_seen, ..running("v1.0.0", "", Presence::Live) };
        instance.bundles[0].released_at = Some(released_at);
        instance.drift()
    };
    assert_eq!(asked(NOW, NOW, NOW + STALE_AFTER), Drift::Behind);
    assert_eq!(asked(NOW, NOW, NOW + STALE_AFTER + TICK), Drift::Stale);
    let started = NOW + TimeDelta::days(1);
    assert_eq!(asked(NOW, started, started + STALE_AFTER), Drift::Behind, "it has only begun");
}

#[test]
fn an_old_opa_is_told_from_a_new_one_by_number() {
    for old in ["0.62.1", "1.9.0", "1.21.2", "1.21.2-dev"] {
        assert!(is_old(old), "{old}");
    }
    for new in ["1.21.3", "1.22.2", "2.0.0", "embedded", ""] {
        assert!(!is_old(new), "{new}");
    }
}
