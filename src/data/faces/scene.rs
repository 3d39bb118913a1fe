//! What changes from frame to frame besides the units: pose, light, gaze, background and sensor.

use super::curve::Point;
use super::drawing::Colour;
use crate::data::rng::normal;
use rand::{Rng, RngExt};

/// How the head is turned and where it stands in the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    /// Of the head's middle, in halves of the image.
    pub shift: Point,
    /// How much of half an image one measure of the face is.
    pub scale: f32,
    /// In the image plane, radians.
    pub roll: f32,
    /// To the side, radians.
    pub yaw: f32,
    /// Up or down, radians.
    pub pitch: f32,
}

impl Pose {
    /// A point of the face as it is seen when the head is turned: the head is a dome, and the nose
    /// stands out of it.
    pub fn turned(&self, [x, y]: Point) -> Point {
        let dome = 0.45 * (1.0 - 0.9 * x * x - 0.35 * y * y).max(0.0);
        let near = (1.0 - (x / 0.17).powi(2) - ((y - 0.15) / 0.3).powi(2)).max(0.0);
        let z = dome + 0.2 * near;
        [
            x * self.yaw.cos() + z * self.yaw.sin(),
            y * self.pitch.cos() + z * self.pitch.sin(),
        ]
    }
}

/// Everything about one frame that is not the subject and not the units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub pose: Pose,
    /// Where the light comes from: x, y and towards the viewer.
    pub light: [f32; 3],
    /// The share of the light that comes from everywhere.
    pub ambient: f32,
    /// Of the light.
    pub tint: Colour,
    pub exposure: f32,
    /// Top and bottom.
    pub background: [Colour; 2],
    /// Where the eyes look, −1 to 1.
    pub gaze: Point,
    /// How far the lids are open, about 1.
    pub lids: f32,
    /// How far the lips are parted, 0–1.
    pub parted: f32,
    /// Standard deviation of the sensor's noise, of 255.
    pub noise: f32,
}

impl Scene {
    /// A face that looks into the camera, in even light.
    pub fn neutral() -> Self {
        Self {
            pose: Pose {
                shift: [0.0, 0.0],
                scale: 1.04,
                roll: 0.0,
                yaw: 0.0,
                pitch: 0.0,
            },
            light: [-0.35, -0.5, 1.0],
            ambient: 0.35,
            tint: [1.0; 3],
            exposure: 1.0,
            background: [[0.55, 0.58, 0.62], [0.42, 0.45, 0.50]],
            gaze: [0.0, 0.0],
            lids: 1.0,
            parted: 0.0,
            noise: 0.0,
        }
    }

    pub fn draw(rng: &mut impl Rng) -> Self {
        let even = Self::neutral();
        let mut about =
            |mean: f32, spread: f32| mean + spread * normal(rng).clamp(-2.2, 2.2) as f32;
        let pose = Pose {
            shift: [about(0.0, 0.03), about(0.0, 0.03)],
            scale: about(even.pose.scale, 0.035),
            roll: about(0.0, 0.05),
            yaw: about(0.0, 0.13),
            pitch: about(0.0, 0.06),
        };
        let light = [about(0.0, 0.6), about(-0.45, 0.3), 1.0];
        let ambient = about(0.38, 0.08);
        let warmth = about(0.0, 0.03);
        let exposure = about(1.0, 0.09);
        let gaze = [about(0.0, 0.4), about(0.0, 0.25)];
        let lids = about(1.0, 0.08);
        let parted = about(-0.3, 0.4).max(0.0);
        let noise = about(2.5, 0.7);
        let grey = about(0.45, 0.18).clamp(0.06, 0.95);
        let hue: Colour = std::array::from_fn(|_| about(0.0, 0.035));
        let fade = rng.random_range(0.6..1.1);
        let wall = hue.map(|h| (grey + h).clamp(0.0, 1.0));
        Self {
            pose,
            light,
            ambient,
            tint: [1.0 + warmth, 1.0, 1.0 - warmth],
            exposure,
            background: [wall, wall.map(|c| c * fade)],
            gaze,
            lids,
            parted,
            noise,
        }
    }
}
