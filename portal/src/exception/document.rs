//! The exceptions in force as data: the bundle that every engine loads beside the policies.

use std::collections::BTreeMap;

use rego::{
    bundle::{Archive, Contents},
    exceptions::{self, Entry},
};
use sqlx::PgConnection;

use super::Number;
use crate::{
    Environment, Error, Portal, Result,
    access::{Action, door::Change},
    policy::Bundle,
    release::{
        How,
        pointer::{self, Next},
    },
};

/// Builds, signs, stores and puts in force the exceptions bundle of an environment.
///
/// It holds what is approved and has not ended: ends lie in the data, and Rego reads the clock, so nothing
/// has to be published when one ends. Costs a walk over all exceptions in force there.
pub(crate) async fn publish<A: Action>(
    portal: &Portal,
    change: &mut Change<A>,
    environment: &Environment,
    why: String,
) -> Result<()> {
    pointer::take(change.conn(), environment, Bundle::Exceptions).await?;
    let sequence = pointer::next_sequence(change.conn()).await?;
    let at = change.at;
    let entries = entries(change.conn(), environment, at).await?;
    let revision = format!("r{sequence}");
    let archive = build(&entries, &revision)?;
    let (bytes, served_digest) = pointer::store(portal, &archive).await?;
    let next = Next {
        environment,
        bundle: Bundle::Exceptions,
        version: None,
        revision,
        served_digest,
        keyid: portal.parts.keys.signing().keyid().to_string(),
        size: bytes.len() as i64,
        how: How::Excepted,
        reason: why,
    };
    pointer::put_in_force(change, &portal.parts.objects, sequence, next).await?;
    Ok(())
}

fn build(entries: &[Entry], revision: &str) -> Result<Archive> {
    let document =
        exceptions::document(entries).map_err(|error| Error::internal("exceptions document", &error))?;
    let data = serde_json::to_vec(&document).expect("a document is plain JSON");
    let contents = Contents {
        revision: revision.into(),
        roots: vec![Bundle::Exceptions.catalogue().root()],
        files: BTreeMap::from([("exceptions/data.json".to_owned(), data.into())]),
        metadata: serde_json::Map::new(),
    };
    Archive::build(&contents).map_err(|error| Error::internal("exceptions bundle", &error))
}

async fn entries(
    conn: &mut PgConnection,
    environment: &Environment,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"select number, package, rule, resources, ticket, category, decided_at as "decided_at!", ends_at as "ends_at!"
           from exception where state = 'approved' and ends_at > $1 and $2 = any (environments) order by number"#,
        at,
        environment.as_str(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let ns = |moment: chrono::DateTime<chrono::Utc>| {
                moment
                    .timestamp_nanos_opt()
                    .ok_or_else(|| Error::internal("an instant out of reach", &moment))
            };
            Ok(Entry {
                id: Number(row.number).to_string(),
                policy: row.package,
                rule: row.rule,
                resources: row.resources,
                starts_ns: ns(row.decided_at)?,
                expires_ns: ns(row.ends_at)?,
                ticket: row.ticket,
                category: row.category,
            })
        })
        .collect()
}
