//! Following runs as they train: what `quell run` and `quell watch` do after they have begun.

mod bars;
mod lines;
mod plain;
mod tail;

pub(super) use bars::Bars;
pub(super) use lines::{JsonLines, line};
pub(super) use plain::Plain;

use crate::store::{Event, Follower, RunRecord, State, Store};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;
use tail::Tail;

/// How often the store is looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// Where the news of followed runs go.
pub(super) trait Sink {
    /// A run is seen for the first time; one that is over already has no events to come.
    fn begin(&mut self, run: &RunRecord) -> anyhow::Result<()>;
    /// A line was added to a run's event log.
    fn event(&mut self, run: &RunRecord, event: &Event) -> anyhow::Result<()>;
    /// A run is in another state than before.
    fn state(&mut self, run: &RunRecord, before: State) -> anyhow::Result<()>;
    /// All followed runs as they now are, after their news.
    fn tick(&mut self, runs: &[&RunRecord]) -> anyhow::Result<()>;
    /// Something that is not about one run, for the user to read.
    fn note(&mut self, text: &str) -> anyhow::Result<()>;
}

/// Which runs are followed.
pub(super) enum Which {
    /// These, each from this place in its event log: what lies before it is no news.
    Ids(HashMap<String, u64>),
    /// All that are not over, those that begin later among them.
    Live,
}

struct Seen {
    state: State,
    tail: Tail,
}

/// Follows runs until all of them are over. `each` is called at every look with the runs as they
/// are, and may end it.
///
/// # Errors
/// From the store, the sink or `each`.
pub(super) fn follow(
    store: &Store,
    which: &Which,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&[&RunRecord], &mut dyn Sink) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<Vec<RunRecord>> {
    let mut follower = Follower::new(store.clone());
    let mut seen: HashMap<String, Seen> = HashMap::new();
    loop {
        follower.poll()?;
        let runs: Vec<&RunRecord> = follower
            .runs()
            .iter()
            .filter(|run| match which {
                Which::Ids(ids) => ids.contains_key(&run.id),
                Which::Live => seen.contains_key(&run.id) || !run.state.is_over(),
            })
            .collect();
        for run in &runs {
            tell(store, which, run, &mut seen, sink)?;
        }
        sink.tick(&runs)?;
        let stop = each(&runs, sink)?.is_break();
        if stop || runs.iter().all(|r| r.state.is_over()) {
            return Ok(runs.into_iter().cloned().collect());
        }
        std::thread::sleep(PERIOD);
    }
}

/// Tells the sink what is new about a run.
fn tell(
    store: &Store,
    which: &Which,
    run: &RunRecord,
    seen: &mut HashMap<String, Seen>,
    sink: &mut dyn Sink,
) -> anyhow::Result<()> {
    let known = match seen.get_mut(&run.id) {
        Some(known) => known,
        None => {
            sink.begin(run)?;
            let path = store.run_dir(&run.id).join("events.jsonl");
            let tail = match which {
                Which::Ids(ids) => Tail::from(path, ids.get(&run.id).copied().unwrap_or(0)),
                Which::Live => Tail::from_end(path),
            };
            seen.entry(run.id.clone()).or_insert(Seen {
                state: run.state,
                tail,
            })
        }
    };
    for event in known.tail.read()? {
        sink.event(run, &event)?;
    }
    let before = std::mem::replace(&mut known.state, run.state);
    if before != run.state {
        sink.state(run, before)?;
    }
    Ok(())
}

/// Where the event log of a run ends now.
pub(super) fn log_end(store: &Store, id: &str) -> u64 {
    std::fs::metadata(store.run_dir(id).join("events.jsonl")).map_or(0, |m| m.len())
}
