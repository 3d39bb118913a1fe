//! The chin: unit 17.

use super::curve::through;
use super::drawing::Drawing;
use super::face::Face;

/// Pits of a wrinkled chin.
const PITS: [[f32; 2]; 9] = [
    [-0.09, -0.035],
    [-0.03, -0.06],
    [0.04, -0.05],
    [0.10, -0.03],
    [-0.06, 0.02],
    [0.0, 0.0],
    [0.065, 0.025],
    [-0.025, 0.06],
    [0.03, 0.065],
];

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let [_, _, _, _, _, _, _, _, au15, au17, ..] = face.middle();
    let y = 0.5 * (id.mouth_y + id.lower_lip + id.chin_y) + 0.045 - 0.05 * au17;
    to.bump([0.0, y], [0.21 - 0.02 * au17, 0.15], 0.045 + 0.03 * au17);
    for [dx, dy] in PITS {
        to.bump([dx, y + dy], [0.032, 0.026], -0.007 * au17);
        to.glow(
            [dx, y + dy],
            [0.028, 0.022],
            [0.12, 0.06, 0.05],
            0.13 * au17,
        );
    }
    // Between lip and chin; it arches over a raised one.
    let fold = id.mouth_y + id.lower_lip + 0.055 - 0.045 * au17;
    let arch = [
        [-0.16, fold + 0.015 + 0.075 * au17],
        [-0.09, fold + 0.015 * au17],
        [0.0, fold],
        [0.09, fold + 0.015 * au17],
        [0.16, fold + 0.015 + 0.075 * au17],
    ];
    to.groove(&through(&arch, 4), 0.06, 0.30 + 0.65 * au17 + 0.1 * au15);
}
