//! The fields of the form: one table.

use crate::device::DeviceInfo;
use crate::spec::{
    DataSet, MethodName, ModelName, NoiseKind, OptimizerName, QuantizerName, ScheduleName,
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
            Self::Numbers | Self::Wholes | Self::Words | Self::Several
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
    }
}

/// Every field, from top to bottom.
#[rustfmt::skip] // one field, one line: a table
pub static FIELDS: &[Field] = &[
    field("Data", "name", "name", Kind::Text, "", "Name of the sweep: letters, digits, - _ and ."),
    field("Data", "data set", "data.set", Kind::One, "", "Where the images come from."),
    field("Data", "folder", "data.dir", Kind::Text, "quell's data folder", "Folder of the data set's files; empty to search quell's data folder."),
    field("Data", "train images", "data.train_limit", Kind::Whole, "all", "Use so many training images, drawn with the run's seed; empty for all."),
    field("Network", "network", "model.name", Kind::One, "", "The network that is trained."),
    field("Network", "batch norm", "model.batch_norm", Kind::One, "as the network has it", "Batch norm after each convolution."),
    field("Noise", "kind", "noise.kind", Kind::One, "", "How labels of the training set are re-drawn."),
    field("Noise", "rates", "noise.rates", Kind::Numbers, "", "Noise rates from 0 to 1: each is an axis value of the grid. Space shows a list."),
    field("Quantizer", "quantizer", "quantizer.name", Kind::One, "", "How weights and activations are rounded in training."),
    field("Quantizer", "bits", "quantizer.bits", Kind::Words, "", "Bit-widths: fp32, or weights and activations such as w4a4, w2a8. Space shows a list."),
    field("Baselines", "baselines", "method.names", Kind::Several, "", "What runs do against label noise besides their bits."),
    field("Baselines", "at", "method.at", Kind::One, "", "With which bit-widths baselines are combined."),
    field("Training", "seeds", "train.seeds", Kind::Wholes, "", "Each seed draws its own noise, weights and order; several give mean ± std."),
    field("Training", "epochs", "train.epochs", Kind::Whole, "", "Passes over the training images."),
    field("Training", "batch size", "train.batch_size", Kind::Whole, "", "Images per step."),
    field("Training", "optimiser", "train.optimizer", Kind::One, "", "The optimiser."),
    field("Training", "learning rate", "train.lr", Kind::Number, "", "Learning rate at the start, such as 1e-3."),
    field("Training", "schedule", "train.schedule", Kind::One, "", "How the learning rate falls."),
    field("Training", "device", "train.device", Kind::One, "", "Where to train."),
    field("", "Launch", "", Kind::Launch, "", "Queue the grid and train it in the background."),
];

fn names<T: Copy>(
    all: &[T],
    text: fn(T) -> &'static str,
    help: fn(T) -> &'static str,
) -> Vec<Choice> {
    let entry = |x: &T| choice(&format!("\"{}\"", text(*x)), text(*x), help(*x));
    all.iter().map(entry).collect()
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
            choice("", "default", "off for mlp and cnn, on elsewhere"),
            choice("true", "on", "not for mlp"),
            choice("false", "off", "without batch norm"),
        ],
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
            let all = std::iter::once("fp32".to_string()).chain(widths);
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
