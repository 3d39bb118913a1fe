//! Run ids: short, readable, and a function of the spec, so that the same spec is the same run.

use super::names::{DataSet, NoiseKind};
use super::run_spec::RunSpec;
use sha2::{Digest, Sha256};

/// The id of a run: a readable stem and eight hexadecimal digits of the spec's SHA-256.
///
/// Where a run trains and where its files lie do not change what it is: `train.device`, `data.dir`
/// and the place of a published file of human labels are left out of the hash. A folder of
/// images and a label file of the user's own are known by their place only, which therefore counts.
pub fn run_id(spec: &RunSpec) -> String {
    let mut identity = spec.clone();
    identity.train.device = super::device::DeviceChoice::Auto;
    if identity.data.set != DataSet::Folder {
        identity.data.dir = None;
    }
    if identity.noise.kind == NoiseKind::Human && identity.noise.column.is_some() {
        identity.noise.file = None;
    }
    // A spec is plain data with string keys, so it always has a JSON form.
    let json = serde_json::to_vec(&identity).unwrap_or_default();
    let digest = Sha256::digest(&json);
    let hash: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
    let data = match spec.data.set {
        DataSet::Bundled => "bundled",
        DataSet::FashionMnist => "fashion",
        DataSet::Mnist => "mnist",
        DataSet::Cifar10 => "cifar10",
        DataSet::Cifar100 => "cifar100",
        DataSet::Digits => "digits",
        DataSet::Folder => "folder",
        DataSet::SyntheticFaces => "synthetic-faces",
        DataSet::Bp4d => "bp4d",
        DataSet::Disfa => "disfa",
    };
    let noise = match spec.noise.kind {
        NoiseKind::Symmetric => "sym",
        NoiseKind::SymmetricExclusive => "symx",
        NoiseKind::Asymmetric => "asym",
        NoiseKind::PairFlip => "pair",
        NoiseKind::Instance => "inst",
        NoiseKind::Annotator => "annot",
        NoiseKind::Human => "human",
        NoiseKind::File => "file",
    };
    let rate = match &spec.noise.column {
        Some(column) => format!("-{column}"),
        None => format!("{}", (spec.noise.rate * 100.0).round()),
    };
    let method = match spec.method.name() {
        super::names::MethodName::None => String::new(),
        name => format!("-{name}"),
    };
    let quantizer = match &spec.quantizer {
        Some(q) if q.name != super::names::QuantizerName::Minmax => format!("-{}", q.name),
        _ => String::new(),
    };
    let fold = spec
        .train
        .fold
        .map_or_else(String::new, |fold| format!("f{fold}"));
    format!(
        "{data}-{model}-{noise}{rate}{quantizer}-{bits}{method}-s{seed}{fold}-{hash}",
        model = spec.model.name,
        bits = spec.bits(),
        seed = spec.train.seed,
    )
}
