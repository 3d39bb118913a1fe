//! Outline, neck, ears and hair. No unit moves them.

use super::curve::{Point, around, mirrored, through};
use super::drawing::{Drawing, dim, mix};
use super::face::{Face, SIDES};
use super::identity::HairStyle;

/// What is behind the face: hair, neck, ears.
pub(super) fn behind(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let w = id.width;
    if matches!(id.style, HairStyle::Long | HairStyle::Fringe) {
        let right = [
            [0.0, -1.16],
            [w * 0.75, -1.05],
            [w + 0.15, -0.55],
            [w + 0.19, 0.1],
            [w + 0.14, 0.8],
            [w * 0.8, 1.3],
        ];
        to.fill(&around(&mirrored(&right), 6), dim(id.hair, 0.6), 1.0);
    }
    let neck = [
        [id.jaw * 0.82, 0.4],
        [id.jaw * 0.85, 0.95],
        [0.75, 1.25],
        [0.75, 1.5],
    ];
    to.fill(&mirrored(&neck), dim(id.skin, 0.62), 1.0);
    for side in SIDES {
        let at = |x: f32, y: f32| [side * (w + x), y];
        let ear = [
            at(-0.04, -0.2),
            at(0.055, -0.22),
            at(0.07, -0.06),
            at(0.03, 0.1),
            at(-0.03, 0.14),
        ];
        to.fill(&around(&ear, 5), dim(id.skin, 0.8), 1.0);
    }
}

/// The skin of the face and the rise of its bones.
pub(super) fn skin(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let w = id.width;
    let right: [Point; 9] = [
        [0.0, -1.04],
        [w * 0.6, -0.95],
        [w * 0.94, -0.6],
        [w, -0.15],
        [w * 0.95, 0.2],
        [id.jaw + 0.09, 0.46],
        [id.jaw - 0.05, 0.66],
        [id.chin, id.chin_y - 0.055],
        [0.0, id.chin_y],
    ];
    to.skin(&around(&mirrored(&right), 6), id.skin);
    for side in SIDES {
        to.glow(
            [side * 0.43, 0.17],
            [0.26, 0.22],
            [0.80, 0.30, 0.26],
            id.blush * 1.6,
        );
        // The temples fall away.
        to.bump([side * w, -0.4], [0.22, 0.4], -0.06);
        if id.stubble > 0.0 {
            let beard = mix(id.hair, [0.25, 0.24, 0.25], 0.4);
            to.glow([side * 0.36, 0.62], [0.34, 0.34], beard, id.stubble * 0.45);
        }
    }
    if id.stubble > 0.0 {
        let beard = mix(id.hair, [0.25, 0.24, 0.25], 0.4);
        to.glow([0.0, 0.74], [0.42, 0.30], beard, id.stubble * 0.5);
        to.glow([0.0, 0.38], [0.30, 0.10], beard, id.stubble * 0.4);
    }
    to.bump([0.0, -0.6], [0.55, 0.35], 0.05);
}

/// The hair in front of the face.
pub(super) fn hair(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let (w, line) = (id.width, id.hairline_y);
    let (side_y, low) = match id.style {
        HairStyle::Bald => return,
        HairStyle::Short => (-0.22, line),
        HairStyle::Long => (1.3, line),
        HairStyle::Fringe => (1.3, (line + 0.17).min(-0.58)),
    };
    let inner = |side: f32| {
        let part = low + side * id.parting;
        [
            [side * (w * 0.97), side_y],
            [side * (w * 0.93), -0.42],
            [side * (w * 0.80), part + 0.10],
            [side * (w * 0.42), part],
        ]
    };
    let mut rim = inner(-1.0).to_vec();
    rim.push([0.0, low - 0.015]);
    rim.extend(inner(1.0).iter().rev());
    let mut outline = through(&rim, 5);
    let out = w + if side_y > 0.0 { 0.17 } else { 0.035 };
    let crown = [
        [out, side_y],
        [out + 0.01, -0.5],
        [w * 0.8, -1.0],
        [0.0, -1.2],
        [-w * 0.8, -1.0],
        [-out - 0.01, -0.5],
        [-out, side_y],
    ];
    outline.extend(through(&crown, 5));
    to.fill(&outline, id.hair, 1.0);
    // Light on the crown, strands along the rim.
    let shine = through(&[[-0.45, -0.93], [0.0, -1.0], [0.45, -0.93]], 5);
    to.line(&shine, 0.16, [1.0; 3], 0.06);
    to.line(&shine, 0.07, [1.0; 3], 0.05);
    for strand in [-0.55, -0.3, -0.05, 0.2, 0.45] {
        let root = [strand * w, -1.1];
        let tip = [strand * w * 1.3, low - 0.03];
        to.line(&through(&[root, tip], 2), 0.03, dim(id.hair, 0.7), 0.4);
    }
}
