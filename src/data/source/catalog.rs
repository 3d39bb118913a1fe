//! Published addresses, checksums and licences.

use crate::spec::DataSet;

/// A file that a data set is published as.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    /// Folder of the address, with a slash at the end.
    pub base: &'static str,
    /// Name of the file.
    pub file: &'static str,
    /// SHA-256 in hexadecimal digits.
    pub sha256: &'static str,
}

/// How a data set is published.
#[derive(Debug)]
pub struct Source {
    /// What it may be used for, in a few words.
    pub licence: &'static str,
    /// What is fetched; nothing for sets that nobody publishes.
    pub files: &'static [Remote],
    /// SHA-256 of files in the archive.
    pub inside: &'static [(&'static str, &'static str)],
}

const fn remote(base: &'static str, file: &'static str, sha256: &'static str) -> Remote {
    Remote { base, file, sha256 }
}

const FASHION: &str = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
const MNIST: &str = "https://storage.googleapis.com/cvdf-datasets/mnist/";
const CIFAR: &str = "https://www.cs.toronto.edu/~kriz/";
const DIGITS: &str =
    "https://raw.githubusercontent.com/scikit-learn/scikit-learn/1.9.1/sklearn/datasets/data/";

// The checksums of MNIST and Fashion-MNIST are those of TensorFlow Datasets; those of CIFAR's
// archives, too, and those of the files in them are torchvision.rb's. That of the digits is that of
// the file in scikit-learn 1.9.1.
static FASHION_MNIST: Source = Source {
    licence: "MIT",
    files: &[
        remote(
            FASHION,
            "train-images-idx3-ubyte.gz",
            "08dc20ab1689590a0bcd66e874647b6ee8464e2d501b5a3f1f78831db19a3fdc",
        ),
        remote(
            FASHION,
            "train-labels-idx1-ubyte.gz",
            "b0197879cbda89f3dc7b894f9fd52b858e68ea4182b6947c9d8c2b67e5f18dcc",
        ),
        remote(
            FASHION,
            "t10k-images-idx3-ubyte.gz",
            "78dcbbfb5a27efaf1b6c1d616caca68560be8766c5bffcb2791df9273a534229",
        ),
        remote(
            FASHION,
            "t10k-labels-idx1-ubyte.gz",
            "42bd18137a62d5998cdeae52bf3a0676ac6b706f5cf8439b47bb5b151ae3dccf",
        ),
    ],
    inside: &[],
};

static HANDWRITTEN: Source = Source {
    licence: "CC BY-SA 3.0",
    files: &[
        remote(
            MNIST,
            "train-images-idx3-ubyte.gz",
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        remote(
            MNIST,
            "train-labels-idx1-ubyte.gz",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        remote(
            MNIST,
            "t10k-images-idx3-ubyte.gz",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        remote(
            MNIST,
            "t10k-labels-idx1-ubyte.gz",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ],
    inside: &[],
};

static CIFAR_10: Source = Source {
    licence: "none stated; cite Krizhevsky 2009",
    files: &[remote(
        CIFAR,
        "cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    )],
    inside: &[
        (
            "data_batch_1.bin",
            "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        ),
        (
            "data_batch_2.bin",
            "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        ),
        (
            "data_batch_3.bin",
            "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        ),
        (
            "data_batch_4.bin",
            "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        ),
        (
            "data_batch_5.bin",
            "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        ),
        (
            "test_batch.bin",
            "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        ),
    ],
};

static CIFAR_100: Source = Source {
    licence: "none stated; cite Krizhevsky 2009",
    files: &[remote(
        CIFAR,
        "cifar-100-binary.tar.gz",
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    )],
    inside: &[
        (
            "train.bin",
            "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
        ),
        (
            "test.bin",
            "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
        ),
    ],
};

static UCI_DIGITS: Source = Source {
    licence: "CC BY 4.0",
    files: &[remote(
        DIGITS,
        "digits.csv.gz",
        "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    )],
    inside: &[],
};

static BUNDLED: Source = Source {
    licence: "MIT",
    files: &[],
    inside: &[],
};

static FOLDER: Source = Source {
    licence: "that of your images",
    files: &[],
    inside: &[],
};

static DRAWN: Source = Source {
    licence: "MIT (drawn by quell)",
    files: &[],
    inside: &[],
};

static ON_REQUEST: Source = Source {
    licence: "given out on request, for research",
    files: &[],
    inside: &[],
};

/// How a set is published.
pub fn source(set: DataSet) -> &'static Source {
    match set {
        DataSet::Bundled => &BUNDLED,
        DataSet::FashionMnist => &FASHION_MNIST,
        DataSet::Mnist => &HANDWRITTEN,
        DataSet::Cifar10 => &CIFAR_10,
        DataSet::Cifar100 => &CIFAR_100,
        DataSet::Digits => &UCI_DIGITS,
        DataSet::Folder => &FOLDER,
        DataSet::SyntheticFaces => &DRAWN,
        DataSet::Bp4d | DataSet::Disfa => &ON_REQUEST,
    }
}

impl Source {
    /// The published checksum of a file of that name.
    pub fn checksum(&self, file: &str) -> Option<&'static str> {
        let remote = self.files.iter().map(|r| (r.file, r.sha256));
        let mut all = remote.chain(self.inside.iter().copied());
        all.find(|(name, _)| *name == file).map(|(_, sum)| sum)
    }
}
