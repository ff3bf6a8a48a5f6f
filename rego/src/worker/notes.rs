//! Notes of `trace`: regorus gathers them and hands them to nobody, and its `trace` is not true but its text.

use std::sync::{Arc, Mutex};

use regorus::{Engine, Value};

/// Bytes of the notes of one evaluation; what comes later is left out.
const MOST: usize = 1 << 20;

/// Where the notes of an engine come together, while somebody wants them.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Option<Taken>>>);

#[derive(Default)]
struct Taken {
    notes: Vec<String>,
    size: usize,
}

impl Notes {
    /// Gives the engine a `trace` that is OPA's: true of any text, and noted.
    pub(super) fn listen(&self, engine: &mut Engine) -> anyhow::Result<()> {
        let taken = Arc::clone(&self.0);
        let trace = move |arguments: Vec<Value>| {
            let [Value::String(text)] = arguments.as_slice() else { return Ok(Value::Undefined) };
            if let Some(taken) = taken.lock().expect("nothing panics while it holds this lock").as_mut() {
                taken.add(text);
            }
            Ok(Value::Bool(true))
        };
        engine.add_extension("trace".into(), 1, Box::new(trace))
    }

    /// From here on, notes are kept.
    pub(super) fn begin(&self) {
        *self.0.lock().expect("nothing panics while it holds this lock") = Some(Taken::default());
    }

    /// The notes since the beginning; from here on, none are kept.
    pub(super) fn end(&self) -> Vec<String> {
        let taken = self.0.lock().expect("nothing panics while it holds this lock").take();
        taken.unwrap_or_default().notes
    }
}

impl Taken {
    fn add(&mut self, text: &str) {
        // An empty note takes room too.
        self.size = self.size.saturating_add(text.len() + size_of::<String>());
        if self.size <= MOST {
            self.notes.push(text.to_owned());
        }
    }
}
