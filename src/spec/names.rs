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
        /// CIFAR-10, binary or Python version.
        Cifar10 = "cifar10", "50,000 + 10,000 photographs, 32×32 colour, 10 classes (binary or Python version)";
        /// CIFAR-100, binary or Python version.
        Cifar100 = "cifar100", "50,000 + 10,000 photographs, 32×32 colour, 100 classes (binary or Python version)";
        /// The UCI digits, a CSV file.
        Digits = "digits", "1,437 + 360 handwritten digits, 8×8 grey, 10 classes (scikit-learn's digits.csv.gz)";
        /// A folder of image files.
        Folder = "folder", "your own images: train/<class>/*.png and test/<class>/*.png, or JPEG, in data.dir";
        /// Drawn faces with Action Units.
        SyntheticFaces = "synthetic-faces", "drawn faces with 12 Action Units: subjects × frames, in three folds; nothing of it is real";
        /// BP4D, images of facial Action Units.
        Bp4d = "bp4d", "41 subjects with 12 Action Units, in three folds (given out on request only), in data.dir";
        /// DISFA, images of facial Action Units.
        Disfa = "disfa", "27 subjects with 8 Action Units, in three folds (given out on request only), in data.dir";
    }
}

/// The Action Units that are coded in BP4D and drawn in synthetic faces.
const BP4D_UNITS: &[u8] = &[1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24];
/// Those that DISFA's results are given for.
const DISFA_UNITS: &[u8] = &[1, 2, 4, 6, 9, 12, 25, 26];

impl DataSet {
    /// The Action Units that each of its images has a label for, by their numbers in the Facial Action
    /// Coding System; none where an image is of one class.
    pub fn units(self) -> &'static [u8] {
        match self {
            Self::SyntheticFaces | Self::Bp4d => BP4D_UNITS,
            Self::Disfa => DISFA_UNITS,
            _ => &[],
        }
    }

    /// Whether its images show Action Units, of which each has a label of its own.
    pub fn has_units(self) -> bool {
        !self.units().is_empty()
    }

    /// Whether its images are drawn, and show nothing real.
    pub fn is_synthetic(self) -> bool {
        self == Self::SyntheticFaces
    }

    /// Whether its images are brought to the size that is asked for.
    pub fn has_size(self) -> bool {
        self == Self::Folder || self.has_units()
    }

    /// Number of classes, which of an Action Unit are two; `None` where only the files tell.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::SyntheticFaces | Self::Bp4d | Self::Disfa => Some(2),
            Self::Cifar100 => Some(100),
            Self::Bundled | Self::FashionMnist | Self::Mnist | Self::Cifar10 | Self::Digits => {
                Some(10)
            }
            Self::Folder => None,
        }
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
        /// Plain convolutional network for faces of 32 to 64 pixels.
        AuCnn = "au-cnn", "six 3×3 convolutions and a hidden layer, for faces of 32 to 64 pixels; batch norm if asked for";
        /// The ResNet-18 of He et al. 2016 for ImageNet.
        ImagenetResnet18 = "imagenet-resnet18", "ResNet-18 as published for ImageNet, for 112 to 224 pixels; can begin with its weights";
        /// The ResNet-50 of He et al. 2016 for ImageNet.
        ImagenetResnet50 = "imagenet-resnet50", "ResNet-50 as published for ImageNet, for 112 to 224 pixels; can begin with its weights";
    }
}

impl ModelName {
    /// Whether it consists of residual blocks.
    pub fn is_residual(self) -> bool {
        match self {
            Self::Mlp | Self::Cnn | Self::Cnn9 | Self::AuCnn => false,
            Self::Resnet20
            | Self::Resnet32
            | Self::Resnet56
            | Self::Resnet18
            | Self::ImagenetResnet18
            | Self::ImagenetResnet50 => true,
        }
    }

    /// Whether there are published weights of it, trained on ImageNet.
    pub fn has_published_weights(self) -> bool {
        matches!(self, Self::ImagenetResnet18 | Self::ImagenetResnet50)
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
        /// Depending on the image.
        Instance = "instance", "depends on the image (part-dependent): each has a flip rate of its own around r";
        /// As coders of Action Units err.
        Annotator = "annotator", "as coders of Action Units err: weak units are missed more often than absent ones are seen; a rate r flips about r";
        /// Labels that people gave: CIFAR-10N, CIFAR-100N.
        Human = "human", "labels that people gave (CIFAR-10N, CIFAR-100N), from noise.file: rate 1; rate 0 is the true labels";
        /// Labels of a CSV file.
        File = "file", "labels from the CSV noise.file: rate 1; rate 0 is the true labels";
    }
}

impl NoiseKind {
    /// Whether labels come from a file, which has a rate of its own.
    pub fn is_from_file(self) -> bool {
        matches!(self, Self::Human | Self::File)
    }
}

names! {
    /// A fake quantizer.
    QuantizerName {
        /// Min-max with straight-through gradients: the paper's.
        Minmax = "minmax", "λ = max|x|, straight-through gradient (the paper's)";
        /// Learned step size quantization.
        Lsq = "lsq", "learned step size (Esser et al. 2020), 8-bit stem and classifier";
        /// Learned step size and, for activations, a learned offset.
        LsqPlus = "lsq-plus", "lsq with a learned offset of activations (Bhalgat et al. 2020)";
        /// Weights squashed by tanh, activations clipped to 0–1.
        Dorefa = "dorefa", "weights squashed by tanh, activations clipped to 0–1 (Zhou et al. 2016)";
        /// Learned clipping of activations; weights as DoReFa.
        Pact = "pact", "learned clipping of activations, weights as dorefa (Choi et al. 2018)";
        /// Ternary weights.
        Ternary = "ternary", "weights −α, 0, α (Li et al. 2016): bits such as w2a4 or w2a32";
        /// Binary weights, and binary activations where one bit is asked for.
        Binary = "binary", "weights −α, α (Rastegari et al. 2016): bits such as w1a1, w1a4 or w1a32";
        /// Trained at full precision, quantized where it is evaluated.
        PostTraining = "post-training", "trained at full precision, put on the min-max grid afterwards";
    }
}

names! {
    /// Which values share a scale of the weights.
    Scales {
        /// One scale for each output channel.
        PerChannel = "per-channel", "one scale for each output channel";
        /// One scale for the whole layer.
        PerTensor = "per-tensor", "one scale for the whole layer";
    }
}

names! {
    /// Which codes weights use.
    WeightRange {
        /// −(2^(b−1)−1) … 2^(b−1)−1.
        Narrow = "narrow", "codes −Q … Q with Q = 2^(b−1)−1: as many below zero as above";
        /// −2^(b−1) … 2^(b−1)−1.
        Full = "full", "every code, from −2^(b−1) to 2^(b−1)−1";
    }
}

names! {
    /// What the quantizer of weights sees where batch norm follows.
    NormFolding {
        /// The weights as they are.
        Kept = "kept", "weights are quantized as they are, batch norm stays behind them";
        /// The weights times the norm's factor, as in a model whose norms are folded away.
        Folded = "folded", "weights are quantized times the norm's factor, as if it were folded away";
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
        /// Soft targets for each unit's majority only.
        RobinHood = "robin-hood", "label smoothing `alpha` of each Action Unit's more frequent label only (Tallec, Dapogny, Bailly 2023)";
        /// Trains on mixtures of two images and their targets.
        Mixup = "mixup", "trains on mixtures of two images, shares from Beta(alpha, alpha) (Zhang et al. 2018)";
        /// Generalised cross-entropy.
        Gce = "gce", "generalised cross-entropy (1−p^q)/q (Zhang and Sabuncu 2018)";
        /// Symmetric cross-entropy.
        Sce = "sce", "symmetric cross-entropy alpha·CE + beta·RCE (Wang et al. 2019)";
        /// Soft bootstrapping.
        Bootstrap = "bootstrap", "soft bootstrapping: targets beta·y + (1−beta)·p (Reed et al. 2015)";
        /// Forward loss correction.
        Forward = "forward", "forward correction by the transition matrix, known or estimated (Patrini et al. 2017)";
        /// Early-learning regularisation.
        Elr = "elr", "early-learning regularisation towards averaged predictions (Liu et al. 2020)";
        /// Two networks that choose samples for each other.
        CoTeaching = "co-teaching", "two networks, each trained on the other's small losses (Han et al. 2018)";
        /// Whole channels are pruned.
        PruneChannels = "prune-channels", "prunes the channels with the smallest L1 norms (Li et al. 2017)";
        /// Single weights are pruned.
        PruneWeights = "prune-weights", "prunes the smallest weights (Han et al. 2015, Zhu and Gupta 2017)";
        /// Layers become products of two thin ones.
        LowRank = "low-rank", "layers become products of two thin ones, by truncated SVD (Denton et al. 2014)";
        /// A narrower network.
        Narrow = "narrow", "the network at `width` times its channels or hidden units";
        /// Learns from a full-precision teacher, which is trained first.
        Distillation = "distillation", "learns from a full-precision teacher, trained first (Hinton et al. 2015)";
        /// Gaussian noise on the weights: a control for the quantizer's rounding.
        WeightNoise = "weight-noise", "control: Gaussian noise of a quantizer's variance Δ²/12 on the weights, at fp32";
    }
}

names! {
    /// Where the transition matrix of forward correction comes from.
    Transition {
        /// From the noise that was asked for.
        Known = "known", "the matrix that made the noise: what a user does not have";
        /// From a network that is trained first.
        Estimated = "estimated", "estimated with a network that is trained first";
    }
}

names! {
    /// When weights are pruned.
    PruneSchedule {
        /// All at once.
        OneShot = "one-shot", "all at once at `start`, then fine-tuned";
        /// Along a cubic curve (Zhu and Gupta 2017).
        Cubic = "cubic", "little by little between `start` and `end`, along a cubic curve";
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
        /// Random crop from a 4-pixel border.
        Crop = "crop", "random crop after 4 pixels of padding";
        /// Random horizontal flip.
        Flip = "flip", "random horizontal flip";
        /// Crop, flip, and a square cut out.
        Cutout = "cutout", "crop-flip, and a square of half the side cut out";
    }
}
