//! Short names that tell runs apart.

use super::rows::clean;
use super::state::known;
use crate::store::RunRecord;

/// Keys that a name is made of, where the runs differ in them.
const PARTS: [(&str, &str); 11] = [
    ("dataset", ""),
    ("model", ""),
    ("noise_kind", ""),
    ("noise_rate", "noise "),
    ("treatment", ""),
    ("width", "width "),
    ("batch_norm", "bn "),
    ("epochs", "epochs "),
    ("lr", "lr "),
    ("seed", "seed "),
    ("sweep", ""),
];

/// A name for each run: what it differs in from the others. Runs that this does not tell apart, and
/// a single run, have their id.
pub fn labels(runs: &[&RunRecord]) -> Vec<String> {
    let parts: Vec<_> = PARTS
        .iter()
        .map(|(name, prefix)| (known(name), *prefix))
        .filter(|(field, _)| runs.iter().any(|r| field.value(r) != field.value(runs[0])))
        .collect();
    let name = |run: &&RunRecord| {
        let texts = parts
            .iter()
            .map(|(f, prefix)| format!("{prefix}{}", f.format(&f.value(run))));
        clean(&texts.collect::<Vec<_>>().join(" "))
    };
    let names: Vec<String> = runs.iter().map(name).collect();
    let unique =
        |name: &String| !name.is_empty() && names.iter().filter(|n| *n == name).count() == 1;
    let both = names.iter().zip(runs);
    both.map(|(name, run)| {
        if unique(name) {
            name.clone()
        } else {
            clean(&run.id)
        }
    })
    .collect()
}

/// The last part of an id, which tells runs of one spec's stem apart.
pub fn short_id(id: &str) -> String {
    let mut parts = id.rsplit('-');
    let last = parts.next().unwrap_or(id);
    // A repetition of the same spec has a number behind the hash.
    let text = match parts.next() {
        Some(hash) if last.len() < 8 => format!("{hash}-{last}"),
        _ => last.to_owned(),
    };
    clean(&text)
}
