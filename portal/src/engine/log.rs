//! What the embedded engine decided, on its way to the decision log.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rego::worker::{Answer, Failure};
use serde_json::{json, value::RawValue};
use uuid::Uuid;

use super::{queue::Queue, stamp};
use crate::{
    Actor, Environment, Portal,
    access::Job,
    decision::{Batch, Event, keep},
    policy::Bundle,
};

const CHUNK: usize = 500;

/// One decision as it was made.
pub struct Decided {
    pub decision_id: Uuid,
    pub environment: Environment,
    pub path: String,
    pub revisions: Vec<(Bundle, String)>,
    pub at: DateTime<Utc>,
    pub took: Duration,
    pub body: Bytes,
    pub answer: Result<Answer, Failure>,
}

/// Decisions on their way; see the queue for those that there is no room for.
pub struct Log {
    portal: Portal,
    queue: Queue,
}

impl Log {
    pub fn new(portal: Portal) -> Self {
        Self { portal, queue: Queue::default() }
    }

    pub(super) fn note(&self, decided: Decided) {
        self.queue.put(decided);
    }

    pub(super) fn lost(&self) -> u64 {
        self.queue.lost()
    }

    /// Writes batches until the program ends. A batch that cannot be written is tried again; the queue holds
    /// what comes meanwhile, and counts what does not fit.
    pub(super) async fn keep(&self) {
        loop {
            for (environment, batch) in batches(self.queue.take(CHUNK).await.into_iter()) {
                self.write(environment, &batch).await;
            }
            self.queue.written();
        }
    }

    async fn write(&self, environment: Environment, batch: &Batch) {
        let mut pause = Duration::from_millis(100);
        while let Err(error) = keep(&self.portal, &Actor::Job(Job::Engine), environment.clone(), batch).await
        {
            if !matches!(error, crate::Error::Unavailable(_)) {
                tracing::error!(%error, "decisions of the embedded engine could not be stored");
                self.queue.lose(batch.events.len() as u64);
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }
}

impl Decided {
    /// Bytes of its body and result.
    pub(super) fn weight(&self) -> usize {
        self.body.len()
            + self.answer.as_ref().ok().and_then(|answer| answer.result.as_ref()).map_or(0, Bytes::len)
    }

    /// The event as OPA would log it (OPA's documentation, "Decision Logs").
    fn event(&self) -> Event {
        let bundles = self
            .revisions
            .iter()
            .map(|(bundle, revision)| (bundle.to_string(), json!({ "revision": revision })));
        let mut event = json!({
            "labels": { "id": "embedded", "instance": "embedded", "engine": "regorus" },
            "decision_id": self.decision_id,
            "path": self.path,
            "timestamp": stamp(self.at),
            "bundles": bundles.collect::<serde_json::Map<_, _>>(),
            "metrics": { "timer_server_handler_ns": self.took.as_nanos() as u64 },
        });
        match &self.answer {
            Ok(answer) => {
                event["input"] = parsed(self.body.get(answer.input.clone()).unwrap_or_default());
                if let Some(result) = &answer.result {
                    event["result"] = parsed(result);
                }
            }
            Err(failure) => {
                event["error"] = json!({ "code": "evaluation_error", "message": failure.to_string() })
            }
        }
        Event {
            decision_id: self.decision_id.to_string(),
            instance: "embedded".into(),
            path: self.path.clone(),
            at: self.at,
            event: RawValue::from_string(event.to_string()).expect("an event is JSON"),
        }
    }
}

fn parsed(json: &[u8]) -> serde_json::Value {
    serde_json::from_slice(json).unwrap_or_default()
}

fn batches(decided: impl Iterator<Item = Decided>) -> Vec<(Environment, Batch)> {
    let mut batches: Vec<(Environment, Batch)> = Vec::new();
    for decided in decided {
        let event = decided.event();
        match batches.iter_mut().find(|(environment, _)| *environment == decided.environment) {
            Some((_, batch)) => batch.events.push(event),
            None => batches.push((decided.environment, Batch { events: vec![event], quarantined: vec![] })),
        }
    }
    batches
}
