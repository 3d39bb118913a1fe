//! The names a spec may use: one enum per list, written in kebab case.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares an enum whose variants are the names of a spec, with their text and a line of help.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal, $help:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every name, in the order in which forms list them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name as a spec writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// One line that says what it is.
            pub fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|n| n.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|n| n.as_str()).collect();
                    format!("`{text}` is not known: use one of {}", known.join(", "))
                })
            }
        }
    };
}

names! {
    /// A data set.
    DataSet {
        /// The Fashion-MNIST subset inside the binary.
        Bundled = "bundled", "5,000 + 1,500 Fashion-MNIST images inside quell, 28×28 grey, 10 classes";
        /// Fashion-MNIST as IDX files.
        FashionMnist = "fashion-mnist", "60,000 + 10,000 images of clothing, 28×28 grey, 10 classes (IDX)";
        /// MNIST as IDX files.
        Mnist = "mnist", "60,000 + 10,000 handwritten digits, 28×28 grey, 10 classes (IDX)";
        /// CIFAR-10 as binary batches.
        Cifar10 = "cifar10", "50,000 + 10,000 photographs, 32×32 colour, 10 classes (binary batches)";
    }
}

names! {
    /// A network.
    ModelName {
        /// Multi-layer perceptron with three hidden layers of 256 units.
        Mlp = "mlp", "three hidden layers of 256 units";
        /// Plain convolutional network of five convolutions.
        Cnn = "cnn", "five 3×3 convolutions, one linear head; batch norm if asked for";
        /// The nine convolutions of Han et al. 2018 (Co-teaching).
        Cnn9 = "cnn9", "nine 3×3 convolutions with max-pooling, as the Co-teaching papers use";
        /// The CIFAR ResNet-20 of He et al. 2016.
        Resnet20 = "resnet20", "the CIFAR ResNet-20, with or without batch norm";
        /// The CIFAR ResNet-32 of He et al. 2016.
        Resnet32 = "resnet32", "the CIFAR ResNet-32, with or without batch norm";
        /// The CIFAR ResNet-56 of He et al. 2016.
        Resnet56 = "resnet56", "the CIFAR ResNet-56, with or without batch norm";
        /// ResNet-18 of He et al. 2016 with a stem for small images.
        Resnet18 = "resnet18", "ResNet-18 with a 3×3 stem for small images: 40 times the weights of resnet20";
    }
}

impl ModelName {
    /// Whether it consists of residual blocks.
    pub fn is_residual(self) -> bool {
        match self {
            Self::Mlp | Self::Cnn | Self::Cnn9 => false,
            Self::Resnet20 | Self::Resnet32 | Self::Resnet56 | Self::Resnet18 => true,
        }
    }
}

names! {
    /// A kind of label noise.
    NoiseKind {
        /// Re-drawn over all classes, the true one among them.
        Symmetric = "symmetric", "re-drawn over all classes: a rate r really flips r·(C−1)/C";
        /// Re-drawn over the other classes.
        SymmetricExclusive = "symmetric-exclusive", "re-drawn over the other classes: a rate r really flips r";
        /// Taken for a class that looks alike.
        Asymmetric = "asymmetric", "taken for a class that looks alike: cifar10's map is built in, others need noise.map";
        /// Taken for the next class.
        PairFlip = "pair-flip", "class i taken for class i+1: a rate r really flips r";
    }
}

names! {
    /// A fake quantizer.
    QuantizerName {
        /// Min-max with straight-through gradients: the paper's.
        Minmax = "minmax", "λ = max|x|, straight-through gradient (the paper's)";
        /// Learned step size quantization.
        Lsq = "lsq", "learned step size (Esser et al. 2020), 8-bit stem and classifier";
    }
}

names! {
    /// How activations are put on the grid.
    ActivationGrid {
        /// Codes 0 … 2^b−1: nothing is wasted after a ReLU.
        Unsigned = "unsigned", "codes 0 … 2^b−1, for what comes out of a ReLU";
        /// Codes −(2^(b−1)−1) … 2^(b−1)−1, as the paper writes it.
        Signed = "signed", "codes −Q … Q as the paper writes it; half of them unused after a ReLU";
    }
}

names! {
    /// What happens to the first and to the last layer.
    LayerPolicy {
        /// The same bits as every layer.
        Same = "same", "the same bits as every other layer";
        /// Eight bits.
        EightBits = "8-bit", "8 bits, whatever the others have";
        /// Not quantized.
        FullPrecision = "fp32", "not quantized";
    }
}

names! {
    /// A baseline: what a run does against label noise besides its bit-width.
    MethodName {
        /// Plain training.
        None = "none", "plain training";
        /// Stop when the validation accuracy has stopped rising.
        EarlyStopping = "early-stopping", "stop when validation accuracy has not risen for `patience` epochs";
        /// L2 penalty on the weights.
        WeightDecay = "weight-decay", "L2 penalty `lambda` on the weights";
        /// Dropout: after each hidden layer of an mlp, before the classifier of a convolutional network.
        Dropout = "dropout", "drop features with probability `p`: after each hidden layer (mlp) or before the classifier";
        /// Soft targets.
        LabelSmoothing = "label-smoothing", "targets (1−alpha)·y + alpha/C";
    }
}

names! {
    /// The labels that early stopping and model selection look at.
    Monitor {
        /// Held-out training samples with their noisy labels: what a user really has.
        NoisyValidation = "noisy-validation", "held-out samples with noisy labels";
        /// Held-out training samples with their true labels.
        CleanValidation = "clean-validation", "held-out samples with true labels";
        /// The test set: an oracle, for comparison only.
        Oracle = "oracle", "the test set itself: an upper bound, not a method";
    }
}

names! {
    /// An optimiser.
    OptimizerName {
        /// Adam.
        Adam = "adam", "Adam, β = 0.9 / 0.999";
        /// Stochastic gradient descent with momentum.
        Sgd = "sgd", "SGD with `momentum`";
        /// Adam with weight decay apart from the gradient.
        AdamW = "adamw", "Adam; weight decay apart from the gradient (Loshchilov and Hutter 2019)";
        /// Stochastic gradient descent with Nesterov's momentum.
        SgdNesterov = "sgd-nesterov", "SGD with Nesterov's `momentum`";
    }
}

names! {
    /// A learning-rate schedule.
    ScheduleName {
        /// The same learning rate throughout.
        Constant = "constant", "the same learning rate throughout";
        /// Half a cosine from the learning rate to zero.
        Cosine = "cosine", "half a cosine down to zero, step by step";
        /// A tenth at half and at three quarters of the epochs.
        Step = "step", "×0.1 at half and at three quarters of the epochs";
        /// Up to the learning rate, then down far below.
        OneCycle = "one-cycle", "from 1/25 up to the learning rate in 30 % of the steps, then down to nothing";
    }
}

names! {
    /// Training-time augmentation.
    Augment {
        /// None.
        None = "none", "images as they are";
        /// Random crop from a 4-pixel border, random horizontal flip.
        CropFlip = "crop-flip", "random crop after 4 pixels of padding, random horizontal flip";
    }
}
