//! Synthetic faces whose Action Units are known: drawn, not photographed.
//!
//! `units` says what a face does, `identity` whose it is, `scene` how it is seen; the parts of a face
//! turn these into a `drawing` of curves, rises and folds, and `paint` lights and rasterises it.

mod brows;
mod cheeks;
mod chin;
mod curve;
mod drawing;
mod eyes;
mod face;
mod head;
mod identity;
mod mouth;
mod nose;
mod paint;
mod relief;
mod scene;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod units;

pub use units::{ACTION_UNITS, PerUnit, UNIT_NAMES};

use super::coded::Coded;
use super::images::Images;
use super::rng::keyed;
use face::Face;
use identity::Identity;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use scene::Scene;
use units::Copula;

/// Which faces are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaceSpec {
    /// Rows and columns of an image; 32–64 are meant, up to 224 are drawn as finely.
    pub size: usize,
    /// One channel in place of three.
    pub grey: bool,
    /// How many people.
    pub subjects: usize,
    /// Images of each of them.
    pub frames: usize,
    /// Another one draws other people.
    pub seed: u64,
}

/// Draws the faces of `spec`, subject by subject: [subjects·frames, 1 or 3, size, size].
///
/// A frame of a subject is the same whatever the numbers of subjects and frames. At most 65,536
/// subjects are told apart.
pub fn faces(spec: &FaceSpec) -> Coded {
    let copula = Copula::new(spec.seed);
    let subjects = spec.subjects.min(1 << 16);
    let identities: Vec<Identity> = (0..subjects).map(|s| identity(spec.seed, s)).collect();
    let channels = if spec.grey { 1 } else { 3 };
    let count = subjects * spec.frames;
    let mut images = Images {
        pixels: vec![0; count * channels * spec.size * spec.size],
        count,
        channels,
        height: spec.size,
        width: spec.size,
    };
    let of = |i: usize| (i / spec.frames, i % spec.frames);
    let stride = images.stride().max(1);
    let pixels = images.pixels.par_chunks_exact_mut(stride).enumerate();
    let units: Vec<_> = pixels
        .map(|(i, pixels)| {
            let (subject, frame) = of(i);
            let mut rng = keyed(spec.seed, "face scene", subject as u64, frame as u64);
            let scene = Scene::draw(&mut rng);
            let drawn = copula.draw(subject as u64, frame as u64);
            render(
                &identities[subject],
                &scene,
                &drawn.strength,
                &mut rng,
                pixels,
                spec.size,
            );
            drawn
        })
        .collect();
    Coded {
        images,
        units: &ACTION_UNITS,
        labels: units.iter().flat_map(|d| d.present.map(u8::from)).collect(),
        intensities: Some(units.iter().flat_map(|d| d.intensity()).collect()),
        subjects: (0..count).map(|i| of(i).0 as u16).collect(),
        subject_names: (1..=subjects).map(|s| format!("S{s:02}")).collect(),
    }
}

/// One face that looks into the camera in even light, with units of these strengths (0–1):
/// [1, 1 or 3, size, size].
pub fn portrait(seed: u64, subject: usize, strengths: &PerUnit, size: usize, grey: bool) -> Images {
    let channels = if grey { 1 } else { 3 };
    let mut pixels = vec![0; channels * size * size];
    let mut rng = keyed(seed, "face portrait", 0, 0);
    render(
        &identity(seed, subject),
        &Scene::neutral(),
        strengths,
        &mut rng,
        &mut pixels,
        size,
    );
    Images {
        pixels,
        count: 1,
        channels,
        height: size,
        width: size,
    }
}

fn identity(seed: u64, subject: usize) -> Identity {
    Identity::draw(&mut keyed(seed, "face identity", subject as u64, 0))
}

/// Draws into `pixels`, channel by channel; grey where there is room for one channel only.
fn render(
    id: &Identity,
    scene: &Scene,
    strengths: &PerUnit,
    rng: &mut impl Rng,
    pixels: &mut [u8],
    size: usize,
) {
    let drawing = Face {
        id,
        scene,
        strengths,
    }
    .drawing();
    let painted = paint::paint(&drawing, scene, size);
    let plane = size * size;
    for (i, rgb) in painted.chunks_exact(3).enumerate() {
        let mut noisy = |value: f32| {
            let noise: f32 = StandardNormal.sample(rng);
            // Rounded, and held within 0–255 by the cast.
            (value + scene.noise * noise + 0.5) as u8
        };
        if pixels.len() == plane {
            // Luma of ITU-R BT.601.
            pixels[i] = noisy(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]);
        } else {
            for (k, value) in rgb.iter().enumerate() {
                pixels[k * plane + i] = noisy(*value);
            }
        }
    }
}
