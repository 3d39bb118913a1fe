//! Choosing among the settings of a method, as papers show the best one per noise level: by
//! validation accuracy, never by test accuracy.

use super::diff::differing;
use super::field::metric;
use super::stat::{Scope, Stat};
use crate::spec::{Method, Monitor};
use crate::store::RunRecord;
use std::fmt;

/// What became of runs of one method with several settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One setting counts.
    Chosen {
        /// What tells it from the others, such as `p 0.3`.
        setting: String,
        /// How many there are.
        of: usize,
    },
    /// None counts yet: the choice would not be fair before every setting has finished with the same
    /// seeds and folds.
    Waits {
        /// How many there are.
        of: usize,
    },
}

impl Choice {
    /// How many settings there are to choose from.
    pub fn of(&self) -> usize {
        match self {
            Self::Chosen { of, .. } | Self::Waits { of } => *of,
        }
    }

    /// The setting, where there is one already.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::Chosen { setting, .. } => Some(setting),
            Self::Waits { .. } => None,
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen { setting, of } => write!(f, "{setting}: best of {of} by validation"),
            Self::Waits { of } => write!(
                f,
                "{of} settings, not all finished with the same seeds and folds"
            ),
        }
    }
}

/// The runs that count among `runs`, and why. Where these are of one method and differ in nothing but
/// its settings, seed and fold, the setting with the best mean validation accuracy (F1 where there are
/// Action Units; at the epoch that validation selects, noisy labels) counts alone; equals go by their words. Otherwise all of them
/// count, as they do without validation images.
pub fn tune<'a>(runs: &[&'a RunRecord], scope: Scope) -> (Vec<&'a RunRecord>, Option<Choice>) {
    let all = || (runs.to_vec(), None);
    let mut settings: Vec<(&Method, Vec<&'a RunRecord>)> = Vec::new();
    for &run in runs {
        let method = &run.spec.method;
        match settings.iter_mut().find(|(known, _)| *known == method) {
            Some((_, list)) => list.push(run),
            None => settings.push((method, vec![run])),
        }
    }
    let name = settings.first().map(|(method, _)| method.name());
    if settings.len() < 2
        || settings
            .iter()
            .any(|(method, _)| Some(method.name()) != name)
        || !differing(runs).iter().all(|key| key.starts_with("method."))
        || runs.iter().any(|run| run.spec.data.validation == 0.0)
        // What the test set decided is no rival of what validation does.
        || settings.iter().any(|(method, _)| watches_test_set(method))
    {
        return all();
    }
    let of = settings.len();
    let seeds = |list: &[&RunRecord]| {
        let train = list.iter().map(|r| &r.spec.train);
        let mut seeds: Vec<_> = train.map(|t| (t.seed, t.fold)).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    };
    let has_figures = |run: &&RunRecord| {
        let summary = run.status.summary.as_ref();
        scope.takes(run) && summary.is_some_and(|s| s.epochs > 0)
    };
    let first = seeds(&settings[0].1);
    if !runs.iter().all(has_figures) || settings.iter().any(|(_, list)| seeds(list) != first) {
        return (Vec::new(), Some(Choice::Waits { of }));
    }
    let words = words(
        &settings
            .iter()
            .map(|(method, _)| *method)
            .collect::<Vec<_>>(),
    );
    let mut judged = Vec::new();
    for ((_, list), words) in settings.into_iter().zip(words) {
        let score = |run: &&RunRecord| match run.spec.data.set.has_units() {
            true => metric(run, "val_f1_selected"),
            false => metric(run, "val_acc_selected"),
        };
        let accuracies = list.iter().map(score);
        // Runs of an older quell do not say.
        let Some(accuracies) = accuracies.collect::<Option<Vec<f64>>>() else {
            return all();
        };
        let mean = Stat::of(accuracies).map_or(f64::NEG_INFINITY, |stat| stat.mean);
        judged.push((mean, words, list));
    }
    judged.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    match judged.into_iter().next() {
        Some((_, setting, list)) => (list, Some(Choice::Chosen { setting, of })),
        None => all(),
    }
}

fn watches_test_set(method: &Method) -> bool {
    matches!(method, Method::EarlyStopping(settings) if settings.monitor == Monitor::Oracle)
}

/// What tells each of the settings from the others, in words.
fn words(methods: &[&Method]) -> Vec<String> {
    let split = |method: &&Method| -> Vec<String> {
        let words = method.settings();
        words.split(", ").map(String::from).collect()
    };
    let lists: Vec<Vec<String>> = methods.iter().map(split).collect();
    let common = |word: &String| lists.iter().all(|list| list.contains(word));
    let own = lists.iter().map(|list| {
        let own: Vec<&str> = (list.iter().filter(|w| !common(w)))
            .map(String::as_str)
            .collect();
        own.join(", ")
    });
    own.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::tuned;
    use super::*;
    use crate::spec::{Dropout, Elr, PruneWeights};
    use crate::store::State;

    /// The runs at 40 % noise.
    fn noisy(runs: &[RunRecord]) -> Vec<&RunRecord> {
        runs.iter().filter(|r| r.spec.noise.rate == 0.4).collect()
    }

    #[test]
    fn validation_chooses_and_test_accuracy_does_not() {
        let mut runs = tuned();
        let (counted, choice) = tune(&noisy(&runs), Scope::Finished);
        let choice = choice.unwrap();
        assert_eq!(choice.setting(), Some("p 0.3"));
        assert_eq!(choice.to_string(), "p 0.3: best of 3 by validation");
        assert_eq!(counted.len(), 2);
        assert!(
            counted
                .iter()
                .all(|r| r.spec.method == Method::Dropout(Dropout { p: 0.3 }))
        );
        // In the made runs another setting is better on the test set, and it does not matter.
        let test = |list: &[&RunRecord]| {
            Stat::of(list.iter().filter_map(|r| metric(r, "test_acc_last")))
                .unwrap()
                .mean
        };
        let others: Vec<&RunRecord> = noisy(&runs)
            .into_iter()
            .filter(|r| r.spec.method == Method::Dropout(Dropout { p: 0.5 }))
            .collect();
        assert!(test(&others) > test(&counted));
        for run in &mut runs {
            if let Some(summary) = &mut run.status.summary {
                summary.test_acc_last = 1.0 - summary.test_acc_last;
            }
        }
        let (_, again) = tune(&noisy(&runs), Scope::Finished);
        assert_eq!(again, Some(choice));
    }

    #[test]
    fn equals_go_by_their_words_whatever_their_order() {
        let mut runs = tuned();
        for run in &mut runs {
            run.status.summary.as_mut().unwrap().val_acc_selected = Some(0.5);
        }
        let mut list = noisy(&runs);
        let first = tune(&list, Scope::Finished).1.unwrap();
        assert_eq!(first.setting(), Some("p 0.1"));
        list.reverse();
        assert_eq!(tune(&list, Scope::Finished).1, Some(first));
    }

    #[test]
    fn an_unfair_choice_waits() {
        let mut runs = tuned();
        let waits = |runs: &[RunRecord], scope| {
            let (counted, choice) = tune(&noisy(runs), scope);
            choice == Some(Choice::Waits { of: 3 }) && counted.is_empty()
        };
        assert!(!waits(&runs, Scope::Finished));
        let last = runs.len() - 1;
        runs[last].state = State::Running;
        assert!(waits(&runs, Scope::Finished));
        // With unfinished runs counted, it has a figure already.
        assert!(!waits(&runs, Scope::All));
        runs[last].status.summary = None;
        assert!(waits(&runs, Scope::All));
        // The other settings have a seed more.
        runs.pop();
        assert!(waits(&runs, Scope::Finished));
    }

    #[test]
    fn what_differs_otherwise_or_has_no_validation_is_not_chosen_from() {
        let unchosen = |runs: &[RunRecord]| {
            let list = noisy(runs);
            let (counted, choice) = tune(&list, Scope::Finished);
            choice.is_none() && counted.len() == list.len()
        };
        let runs = tuned();
        assert!(!unchosen(&runs));
        let last = runs.len() - 1;
        let mut other = runs.clone();
        other[last].spec.train.lr = 0.5;
        assert!(unchosen(&other));
        let mut other = runs.clone();
        other[last].spec.method = Method::Elr(Elr::default());
        assert!(unchosen(&other));
        let mut other = runs.clone();
        other.iter_mut().for_each(|r| r.spec.data.validation = 0.0);
        assert!(unchosen(&other));
        let mut older = runs.clone();
        older[last]
            .status
            .summary
            .as_mut()
            .unwrap()
            .val_acc_selected = None;
        assert!(unchosen(&older));
        let (counted, choice) = tune(&[&runs[0]], Scope::Finished);
        assert_eq!((counted.len(), choice), (1, None));
        assert_eq!(tune(&[], Scope::Finished), (Vec::new(), None));
    }

    #[test]
    fn only_what_differs_is_said() {
        let at = |sparsity, start| {
            Method::PruneWeights(PruneWeights {
                sparsity,
                start,
                ..Default::default()
            })
        };
        let (a, b, c) = (at(0.5, 0.5), at(0.9, 0.5), at(0.9, 0.25));
        assert_eq!(words(&[&a, &b]), ["sparsity 0.5", "sparsity 0.9"]);
        let all = words(&[&a, &b, &c]);
        assert_eq!(all[2], "sparsity 0.9, start 0.25");
    }
}
