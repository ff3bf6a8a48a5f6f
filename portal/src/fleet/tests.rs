use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{BundleStatus, Drift, GONE_AFTER, Instance, Presence, SILENT_AFTER, presence};
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
