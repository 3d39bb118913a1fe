//! Cheeks and the furrow from nose to mouth: units 6, 10 and 12.

use super::curve::through;
use super::drawing::Drawing;
use super::face::{Face, SIDES};

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    let id = face.id;
    for s in SIDES {
        let [_, _, _, au6, _, au10, au12, ..] = face.units(s);
        // A raised cheek is a ball right beneath the eye; a pulled one is further down and out.
        let height = 0.034 * id.cheeks + 0.03 * au6 + 0.018 * au12;
        let at = [s * (0.44 + 0.015 * au12), 0.16 - 0.055 * au6 - 0.02 * au12];
        to.bump(at, [0.30, 0.26 - 0.05 * au6], height);
        to.bump([s * 0.46, 0.10], [0.17, 0.10], 0.022 * au6);
        to.bump([s * 0.5, 0.5], [0.2, 0.25], -0.02);
        let wing = [s * (id.nose_width + 0.03), id.nose_y - 0.01 - 0.02 * au10];
        let bend = [s * (id.nose_width + 0.115), id.nose_y + 0.11 - 0.035 * au10];
        let mouth = id.mouth_width + 0.085 + 0.05 * au12;
        let end = [s * mouth, id.mouth_y - 0.05 - 0.03 * au12];
        let upper = [wing, [bend[0] - s * 0.02, bend[1] - 0.06], bend];
        let lower = [
            bend,
            [bend[0] + s * 0.07 + s * 0.035 * au12, bend[1] + 0.09],
            end,
        ];
        let rest = 0.16 + 0.45 * id.age;
        to.groove(&through(&upper, 4), 0.06, rest + 0.7 * au10 + 0.2 * au12);
        to.groove(
            &through(&lower, 4),
            0.06,
            0.7 * rest + 0.15 * au10 + 0.6 * au12,
        );
    }
}
