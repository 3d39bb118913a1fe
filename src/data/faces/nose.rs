//! The nose: unit 10 lifts its wings a little.

use super::curve::{around, through};
use super::drawing::{Drawing, dim};
use super::face::{Face, SIDES};

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let (w, h) = (id.nose_width, id.nose_height);
    let tip = id.nose_y;
    let bridge = through(&[[0.0, -0.26], [0.0, -0.05], [0.0, tip - 0.04]], 4);
    to.groove(&bridge, 0.15, -0.50 * h);
    to.bump([0.0, tip - 0.02], [0.13, 0.12], 0.085 * h);
    to.glow(
        [0.0, tip + 0.075],
        [w * 1.15, 0.055],
        dim(id.skin, 0.45),
        0.55,
    );
    for s in SIDES {
        let [_, _, _, _, _, au10, ..] = face.units(s);
        let lift = 0.022 * au10;
        let wide = w * (1.0 + 0.08 * au10);
        to.bump(
            [s * wide * 0.78, tip + 0.015 - lift],
            [0.075, 0.075],
            0.035 * h,
        );
        let wing = [
            [s * wide * 0.95, tip - 0.055 - lift],
            [s * wide * 1.08, tip + 0.01 - lift],
            [s * wide * 0.88, tip + 0.06 - lift],
        ];
        to.line(&through(&wing, 4), 0.022, dim(id.skin, 0.45), 0.45);
        let nostril = [
            [s * wide * 0.25, tip + 0.058 - 0.5 * lift],
            [s * wide * 0.55, tip + 0.035 - lift],
            [s * wide * 0.78, tip + 0.055 - lift],
            [s * wide * 0.50, tip + 0.073 - 0.7 * lift],
        ];
        to.fill(&around(&nostril, 3), dim(id.skin, 0.22), 0.85);
    }
}
