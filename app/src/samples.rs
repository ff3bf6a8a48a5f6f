//! Things as tests of screens need them.

use portal::{
    Policy,
    policy::{Bundle, Number},
    report::{Engine, Severity},
};

pub(crate) fn policy(package: &str, severity: Severity) -> Policy {
    Policy {
        id: uuid(1).into(),
        package: package.into(),
        bundle: Bundle::Provisioning,
        engine: Engine::External,
        title: "Buckets are encrypted and private".into(),
        description: "Every bucket has encryption at rest.".into(),
        severity,
        owner: Some("platform-storage".into()),
        controls: vec!["CC6.1".into()],
        rules: vec!["deny_no_encryption".into()],
        excepts: true,
        library: false,
        version: Number::FIRST,
        version_id: uuid(2).into(),
    }
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}
