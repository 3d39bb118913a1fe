//! Files of weights: what torch.save wrote, and safetensors.

use super::error::WeightsError;
use crate::data::Float;
use crate::data::pickle::{self, Pickle, Value};
use safetensors::{Dtype, SafeTensors};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::path::Path;

/// A file larger than this is not of one network: the largest here takes 0.1 GB.
const MOST_BYTES: u64 = 1 << 31;
/// Bytes of a name, at most.
const MOST_NAME: usize = 256;
/// Keys that training scripts keep a network's tensors under.
const KEYS: [&str; 3] = ["state_dict", "model", "model_state_dict"];
/// What a file that PyTorch wrote before version 1.6 begins with: the pickle of a number that it is
/// known by.
const LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// The tensors of a file.
#[derive(Debug)]
pub(super) struct Tensors {
    /// Names and dimensions.
    pub list: Vec<(String, Vec<usize>)>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// With the value of each tensor.
    Pickle(Pickle, Vec<Value>),
    /// The whole file, with type and place of each tensor.
    Safetensors(Vec<u8>, Vec<(Dtype, Range<usize>)>),
}

impl Tensors {
    /// Opens a file, whatever it is called.
    ///
    /// # Errors
    /// [`WeightsError`] names it and says what it is.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let failed = |source| WeightsError::Read {
            path: path.into(),
            source,
        };
        let unusable = |message: String| WeightsError::Unusable {
            path: path.into(),
            message,
        };
        let there = std::fs::metadata(path).map_err(failed)?;
        if !there.is_file() {
            return Err(unusable("it is no file".into()));
        }
        if there.len() > MOST_BYTES {
            let size = there.len();
            return Err(unusable(format!(
                "{size} bytes are more than the weights of a network take: save the state dict alone"
            )));
        }
        let mut file = File::open(path).map_err(failed)?;
        let mut head = Vec::new();
        let longest = LEGACY.len() as u64;
        (&mut file)
            .take(longest)
            .read_to_end(&mut head)
            .map_err(failed)?;
        file.rewind().map_err(failed)?;
        if head.starts_with(pickle::TORCH_MAGIC) {
            return from_pickle(BufReader::new(file)).map_err(unusable);
        }
        if head.starts_with(LEGACY) {
            return Err(unusable(
                "it is of PyTorch before version 1.6: load it and save it again with a recent PyTorch, or convert it to safetensors"
                    .into(),
            ));
        }
        // The length of its header, then the header, in JSON.
        if head.get(8) != Some(&b'{') {
            return Err(unusable(
                "it is neither a PyTorch archive (.pth, .pt) nor a safetensors file".into(),
            ));
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        from_safetensors(bytes).map_err(unusable)
    }

    /// The numbers of the tensor at `place` of the list, rounded to single precision.
    ///
    /// # Errors
    /// What it holds in place of them.
    pub fn read(&self, place: usize) -> Result<Vec<f32>, String> {
        let lost = || "it is not there".to_string();
        match &self.content {
            Content::Pickle(pickle, values) => pickle.floats(*values.get(place).ok_or_else(lost)?),
            Content::Safetensors(bytes, places) => {
                let (dtype, range) = places.get(place).ok_or_else(lost)?;
                let float = match dtype {
                    Dtype::F16 => Float::Half,
                    Dtype::BF16 => Float::Brain,
                    Dtype::F32 => Float::Single,
                    Dtype::F64 => Float::Double,
                    other => return Err(format!("it holds {other:?}, no numbers with a fraction")),
                };
                Ok(float.read(bytes.get(range.clone()).ok_or_else(lost)?))
            }
        }
    }
}

pub(super) fn from_pickle(file: impl Read + Seek) -> Result<Tensors, String> {
    let state = "Save the network's tensors alone, with torch.save(model.state_dict(), …)";
    let pickle = pickle::torch_from(file).map_err(|e| format!("{e}. {state}"))?;
    let tensors = |dict: Value| {
        let entries = pickle.entries(dict).unwrap_or_default().into_iter();
        let tensors = entries.filter_map(|(name, value)| {
            let dims = pickle.dims(value)?.to_vec();
            Some(((name.chars().take(MOST_NAME).collect(), dims), value))
        });
        tensors.unzip()
    };
    let root = pickle.root();
    let (mut list, mut values): (Vec<(String, Vec<usize>)>, Vec<Value>) = tensors(root);
    for inner in KEYS.iter().filter_map(|key| pickle.get(root, key)) {
        if list.is_empty() {
            (list, values) = tensors(inner);
        }
    }
    if list.is_empty() {
        return Err(format!("it holds no dictionary of tensors. {state}"));
    }
    Ok(Tensors {
        list,
        content: Content::Pickle(pickle, values),
    })
}

fn from_safetensors(bytes: Vec<u8>) -> Result<Tensors, String> {
    let broken = |e| format!("it is no sound safetensors file ({e})");
    let (header, metadata) = SafeTensors::read_metadata(&bytes).map_err(broken)?;
    let (mut list, mut places) = (Vec::new(), Vec::new());
    for name in metadata.offset_keys() {
        if let Some(info) = metadata.info(&name) {
            let (from, to) = info.data_offsets;
            // Its length stands in eight bytes before the header.
            let begin = 8 + header;
            list.push((name.chars().take(MOST_NAME).collect(), info.shape.clone()));
            places.push((info.dtype, begin + from..begin + to));
        }
    }
    Ok(Tensors {
        list,
        content: Content::Safetensors(bytes, places),
    })
}
