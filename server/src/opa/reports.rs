//! Status reports on their way to the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use portal::{
    Actor, Environment, Error, Portal,
    fleet::{self, Reported},
};
use tokio::sync::Notify;

/// A fleet is smaller than this; what is beyond it is not kept while the database is away.
const MOST: usize = 20_000;

/// Environment, name and process: two processes may go by one name.
type Key = (Environment, String, String);

/// The newest report of each process that is not yet stored. A report is the whole state, so the one
/// before it need not be kept.
#[derive(Default)]
pub(crate) struct Reports {
    waiting: Mutex<HashMap<Key, (Actor, Reported)>>,
    some: Notify,
}

impl Reports {
    pub(crate) fn take(&self, actor: Actor, reported: Reported) {
        let key = (reported.environment.clone(), reported.name.clone(), reported.process.clone());
        let mut waiting = self.waiting.lock().expect("nothing panics while it holds this lock");
        if waiting.len() < MOST || waiting.contains_key(&key) {
            waiting.insert(key, (actor, reported));
            self.some.notify_one();
        }
    }

    /// Stores reports for as long as the program runs; what cannot be stored now is tried again.
    pub(crate) async fn keep(self: Arc<Self>, portal: Portal) {
        loop {
            self.some.notified().await;
            let taken: Vec<_> = {
                let mut waiting = self.waiting.lock().expect("nothing panics while it holds this lock");
                waiting.drain().collect()
            };
            let mut away = false;
            for (key, (actor, reported)) in taken {
                if away {
                    self.put_back(key, actor, reported);
                    continue;
                }
                match fleet::report(&portal, &actor, &reported).await {
                    Ok(()) => {}
                    Err(Error::Unavailable(_)) => {
                        away = true;
                        self.put_back(key, actor, reported);
                    }
                    Err(error) => {
                        let (environment, name, _) = key;
                        tracing::warn!(%environment, name, %error, "a status report was not kept");
                    }
                }
            }
            if away {
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.some.notify_one();
            }
        }
    }

    /// Unless a newer one came meanwhile.
    fn put_back(&self, key: Key, actor: Actor, reported: Reported) {
        let mut waiting = self.waiting.lock().expect("nothing panics while it holds this lock");
        waiting.entry(key).or_insert((actor, reported));
    }
}
