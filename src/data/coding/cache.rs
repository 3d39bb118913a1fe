//! The cache of cropped images: a safetensors file per subject, which is safe to delete.
//!
//! A file is used only if it is whole and of exactly these images; else it is made anew. It is
//! written beside and renamed, so that several processes may make it at once.

use super::listing::{Image, Subject};
use super::problem::Oddity;
use super::{Coding, CropSpec};
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Counts up when images are cropped or kept in another way.
const FORMAT: u32 = 1;
const HEADER: &str = "quell";
const TENSOR: &str = "images";
/// A header longer than this is not quell's.
const MOST_HEADER: u64 = 1 << 26;

/// Where the cropped images of a data set's copy are kept, of one size and in colour or grey.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    identity: String,
}

/// An image that is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// Its place among the subject's images.
    pub place: usize,
    /// In what way it is broken.
    pub kind: Oddity,
    /// What is wrong with it.
    pub why: String,
    /// Whether that may pass without a change of the file, as when a disk did not answer.
    #[serde(skip)]
    pub passing: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    key: String,
    /// SHA-256 of the pixels: a crash may leave a file of full length without its content.
    pixels: String,
    broken: Vec<Broken>,
}

impl Cache {
    /// The cache below `home` for a copy of a data set.
    pub fn of(home: &Path, coding: Coding, dir: &Path, crop: &CropSpec) -> Self {
        let whole = dir.canonicalize();
        let whole = whole.as_deref().unwrap_or(dir);
        let mut hash = Sha256::new();
        hash.update(whole.as_os_str().as_encoded_bytes());
        let identity = format!(
            "{FORMAT} {} {} {} {}",
            coding.as_str(),
            crop.size,
            crop.grey,
            hex(hash)
        );
        let mut hash = Sha256::new();
        hash.update(&identity);
        let folder = home.join(format!("{}-{}", coding.as_str(), &hex(hash)[..16]));
        Self { folder, identity }
    }

    /// What decides the cropped images of a subject: of each image its path, length, time of
    /// modification and rectangle, besides what all of the set's images have in common.
    ///
    /// # Errors
    /// What the system says of an image that is not there any more.
    pub fn key(&self, dir: &Path, subject: &Subject) -> std::io::Result<String> {
        let stamp = |image: &Image| {
            let there = std::fs::metadata(dir.join(&image.name))?;
            let time = there.modified()?;
            let (before, time) = match time.duration_since(UNIX_EPOCH) {
                Ok(after) => (false, after),
                Err(e) => (true, e.duration()),
            };
            let (name, crop, length) = (&image.name, image.crop, there.len());
            Ok(format!("{name} {length} {before} {time:?} {crop:?}\n"))
        };
        let stamps = subject.images.par_iter().map(stamp);
        let stamps = stamps.collect::<std::io::Result<Vec<String>>>()?;
        let mut hash = Sha256::new();
        hash.update(&self.identity);
        for stamp in stamps {
            hash.update(stamp);
        }
        Ok(hex(hash))
    }

    /// Name of a subject's file.
    pub fn file(&self, subject: &str) -> PathBuf {
        self.folder.join(format!("{subject}.safetensors"))
    }

    /// Takes a subject's pixels from the cache, N×`shape`, and says which images are broken; `None`
    /// if the file is not there, torn, foreign or stale.
    pub fn load(
        &self,
        subject: &str,
        key: &str,
        shape: [usize; 4],
        pixels: &mut [u8],
    ) -> Option<Vec<Broken>> {
        let path = self.file(subject);
        let there = std::fs::metadata(&path).ok()?;
        let least = pixels.len() as u64;
        if !there.is_file() || !(least..least + MOST_HEADER).contains(&there.len()) {
            return None;
        }
        let bytes = std::fs::read(&path).ok()?;
        let (_, metadata) = SafeTensors::read_metadata(&bytes).ok()?;
        let header = metadata.metadata().as_ref()?.get(HEADER)?;
        let header: Header = serde_json::from_str(header).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let images = file.tensor(TENSOR).ok()?;
        let fits = header.key == key
            && images.dtype() == Dtype::U8
            && images.shape() == shape
            && images.data().len() == pixels.len()
            && header.broken.iter().all(|broken| broken.place < shape[0])
            && header.pixels == hex(Sha256::new_with_prefix(images.data()));
        fits.then(|| {
            pixels.copy_from_slice(images.data());
            header.broken
        })
    }

    /// Keeps a subject's pixels.
    ///
    /// # Errors
    /// What the system says; the cache is then as it was.
    pub fn save(
        &self,
        subject: &str,
        key: String,
        shape: [usize; 4],
        pixels: &[u8],
        broken: &[Broken],
    ) -> std::io::Result<()> {
        let header = Header {
            key,
            pixels: hex(Sha256::new_with_prefix(pixels)),
            broken: broken.to_vec(),
        };
        let header = HashMap::from([(HEADER.to_string(), serde_json::to_string(&header)?)]);
        let failed = |e: safetensors::SafeTensorError| Error::new(ErrorKind::InvalidData, e);
        let view = TensorView::new(Dtype::U8, shape.to_vec(), pixels).map_err(failed)?;
        let bytes = safetensors::serialize([(TENSOR, view)], Some(header)).map_err(failed)?;
        std::fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&bytes)?;
        file.persist(self.file(subject)).map_err(|e| e.error)?;
        Ok(())
    }
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write;
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            // Writing to a string fails never.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
