//! Baselines and their settings. A setting may hold a list of values: each is run.

use super::names::{MethodName, Monitor, PruneSchedule, Transition};
use super::one_or_many::OneOrMany;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// With which bit-widths the baselines other than `none` are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselinesAt {
    /// With every bit-width: the full product.
    All,
    /// At full precision only: rivals of quantization, not additions to it.
    Fp32,
}

/// Declares the settings of each baseline twice: with one value each for a run, and with lists of
/// values for an experiment.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident, $grid:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty = $default:expr;)+
    })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        $(#[$doc])*
        ///
        /// Each setting with one value or several.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $grid {
            $($(#[$fdoc])* pub $field: OneOrMany<$type>,)+
        }

        impl Default for $grid {
            fn default() -> Self {
                Self { $($field: OneOrMany::from($default),)+ }
            }
        }

        impl $grid {
            /// Every combination of values.
            pub fn points(&self) -> Vec<$name> {
                let mut points = vec![$name::default()];
                $(
                    let values = self.$field.distinct();
                    let with = |point: &$name| {
                        let at = |value: &$type| {
                            let mut point = point.clone();
                            point.$field = value.clone();
                            point
                        };
                        values.iter().map(at).collect::<Vec<_>>()
                    };
                    points = points.iter().flat_map(with).collect();
                )+
                points
            }
        }
    )+ };
}

settings! {
    /// Settings of early stopping.
    EarlyStopping, EarlyStoppingGrid {
        /// Epochs without a better accuracy before training ends.
        patience: usize = 5;
        /// Which labels are watched.
        monitor: Monitor = Monitor::NoisyValidation;
    }
    /// Settings of weight decay.
    WeightDecay, WeightDecayGrid {
        /// Factor of the L2 penalty added to the gradient of weights (not of biases or norms).
        lambda: f64 = 5e-4;
    }
    /// Settings of dropout.
    Dropout, DropoutGrid {
        /// Probability of dropping a feature, 0–1.
        p: f64 = 0.5;
    }
    /// Settings of label smoothing.
    LabelSmoothing, LabelSmoothingGrid {
        /// Share of the target spread evenly over the classes, 0–1.
        alpha: f64 = 0.1;
    }
    /// Settings of Robin Hood smoothing.
    RobinHood, RobinHoodGrid {
        /// Share of the target of a frequent label spread evenly over both, 0–1.
        alpha: f64 = 0.1;
    }
    /// Settings of mixup.
    Mixup, MixupGrid {
        /// Both parameters of the Beta distribution that shares come from, above 0.
        alpha: f64 = 1.0;
    }
    /// Settings of generalised cross-entropy.
    Gce, GceGrid {
        /// Between cross-entropy (towards 0) and mean absolute error (1).
        q: f64 = 0.7;
    }
    /// Settings of symmetric cross-entropy.
    Sce, SceGrid {
        /// Factor of cross-entropy.
        alpha: f64 = 0.1;
        /// Factor of reverse cross-entropy, with log 0 := log 1e-4.
        beta: f64 = 1.0;
    }
    /// Settings of soft bootstrapping.
    Bootstrap, BootstrapGrid {
        /// Share of the label in the target; the rest is the network's own prediction.
        beta: f64 = 0.95;
    }
    /// Settings of forward correction.
    Forward, ForwardGrid {
        /// Where the transition matrix comes from.
        transition: Transition = Transition::Known;
    }
    /// Settings of early-learning regularisation.
    Elr, ElrGrid {
        /// Factor of the regularisation.
        lambda: f64 = 3.0;
        /// Share that the averaged predictions keep at each epoch, 0–1.
        beta: f64 = 0.7;
    }
    /// Settings of co-teaching.
    CoTeaching, CoTeachingGrid {
        /// Share of each batch that is left out in the end.
        forget_rate: ForgetRate = ForgetRate::Actual;
        /// Epochs over which it rises from nothing.
        ramp: usize = 10;
    }
    /// Settings of structured pruning.
    PruneChannels, PruneChannelsGrid {
        /// Share of each layer's channels that is pruned, 0–1.
        sparsity: f64 = 0.5;
        /// All at once or little by little.
        schedule: PruneSchedule = PruneSchedule::OneShot;
        /// Share of the epochs before pruning begins, 0–1.
        start: f64 = 0.5;
        /// Share of the epochs after which a cubic schedule is complete.
        end: f64 = 0.75;
    }
    /// Settings of unstructured pruning.
    PruneWeights, PruneWeightsGrid {
        /// Share of each layer's weights that is pruned, 0–1.
        sparsity: f64 = 0.9;
        /// All at once or little by little.
        schedule: PruneSchedule = PruneSchedule::OneShot;
        /// Share of the epochs before pruning begins, 0–1.
        start: f64 = 0.5;
        /// Share of the epochs after which a cubic schedule is complete.
        end: f64 = 0.75;
    }
    /// Settings of the low-rank baseline.
    LowRank, LowRankGrid {
        /// Share of each layer's full rank that is kept, above 0, at most 1.
        rank: f64 = 0.25;
        /// Share of the epochs before layers are factored, 0–1.
        start: f64 = 0.5;
    }
    /// Settings of the narrower network.
    Narrow, NarrowGrid {
        /// Factor on the width that `model.width` gives.
        width: f64 = 0.5;
    }
    /// Settings of distillation.
    Distillation, DistillationGrid {
        /// Temperature that softens both predictions, above 0.
        temperature: f64 = 4.0;
        /// Share of the teacher in the loss, 0–1; the rest is cross-entropy with the labels.
        share: f64 = 0.9;
    }
    /// Settings of weight noise.
    WeightNoise, WeightNoiseGrid {
        /// The bit-width whose rounding error has the noise's variance, 2–8.
        bits: u8 = 4;
    }
}

/// Share of a batch that co-teaching leaves out: a number, or `actual`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForgetRate {
    /// The share of training labels that really are wrong: what a user does not have.
    Actual,
    /// A share, 0–1.
    Share(f64),
}

impl Serialize for ForgetRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Actual => serializer.serialize_str("actual"),
            Self::Share(share) => serializer.serialize_f64(*share),
        }
    }
}

impl<'de> Deserialize<'de> for ForgetRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "use \"actual\" or a share such as 0.4")]
        enum Text {
            Share(f64),
            Word(String),
        }
        match Text::deserialize(deserializer)? {
            Text::Share(share) => Ok(Self::Share(share)),
            Text::Word(word) if word == "actual" => Ok(Self::Actual),
            Text::Word(word) => Err(serde::de::Error::custom(format!(
                "`{word}` is no share: use \"actual\" or a number such as 0.4"
            ))),
        }
    }
}

/// Declares what is made of all baselines: that of a run, and the lists of an experiment.
macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident, $grid:ident, $section:ident;)+) => {
        /// The baseline of one run with its settings.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name", rename_all = "kebab-case")]
        pub enum Method {
            /// Plain training.
            None,
            $($(#[$doc])* $variant($variant),)+
        }

        impl Method {
            /// Which baseline it is.
            pub fn name(&self) -> MethodName {
                match self {
                    Self::None => MethodName::None,
                    $(Self::$variant(_) => MethodName::$variant,)+
                }
            }
        }

        /// Baselines and their settings.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
        pub struct MethodGrid {
            /// Which baselines; each run has one.
            pub names: Vec<MethodName>,
            /// With which bit-widths baselines other than `none` are combined.
            pub at: BaselinesAt,
            $($(#[$doc])* pub $section: $grid,)+
        }

        impl Default for MethodGrid {
            fn default() -> Self {
                Self {
                    names: vec![MethodName::None],
                    at: BaselinesAt::All,
                    $($section: $grid::default(),)+
                }
            }
        }

        impl MethodGrid {
            /// The baseline `name` at every combination of its settings.
            pub fn points(&self, name: MethodName) -> Vec<Method> {
                match name {
                    MethodName::None => vec![Method::None],
                    $(MethodName::$variant => {
                        let points = self.$section.points();
                        points.into_iter().map(Method::$variant).collect()
                    })+
                }
            }
        }
    };
}

methods! {
    /// Stop when validation accuracy has stopped rising.
    EarlyStopping, EarlyStoppingGrid, early_stopping;
    /// L2 penalty.
    WeightDecay, WeightDecayGrid, weight_decay;
    /// Dropout: after each hidden layer of an mlp, before the classifier of a convolutional network.
    Dropout, DropoutGrid, dropout;
    /// Soft targets.
    LabelSmoothing, LabelSmoothingGrid, label_smoothing;
    /// Soft targets for each Action Unit's majority only.
    RobinHood, RobinHoodGrid, robin_hood;
    /// Mixtures of two images and their targets.
    Mixup, MixupGrid, mixup;
    /// Generalised cross-entropy.
    Gce, GceGrid, gce;
    /// Symmetric cross-entropy.
    Sce, SceGrid, sce;
    /// Soft bootstrapping.
    Bootstrap, BootstrapGrid, bootstrap;
    /// Forward correction of the loss.
    Forward, ForwardGrid, forward;
    /// Early-learning regularisation.
    Elr, ElrGrid, elr;
    /// Two networks that choose samples for each other.
    CoTeaching, CoTeachingGrid, co_teaching;
    /// Structured pruning by L1 norm.
    PruneChannels, PruneChannelsGrid, prune_channels;
    /// Unstructured pruning by magnitude.
    PruneWeights, PruneWeightsGrid, prune_weights;
    /// Truncated singular value decomposition of each layer.
    LowRank, LowRankGrid, low_rank;
    /// A narrower network.
    Narrow, NarrowGrid, narrow;
    /// A teacher at full precision.
    Distillation, DistillationGrid, distillation;
    /// Gaussian noise on the weights.
    WeightNoise, WeightNoiseGrid, weight_noise;
}

impl Method {
    /// Its settings in words, such as `alpha 0.1, beta 1`; empty for plain training.
    pub fn settings(&self) -> String {
        // Settings are plain data with string keys, so they always have a TOML form.
        let table = toml::Table::try_from(self).unwrap_or_default();
        let settings = table.iter().filter(|(key, _)| *key != "name");
        let words = settings.map(|(key, value)| match value {
            toml::Value::String(text) => format!("{key} {text}"),
            toml::Value::Float(x) => format!("{key} {x}"),
            other => format!("{key} {other}"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Whether a network is trained for as many epochs before the run's own.
    pub fn trains_first(&self) -> bool {
        match self {
            Self::Distillation(_) => true,
            Self::Forward(settings) => settings.transition == Transition::Estimated,
            _ => false,
        }
    }

    /// What a training step costs, of a plain one: a backward pass costs about two forward passes.
    pub fn step_cost(&self) -> f64 {
        match self {
            Self::CoTeaching(_) => 2.0,
            // The teacher's forward pass beside a whole step.
            Self::Distillation(_) => 4.0 / 3.0,
            _ => 1.0,
        }
    }

    /// Whether it is run at full precision only, whatever bit-widths a grid has: weight noise stands
    /// in for a quantizer.
    pub fn replaces_quantizer(&self) -> bool {
        matches!(self, Self::WeightNoise(_))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_baseline_has_settings_under_its_own_name() {
        let grid = MethodGrid::default();
        let table = toml::Table::try_from(&grid).unwrap();
        for &name in MethodName::ALL {
            let points = grid.points(name);
            assert_eq!(points.len(), 1, "{name}");
            assert_eq!(points[0].name(), name);
            let written = toml::Table::try_from(&points[0]).unwrap();
            assert_eq!(written["name"].as_str().unwrap(), name.as_str());
            assert_eq!(written.clone().try_into::<Method>().unwrap(), points[0]);
            if name != MethodName::None {
                assert!(table[name.as_str()].is_table(), "{name}");
            }
        }
    }

    #[test]
    fn lists_of_settings_make_every_combination_once() {
        let text = "[sce]\nalpha = [0.1, 6.0]\nbeta = [1, 0.1, 1]\n[dropout]\np = 0.3";
        let grid: MethodGrid = toml::from_str(text).unwrap();
        let found = grid.points(MethodName::Sce);
        let pairs: Vec<(f64, f64)> = found
            .iter()
            .filter_map(|m| match m {
                Method::Sce(s) => Some((s.alpha, s.beta)),
                _ => None,
            })
            .collect();
        assert_eq!(pairs, [(0.1, 1.0), (0.1, 0.1), (6.0, 1.0), (6.0, 0.1)]);
        assert_eq!(
            grid.points(MethodName::Dropout),
            [Method::Dropout(Dropout { p: 0.3 })]
        );
    }

    #[test]
    fn a_forget_rate_is_a_word_or_a_share() {
        let read = |text: &str| toml::from_str::<CoTeachingGrid>(text).map(|g| g.forget_rate.0);
        assert_eq!(
            read("forget_rate = \"actual\"").unwrap(),
            [ForgetRate::Actual]
        );
        let both = read("forget_rate = [0.2, \"actual\"]").unwrap();
        assert_eq!(both, [ForgetRate::Share(0.2), ForgetRate::Actual]);
        let error = read("forget_rate = \"some\"").unwrap_err().to_string();
        assert!(error.contains("use \"actual\" or a number"), "{error}");
    }
}
