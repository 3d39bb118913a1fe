//! The fields of the form: one table.

use crate::device::DeviceInfo;
use crate::spec::{
    ActivationGrid, Augment, DataSet, Experiment, LayerPolicy, MethodName, ModelName, Monitor,
    NoiseKind, NormFolding, OptimizerName, PruneSchedule, QuantizerName, Scales, ScheduleName,
    Transition, WeightRange,
};

/// One field.
#[derive(Debug)]
pub struct Field {
    /// The part of the spec that it belongs to.
    pub group: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Its dotted key in the spec.
    pub key: &'static str,
    /// How it is edited.
    pub kind: Kind,
    /// What stands where it has no value.
    pub empty: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Where it is shown.
    pub shown: Shown,
}

/// How a field is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A line of text.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Numbers with commas between.
    Numbers,
    /// Whole numbers with commas between.
    Wholes,
    /// Words with commas between, or a choice of several.
    Words,
    /// Numbers or words with commas between.
    Mixed,
    /// Pairs of whole numbers such as `9>1`, with commas between.
    Pairs,
    /// A choice of several.
    Several,
    /// One of a list.
    One,
    /// Launches the grid.
    Launch,
}

impl Kind {
    /// Whether the value is a list.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::Numbers | Self::Wholes | Self::Words | Self::Mixed | Self::Pairs | Self::Several
        )
    }
}

/// One entry of a list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value as TOML; empty to leave the field out.
    pub value: String,
    /// Its name.
    pub name: String,
    /// One line of help.
    pub help: String,
}

const fn field(
    group: &'static str,
    label: &'static str,
    key: &'static str,
    kind: Kind,
    empty: &'static str,
    help: &'static str,
) -> Field {
    Field {
        group,
        label,
        key,
        kind,
        empty,
        help,
        shown: Shown::Always,
    }
}

/// Where a field is shown.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// Always.
    Always,
    /// Where it applies.
    Where(fn(&Experiment) -> bool),
    /// Where it applies, and either all fields are wanted or it has another value than this, which is
    /// empty for a field that is left out.
    Rarely(fn(&Experiment) -> bool, &'static str),
}

impl Field {
    /// Whether the form shows it: all fields that apply if they are `wanted`, else those that most
    /// users need and those that were changed.
    pub fn is_shown(&self, experiment: &Experiment, text: &str, wanted: bool) -> bool {
        match self.shown {
            Shown::Always => true,
            Shown::Where(applies) => applies(experiment),
            Shown::Rarely(applies, usual) => applies(experiment) && (wanted || text != usual),
        }
    }

    const fn only(mut self, applies: fn(&Experiment) -> bool) -> Self {
        self.shown = Shown::Where(applies);
        self
    }

    const fn rare(mut self, applies: fn(&Experiment) -> bool, usual: &'static str) -> Self {
        self.shown = Shown::Rarely(applies, usual);
        self
    }
}

fn any(_: &Experiment) -> bool {
    true
}

fn drawn(e: &Experiment) -> bool {
    e.data.set.is_synthetic()
}

fn pictures(e: &Experiment) -> bool {
    e.model.name != ModelName::Mlp
}

fn quantized(e: &Experiment) -> bool {
    e.quantizer.bits.iter().any(|b| !b.is_full_precision())
}

fn normed(e: &Experiment) -> bool {
    quantized(e) && e.model.has_batch_norm()
}

fn ranged(e: &Experiment) -> bool {
    quantized(e) && e.quantizer.name.0.iter().all(|n| n.has_weight_range())
}

fn with_momentum(e: &Experiment) -> bool {
    matches!(
        e.train.optimizer,
        OptimizerName::Sgd | OptimizerName::SgdNesterov
    )
}

/// Whether a baseline is among those that are run.
macro_rules! uses {
    ($name:ident) => {
        |e: &Experiment| e.method.names.contains(&MethodName::$name)
    };
}

/// What settings of baselines have in common.
const SETTING: &str = "Several values make a run each; tables show the best by validation.";

/// Every field, from top to bottom.
#[rustfmt::skip] // one field, one line: a table
pub static FIELDS: &[Field] = &[
    field("Data", "name", "name", Kind::Text, "", "Name of the sweep: letters, digits, - _ and ."),
    field("Data", "data set", "data.set", Kind::One, "", "Where the images come from."),
    field("Data", "folder", "data.dir", Kind::Text, "quell's data folder", "Folder of the data set's files; empty to search quell's data folder.").only(|e| !drawn(e)),
    field("Data", "image size", "data.size", Kind::Whole, "32", "Rows and columns that images of the folder are resized to, 8 to 224.").only(|e| e.data.set == DataSet::Folder),
    field("Data", "image size", "data.size", Kind::Whole, "48, or 64", "Rows and columns of the faces: 24 to 224 of drawn ones, else 8 to 224.").only(|e| e.data.set.has_units()),
    field("Data", "grey", "data.grey", Kind::One, "off", "Whether colours are left out.").only(|e| e.data.set.has_size()),
    field("Data", "subjects", "data.subjects", Kind::Whole, "41", "How many people are drawn.").only(drawn),
    field("Data", "frames", "data.frames", Kind::Whole, "48", "How many images of each of them.").only(drawn),
    field("Data", "train images", "data.train_limit", Kind::Whole, "all", "Use so many training images, drawn with the run's seed; empty for all."),
    field("Data", "test images", "data.test_limit", Kind::Whole, "all", "Use the first so many test images; empty for all.").rare(any, ""),
    field("Data", "validation", "data.validation", Kind::Number, "", "Share of the training images held out, 0 to 0.5.").rare(any, "0.1"),
    field("Data", "augmentation", "data.augment", Kind::One, "", "What is done to images in training.").rare(pictures, "none"),
    field("Network", "network", "model.name", Kind::One, "", "The network that is trained."),
    field("Network", "batch norm", "model.batch_norm", Kind::One, "as the network has it", "Batch norm after each convolution."),
    field("Network", "width", "model.width", Kind::Number, "", "Factor on channels or hidden units, 0.1 to 8.").rare(any, "1"),
    field("Network", "weights", "model.weights", Kind::Text, "drawn", "File to begin with: weights learned on ImageNet, .safetensors or PyTorch's .pth.").only(|e| e.model.name.has_published_weights()),
    field("Noise", "kind", "noise.kind", Kind::One, "", "How labels of the training set are re-drawn."),
    field("Noise", "rates", "noise.rates", Kind::Numbers, "", "Noise rates from 0 to 1: each is an axis value of the grid. Space shows a list."),
    field("Noise", "map", "noise.map", Kind::Pairs, "as the set is known for", "Which class is taken for which, such as 9>1, 2>0; classes count from 0.").only(|e| e.noise.kind == NoiseKind::Asymmetric),
    field("Noise", "file", "noise.file", Kind::Text, "none", "The file of labels: .pt or .npy as published, or a CSV of index,label.").only(|e| e.noise.kind.is_from_file()),
    field("Noise", "column", "noise.column", Kind::Text, "none", "Which labels of the file, such as worse_label.").only(|e| e.noise.kind == NoiseKind::Human),
    field("Quantizer", "quantizer", "quantizer.name", Kind::Several, "", "How weights and activations are rounded in training. Each takes the bits that it can have."),
    field("Quantizer", "bits", "quantizer.bits", Kind::Words, "", "Bit-widths: fp32, or weights and activations such as w4a4, w2a8. Space shows a list."),
    field("Quantizer", "activations", "quantizer.activations", Kind::One, "", "Grid of the activations.").rare(quantized, "unsigned"),
    field("Quantizer", "weight range", "quantizer.weight_range", Kind::One, "as the quantizer's", "Which codes weights use.").rare(ranged, ""),
    field("Quantizer", "scales", "quantizer.scales", Kind::One, "as the quantizer's", "Which weights share a scale.").rare(quantized, ""),
    field("Quantizer", "first layer", "quantizer.stem", Kind::One, "as the quantizer's", "Weights of the first layer.").rare(quantized, ""),
    field("Quantizer", "last layer", "quantizer.classifier", Kind::One, "as the quantizer's", "Weights and input of the last layer.").rare(quantized, ""),
    field("Quantizer", "starts after", "quantizer.start", Kind::Whole, "0", "Epochs at full precision before quantization begins.").rare(quantized, ""),
    field("Quantizer", "batch norm", "quantizer.batch_norm", Kind::One, "kept", "Whether weights are quantized with the factor of the norm behind them.").rare(normed, ""),
    field("Quantizer", "EMA momentum", "quantizer.ema_momentum", Kind::Number, "", "Share that the average of min-max activation ranges keeps at each step.").rare(quantized, "0.9"),
    field("Baselines", "baselines", "method.names", Kind::Several, "", "What runs do against label noise besides their bits."),
    field("Baselines", "at", "method.at", Kind::One, "", "With which bit-widths baselines are combined."),
    field("early stop", "patience", "method.early-stopping.patience", Kind::Wholes, "", "Epochs without a better accuracy before training ends.").only(uses!(EarlyStopping)),
    field("early stop", "monitor", "method.early-stopping.monitor", Kind::Several, "", "Which labels are watched.").only(uses!(EarlyStopping)),
    field("w. decay", "lambda", "method.weight-decay.lambda", Kind::Numbers, "", SETTING).only(uses!(WeightDecay)),
    field("dropout", "p", "method.dropout.p", Kind::Numbers, "", SETTING).only(uses!(Dropout)),
    field("smoothing", "alpha", "method.label-smoothing.alpha", Kind::Numbers, "", SETTING).only(uses!(LabelSmoothing)),
    field("robin h.", "alpha", "method.robin-hood.alpha", Kind::Numbers, "", SETTING).only(uses!(RobinHood)),
    field("mixup", "alpha", "method.mixup.alpha", Kind::Numbers, "", SETTING).only(uses!(Mixup)),
    field("gce", "q", "method.gce.q", Kind::Numbers, "", SETTING).only(uses!(Gce)),
    field("sce", "alpha", "method.sce.alpha", Kind::Numbers, "", SETTING).only(uses!(Sce)),
    field("sce", "beta", "method.sce.beta", Kind::Numbers, "", SETTING).only(uses!(Sce)),
    field("bootstrap", "beta", "method.bootstrap.beta", Kind::Numbers, "", SETTING).only(uses!(Bootstrap)),
    field("forward", "transition", "method.forward.transition", Kind::Several, "", "Where the transition matrix comes from.").only(uses!(Forward)),
    field("elr", "lambda", "method.elr.lambda", Kind::Numbers, "", SETTING).only(uses!(Elr)),
    field("elr", "beta", "method.elr.beta", Kind::Numbers, "", SETTING).only(uses!(Elr)),
    field("co-teach", "forget rate", "method.co-teaching.forget_rate", Kind::Mixed, "", "Share of each batch left out in the end: a number, or actual.").only(uses!(CoTeaching)),
    field("co-teach", "ramp", "method.co-teaching.ramp", Kind::Wholes, "", "Epochs over which it rises from nothing.").only(uses!(CoTeaching)),
    field("channels", "sparsity", "method.prune-channels.sparsity", Kind::Numbers, "", SETTING).only(uses!(PruneChannels)),
    field("channels", "schedule", "method.prune-channels.schedule", Kind::Several, "", "When channels are pruned.").only(uses!(PruneChannels)),
    field("channels", "start", "method.prune-channels.start", Kind::Numbers, "", "Share of the epochs before pruning begins.").rare(uses!(PruneChannels), "0.5"),
    field("channels", "end", "method.prune-channels.end", Kind::Numbers, "", "Share of the epochs after which a cubic schedule is complete.").rare(uses!(PruneChannels), "0.75"),
    field("weights", "sparsity", "method.prune-weights.sparsity", Kind::Numbers, "", SETTING).only(uses!(PruneWeights)),
    field("weights", "schedule", "method.prune-weights.schedule", Kind::Several, "", "When weights are pruned.").only(uses!(PruneWeights)),
    field("weights", "start", "method.prune-weights.start", Kind::Numbers, "", "Share of the epochs before pruning begins.").rare(uses!(PruneWeights), "0.5"),
    field("weights", "end", "method.prune-weights.end", Kind::Numbers, "", "Share of the epochs after which a cubic schedule is complete.").rare(uses!(PruneWeights), "0.75"),
    field("low rank", "rank", "method.low-rank.rank", Kind::Numbers, "", SETTING).only(uses!(LowRank)),
    field("low rank", "start", "method.low-rank.start", Kind::Numbers, "", "Share of the epochs before layers are factored.").rare(uses!(LowRank), "0.5"),
    field("narrow", "width", "method.narrow.width", Kind::Numbers, "", SETTING).only(uses!(Narrow)),
    field("distil", "temperature", "method.distillation.temperature", Kind::Numbers, "", SETTING).only(uses!(Distillation)),
    field("distil", "share", "method.distillation.share", Kind::Numbers, "", "Share of the teacher in the loss.").only(uses!(Distillation)),
    field("w. noise", "bits", "method.weight-noise.bits", Kind::Wholes, "", "The bit-width whose rounding error has the noise's variance.").only(uses!(WeightNoise)),
    field("Training", "seeds", "train.seeds", Kind::Wholes, "", "Each seed draws its own noise, weights and order; several give mean ± std."),
    field("Training", "folds", "train.folds", Kind::Wholes, "1, 2, 3", "Which thirds of the subjects are tested on, each in runs of its own.").only(|e| e.data.set.has_units()),
    field("Training", "epochs", "train.epochs", Kind::Whole, "", "Passes over the training images."),
    field("Training", "batch size", "train.batch_size", Kind::Whole, "", "Images per step."),
    field("Training", "optimiser", "train.optimizer", Kind::One, "", "The optimiser."),
    field("Training", "momentum", "train.momentum", Kind::Number, "", "Momentum of SGD.").rare(with_momentum, "0.9"),
    field("Training", "learning rate", "train.lr", Kind::Number, "", "Learning rate at the start, such as 1e-3."),
    field("Training", "schedule", "train.schedule", Kind::One, "", "How the learning rate falls."),
    field("Training", "warm-up", "train.warm_up", Kind::Number, "none", "Epochs in which the learning rate first rises in a line.").rare(|e| e.train.schedule != ScheduleName::OneCycle, ""),
    field("Training", "clip norm", "train.clip_norm", Kind::Number, "none", "Largest norm of all gradients together.").rare(any, ""),
    field("Training", "device", "train.device", Kind::One, "", "Where to train."),
    field("", "Launch", "", Kind::Launch, "", "Queue the grid and train it in the background."),
];

/// The place of the launch button, the last of all fields.
pub fn launch() -> usize {
    FIELDS.len() - 1
}

fn names<T: Copy>(
    all: &[T],
    text: fn(T) -> &'static str,
    help: fn(T) -> &'static str,
) -> Vec<Choice> {
    let entry = |x: &T| choice(&format!("\"{}\"", text(*x)), text(*x), help(*x));
    all.iter().map(entry).collect()
}

/// The names, and before them that nothing is said.
fn or_default(names: Vec<Choice>) -> Vec<Choice> {
    let default = choice("", "default", "what the quantizer is known for");
    std::iter::once(default).chain(names).collect()
}

fn choice(value: &str, name: &str, help: &str) -> Choice {
    Choice {
        value: value.into(),
        name: name.into(),
        help: help.into(),
    }
}

/// What can be chosen in a field; empty where there is no list.
pub fn choices(field: &Field, devices: &[DeviceInfo]) -> Vec<Choice> {
    match field.key {
        "data.set" => names(DataSet::ALL, DataSet::as_str, DataSet::help),
        "model.name" => names(ModelName::ALL, ModelName::as_str, ModelName::help),
        "model.batch_norm" => vec![
            choice("", "default", "off for mlp, cnn and au-cnn, on elsewhere"),
            choice("true", "on", "not for mlp"),
            choice("false", "off", "without batch norm"),
        ],
        "data.grey" => vec![
            choice("false", "off", "three colour channels"),
            choice("true", "on", "one channel"),
        ],
        "data.augment" => names(Augment::ALL, Augment::as_str, Augment::help),
        "quantizer.activations" => names(
            ActivationGrid::ALL,
            ActivationGrid::as_str,
            ActivationGrid::help,
        ),
        "quantizer.weight_range" => or_default(names(
            WeightRange::ALL,
            WeightRange::as_str,
            WeightRange::help,
        )),
        "quantizer.scales" => or_default(names(Scales::ALL, Scales::as_str, Scales::help)),
        "quantizer.stem" | "quantizer.classifier" => or_default(names(
            LayerPolicy::ALL,
            LayerPolicy::as_str,
            LayerPolicy::help,
        )),
        "quantizer.batch_norm" => names(NormFolding::ALL, NormFolding::as_str, NormFolding::help),
        "method.early-stopping.monitor" => names(Monitor::ALL, Monitor::as_str, Monitor::help),
        "method.forward.transition" => names(Transition::ALL, Transition::as_str, Transition::help),
        "method.prune-channels.schedule" | "method.prune-weights.schedule" => names(
            PruneSchedule::ALL,
            PruneSchedule::as_str,
            PruneSchedule::help,
        ),
        "noise.kind" => names(NoiseKind::ALL, NoiseKind::as_str, NoiseKind::help),
        "noise.rates" => ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.8"]
            .iter()
            .map(|r| choice(r, r.trim_end_matches(".0"), ""))
            .collect(),
        "quantizer.name" => names(
            QuantizerName::ALL,
            QuantizerName::as_str,
            QuantizerName::help,
        ),
        "quantizer.bits" => {
            let widths = (2..=8).rev().map(|b| format!("w{b}a{b}"));
            let few = ["w2a4", "w1a4", "w1a1"].map(String::from);
            let all = std::iter::once("fp32".to_string()).chain(widths).chain(few);
            all.map(|b| choice(&format!("\"{b}\""), &b, "")).collect()
        }
        "method.names" => names(MethodName::ALL, MethodName::as_str, MethodName::help),
        "method.at" => vec![
            choice(
                "\"fp32\"",
                "fp32",
                "at full precision only: rivals of quantization",
            ),
            choice("\"all\"", "all", "with every bit-width: the full product"),
        ],
        "train.optimizer" => names(
            OptimizerName::ALL,
            OptimizerName::as_str,
            OptimizerName::help,
        ),
        "train.schedule" => names(ScheduleName::ALL, ScheduleName::as_str, ScheduleName::help),
        "train.device" => {
            let mut all = vec![choice("\"auto\"", "auto", "the best GPU, else the CPU")];
            for device in devices {
                let help = format!("{} ({})", crate::store::clean(&device.name), device.backend);
                all.push(choice(&format!("\"{}\"", device.id), &device.id, &help));
            }
            if devices.is_empty() {
                all.push(choice("\"cpu\"", "cpu", "all cores of the CPU"));
                all.push(choice("\"wgpu\"", "wgpu", "the best GPU"));
            }
            all
        }
        _ => Vec::new(),
    }
}
