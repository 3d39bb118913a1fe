//! Coded images, cropped and resized: from the cache, or from the pictures and into the cache.

use super::Coding;
use super::cache::{Broken, Cache};
use super::crops::Crop;
use super::listing::{Image, Listing, Subject, list};
use super::problem::{Oddity, Problem, Problems};
use crate::data::coded::{Coded, UNKNOWN};
use crate::data::error::DataError;
use crate::data::images::Images;
use crate::data::picture::{MOST_PIXELS, decode, fill};
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::path::Path;

/// Rows and columns that images can be cropped to.
pub const SIZES: RangeInclusive<usize> = 8..=224;

/// What images are made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CropSpec {
    /// Rows and columns, one of [`SIZES`].
    pub size: usize,
    /// Whether they are made grey.
    pub grey: bool,
}

impl CropSpec {
    /// Colour channels.
    pub fn channels(&self) -> usize {
        if self.grey { 1 } else { 3 }
    }
}

/// Coded images, and what is odd about the copy that they are from.
#[derive(Debug)]
pub struct Cropped {
    /// The images that could be used.
    pub coded: Coded,
    /// What was passed over, and why.
    pub problems: Vec<Problem>,
}

/// Reads the coded images of the data set in `dir`: the rectangle of `crops.csv`, else the square in
/// the middle, resized to `crop.size`.
///
/// They are in the order of subject, task and frame. Every picture is opened once: what comes of it
/// is kept below `cache_home`, a file per subject, and taken from there as long as neither the
/// picture nor its rectangle changes. Without room for a cache it goes on without. As many pictures
/// as there are threads are in memory at full size. `progress` is told after each subject how many
/// images are done, and of how many.
///
/// # Errors
/// As [`list`]; [`DataError::Size`]; [`DataError::Folder`] if no picture can be decoded, or all
/// together do not fit into memory. A single picture that cannot be is counted.
pub fn read(
    coding: Coding,
    dir: &Path,
    crop: &CropSpec,
    cache_home: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Cropped, DataError> {
    if !SIZES.contains(&crop.size) {
        return Err(DataError::Size {
            asked: crop.size,
            least: *SIZES.start(),
            most: *SIZES.end(),
        });
    }
    let Listing { report, subjects } = list(coding, dir)?;
    let wrong = |message: String| DataError::Folder {
        path: dir.into(),
        message,
    };
    let stride = crop.channels() * crop.size * crop.size;
    let whole = report.used.checked_mul(stride);
    let whole = whole.filter(|bytes| *bytes <= MOST_PIXELS).ok_or_else(|| {
        let (count, size) = (report.used, crop.size);
        wrong(format!(
            "{count} images of {size}×{size} do not fit into memory: use a smaller data.size"
        ))
    })?;
    let cache = Cache::of(cache_home, coding, dir, crop);
    let units = coding.units();
    let mut pixels = vec![0; whole];
    let mut problems = Problems::default();
    let mut codes = Vec::with_capacity(report.used * units.len());
    let mut owners = Vec::with_capacity(report.used);
    let mut done = 0;
    for (owner, subject) in subjects.iter().enumerate() {
        let own = done * stride..(done + subject.images.len()) * stride;
        let broken = one(&cache, dir, subject, crop, &mut pixels[own], &mut problems);
        let mut is_sound = vec![true; subject.images.len()];
        for broken in broken {
            let name = &subject.images[broken.place].name;
            problems.add(broken.kind, || format!("{name}: {}", broken.why));
            is_sound[broken.place] = false;
        }
        let rows = subject.codes.chunks_exact(units.len());
        for (place, row) in rows.enumerate().filter(|(place, _)| is_sound[*place]) {
            let (from, to) = ((done + place) * stride, owners.len() * stride);
            if from != to {
                pixels.copy_within(from..from + stride, to);
            }
            codes.extend(row);
            // There are no more subjects than that.
            owners.push(owner as u16);
        }
        done += subject.images.len();
        progress(done, report.used);
    }
    pixels.truncate(owners.len() * stride);
    let mut all = report.problems;
    all.extend(problems.list());
    if owners.is_empty() {
        let last = all.last().map(Problem::to_string);
        return Err(wrong(format!(
            "not one of its images can be used ({})",
            last.unwrap_or_default()
        )));
    }
    let coded = Coded {
        images: Images {
            pixels,
            count: owners.len(),
            channels: crop.channels(),
            height: crop.size,
            width: crop.size,
        },
        units,
        intensities: coding.strongest().map(|most| intensities(&codes, most)),
        labels: labels(&codes, coding.present_from()),
        subjects: owners,
        subject_names: subjects.into_iter().map(|subject| subject.name).collect(),
    };
    Ok(Cropped {
        coded,
        problems: all,
    })
}

fn labels(codes: &[u8], present_from: u8) -> Vec<u8> {
    let label = |code: &u8| match *code {
        UNKNOWN => UNKNOWN,
        code => u8::from(code >= present_from),
    };
    codes.iter().map(label).collect()
}

/// Of an unknown label it is 0.
fn intensities(codes: &[u8], most: u8) -> Vec<f32> {
    let intensity = |code: &u8| match *code {
        UNKNOWN => 0.0,
        code => f32::from(code) / f32::from(most),
    };
    codes.iter().map(intensity).collect()
}

/// Fills in the pixels of one subject and says which of its images are broken.
fn one(
    cache: &Cache,
    dir: &Path,
    subject: &Subject,
    crop: &CropSpec,
    pixels: &mut [u8],
    problems: &mut Problems,
) -> Vec<Broken> {
    let name = &subject.name;
    let shape = [subject.images.len(), crop.channels(), crop.size, crop.size];
    // The key is of the files as they were before they are opened: what changes later is seen next
    // time.
    let key = cache.key(dir, subject);
    if let Ok(key) = &key
        && let Some(broken) = cache.load(name, key, shape, pixels)
    {
        return broken;
    }
    let broken: Vec<Broken> = pixels
        .par_chunks_exact_mut(crop.channels() * crop.size * crop.size)
        .zip(&subject.images)
        .enumerate()
        .filter_map(|(place, (pixels, image))| cut(dir, image, crop, place, pixels).err())
        .collect();
    let kept = match key {
        Ok(_) if broken.iter().any(|broken| broken.passing) => {
            Err(std::io::Error::other("an image could not be read"))
        }
        Ok(key) => cache.save(name, key, shape, pixels, &broken),
        Err(e) => Err(e),
    };
    if let Err(e) = kept {
        let file = cache.file(name);
        problems.add(Oddity::CacheUnwritten, || {
            format!("{}: {e}", file.display())
        });
    }
    broken
}

/// Cuts the face out of one picture.
fn cut(
    dir: &Path,
    image: &Image,
    crop: &CropSpec,
    place: usize,
    pixels: &mut [u8],
) -> Result<(), Broken> {
    let broken = |kind, why, passing| Broken {
        place,
        kind,
        why,
        passing,
    };
    let picture = decode(&dir.join(&image.name)).map_err(|e| match e {
        DataError::Corrupt { message, .. } => broken(Oddity::BrokenImage, message, false),
        DataError::Read { source, .. } => broken(Oddity::BrokenImage, source.to_string(), true),
        other => broken(Oddity::BrokenImage, other.to_string(), true),
    })?;
    let (width, height) = (picture.width(), picture.height());
    let part = image.crop.unwrap_or_else(|| Crop::centre(width, height));
    if !part.fits(width, height) {
        let why = format!(
            "{}×{} pixels from {}, {} do not lie in its {width}×{height}",
            part.width, part.height, part.left, part.top
        );
        return Err(broken(Oddity::CropOutside, why, false));
    }
    let face = picture.crop_imm(part.left, part.top, part.width, part.height);
    // No more than 224.
    fill(face, crop.size as u32, crop.grey, pixels);
    Ok(())
}
