//! What a subject looks like, whatever the face does.

use super::drawing::{Colour, dim, mix};
use crate::data::rng::normal;
use rand::{Rng, RngExt};

/// Skins from light to dark (ours).
const SKINS: [Colour; 5] = [
    [0.96, 0.82, 0.73],
    [0.90, 0.72, 0.60],
    [0.78, 0.58, 0.44],
    [0.58, 0.40, 0.29],
    [0.40, 0.27, 0.20],
];

/// Hair: black, dark brown, brown, blond, red, grey (ours).
const HAIRS: [Colour; 6] = [
    [0.08, 0.07, 0.07],
    [0.17, 0.11, 0.08],
    [0.32, 0.21, 0.13],
    [0.68, 0.54, 0.34],
    [0.48, 0.22, 0.12],
    [0.62, 0.61, 0.60],
];

/// Irises: dark, brown, hazel, green, blue (ours).
const IRISES: [Colour; 5] = [
    [0.12, 0.07, 0.05],
    [0.28, 0.16, 0.09],
    [0.38, 0.29, 0.15],
    [0.30, 0.40, 0.28],
    [0.32, 0.46, 0.60],
];

/// How the hair is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HairStyle {
    Bald,
    Short,
    Long,
    Fringe,
}

/// One subject. Lengths are in the face's measure; `…_x` of the right side, mirrored for the left.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Identity {
    pub skin: Colour,
    pub hair: Colour,
    pub lips: Colour,
    pub iris: Colour,
    /// Half the width at the temples.
    pub width: f32,
    /// Half the width at the mouth.
    pub jaw: f32,
    /// Half the width of the chin.
    pub chin: f32,
    pub chin_y: f32,
    pub style: HairStyle,
    pub hairline_y: f32,
    /// Of the parting: how much lower the hairline is on one side.
    pub parting: f32,
    pub brow_y: f32,
    pub brow_inner_x: f32,
    pub brow_outer_x: f32,
    pub brow_arch: f32,
    pub brow_thickness: f32,
    /// How dense the hair of the brows is, 0–1.
    pub brow_density: f32,
    pub eye_x: f32,
    pub eye_y: f32,
    /// Half the width of an eye.
    pub eye_width: f32,
    /// Half the height of its opening.
    pub eye_open: f32,
    /// How much higher the outer corner is.
    pub eye_tilt: f32,
    /// From the upper lid to its fold.
    pub lid_fold: f32,
    pub lashes: f32,
    pub nose_y: f32,
    /// Half the width at the wings.
    pub nose_width: f32,
    pub nose_height: f32,
    pub mouth_y: f32,
    /// Half the width.
    pub mouth_width: f32,
    pub upper_lip: f32,
    pub lower_lip: f32,
    /// How deep the bow of the upper lip is, 0–1.
    pub bow: f32,
    /// How much lower the corners are at rest.
    pub droop: f32,
    pub cheeks: f32,
    /// Permanent wrinkles, 0–1.
    pub age: f32,
    /// Shadow of a beard, 0–1.
    pub stubble: f32,
    pub blush: f32,
    /// How far the subject's units move, about 1.
    pub expressive: f32,
    /// How much further the right side moves than the left.
    pub lopsided: f32,
}

impl Identity {
    pub fn draw(rng: &mut impl Rng) -> Self {
        let tone: f32 = rng.random_range(0.0..3.999);
        let place = tone as usize;
        let mut skin = mix(SKINS[place], SKINS[place + 1], tone.fract());
        let kind = rng.random_range(0.0..1.0f32);
        let age: f32 = rng.random_range(0.0..1.0f32).powf(1.6);
        let hair = match kind {
            _ if age > 0.75 && kind > 0.4 => HAIRS[5],
            // Dark hair with dark skin.
            k if tone > 1.8 => mix(HAIRS[0], HAIRS[1], k),
            k if k < 0.35 => mix(HAIRS[0], HAIRS[1], k / 0.35),
            k if k < 0.65 => mix(HAIRS[1], HAIRS[2], (k - 0.35) / 0.3),
            k if k < 0.88 => mix(HAIRS[2], HAIRS[3], (k - 0.65) / 0.23),
            _ => HAIRS[4],
        };
        let shade: f32 = rng.random_range(0.0..1.0);
        let iris = match tone {
            t if t > 1.8 => mix(IRISES[0], IRISES[1], shade),
            _ => IRISES[((shade * 5.0) as usize).min(4)],
        };
        let style = match rng.random_range(0..20) {
            0..2 => HairStyle::Bald,
            2..10 => HairStyle::Short,
            10..16 => HairStyle::Long,
            _ => HairStyle::Fringe,
        };
        let bearded = style != HairStyle::Long && rng.random_bool(0.4);
        let stubble = if bearded {
            rng.random_range(0.2..1.0)
        } else {
            0.0
        };
        let painted = !bearded && rng.random_bool(0.3);
        let mut about =
            |mean: f32, spread: f32| mean + spread * normal(rng).clamp(-2.0, 2.0) as f32;
        skin = skin.map(|c| (c + about(0.0, 0.012)).clamp(0.1, 0.98));
        let red = if painted { 0.75 } else { about(0.42, 0.08) };
        let lips = mix(dim(skin, 0.86), [0.62, 0.20, 0.20], red * 0.75);
        let width = about(0.73, 0.025);
        Self {
            skin,
            hair,
            lips,
            iris,
            width,
            jaw: about(0.53, 0.035).min(width - 0.12),
            chin: about(0.22, 0.035),
            chin_y: about(0.90, 0.025),
            style,
            hairline_y: about(-0.76, 0.05),
            parting: about(0.0, 0.06),
            brow_y: about(-0.385, 0.025),
            brow_inner_x: about(0.135, 0.016),
            brow_outer_x: about(0.50, 0.025),
            brow_arch: about(0.045, 0.02),
            brow_thickness: about(0.068, 0.014),
            brow_density: about(0.78, 0.12).clamp(0.4, 1.0),
            eye_x: about(0.31, 0.016),
            eye_y: about(-0.175, 0.015),
            eye_width: about(0.150, 0.012),
            eye_open: about(0.068, 0.009),
            eye_tilt: about(0.008, 0.012),
            lid_fold: about(0.045, 0.014).max(0.015),
            lashes: about(0.6, 0.2).clamp(0.2, 1.0),
            nose_y: about(0.20, 0.025),
            nose_width: about(0.135, 0.016),
            nose_height: about(1.0, 0.2),
            mouth_y: about(0.50, 0.022),
            mouth_width: about(0.268, 0.02),
            upper_lip: about(0.056, 0.014),
            lower_lip: about(0.080, 0.015),
            bow: about(0.55, 0.2).clamp(0.0, 1.0),
            droop: about(0.004, 0.014),
            cheeks: about(1.0, 0.25),
            age,
            stubble,
            blush: about(0.10, 0.05).max(0.0),
            expressive: about(1.0, 0.08),
            lopsided: about(0.0, 0.06),
        }
    }
}
