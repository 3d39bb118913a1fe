//! Brows and forehead: units 1, 2 and 4.

use super::curve::{Point, through};
use super::drawing::{Drawing, dim, mix};
use super::face::{Face, SIDES};

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    for side in SIDES {
        brow(face, side, to);
    }
    forehead(face, to);
}

fn brow(face: &Face, side: f32, to: &mut Drawing) {
    let id = face.id;
    let [au1, au2, au4, au6, ..] = face.units(side);
    let (inner, outer) = (id.brow_inner_x, id.brow_outer_x);
    let span = outer - inner;
    let at = |x: f32, y: f32| -> Point { [side * x, id.brow_y + y] };
    let spine = [
        at(inner - 0.065 * au4, 0.015 - 0.105 * au1 + 0.095 * au4),
        at(
            inner + 0.35 * span - 0.05 * au4,
            -0.6 * id.brow_arch - 0.062 * au1 - 0.035 * au2 + 0.085 * au4,
        ),
        at(
            inner + 0.68 * span - 0.02 * au4,
            -id.brow_arch - 0.098 * au2 + 0.055 * au4 + 0.01 * au6,
        ),
        at(outer, 0.045 - 0.10 * au2 + 0.02 * au4 + 0.015 * au6),
    ];
    let spine = through(&spine, 5);
    let last = (spine.len() - 1) as f32;
    let half = |i: usize| {
        let t = i as f32 / last;
        // Rounded at the inner end, pointed at the outer one.
        let inner = (t / 0.12).min(1.0).sqrt();
        0.5 * id.brow_thickness * (0.35 + 0.65 * inner) * (1.0 - t.powi(3) * 0.85)
    };
    let edge = |sign: f32| spine.iter().enumerate().map(move |(i, p)| (i, p, sign));
    let mut outline: Vec<Point> = edge(-1.0)
        .map(|(i, p, s)| [p[0], p[1] + s * half(i)])
        .collect();
    outline.extend(edge(1.0).rev().map(|(i, p, s)| [p[0], p[1] + s * half(i)]));
    let colour = mix(dim(id.hair, 0.8), id.skin, 0.12);
    to.fill(&outline, colour, id.brow_density);
    // The bone beneath.
    to.groove(&spine, 0.12, -0.22 - 0.1 * au4);
}

fn forehead(face: &Face, to: &mut Drawing) {
    let id = face.id;
    let [au1, au2, au4, ..] = face.middle();
    let top = id.brow_y - 0.10;
    for (i, y) in [0.0, 0.085, 0.17].into_iter().enumerate() {
        let fade = 1.0 - 0.22 * i as f32;
        let line = |from: f32, to: f32, bend: f32| {
            let y = top - y - 0.05 * au1.max(au2);
            let middle = 0.5 * (from + to);
            through(&[[from, y], [middle, y - bend], [to, y]], 5)
        };
        // The inner brows fold the middle, the outer ones the sides.
        to.groove(
            &line(-0.21, 0.21, 0.02),
            0.035,
            (0.55 * au1 + 0.10 * id.age) * fade,
        );
        for side in SIDES {
            let arc = line(side * 0.24, side * 0.54, 0.04);
            to.groove(&arc, 0.035, (0.6 * au2 + 0.08 * id.age) * fade);
        }
    }
    // Between the brows.
    for side in SIDES {
        let x = side * (0.055 - 0.012 * au4);
        let line = [
            [x * 1.25, id.brow_y - 0.06 + 0.03 * au4],
            [x * 0.9, id.brow_y + 0.03 + 0.03 * au4],
            [x * 1.1, id.brow_y + 0.10 + 0.03 * au4],
        ];
        to.groove(&through(&line, 4), 0.04, 0.95 * au4 + 0.1 * id.age);
    }
    to.bump([0.0, id.brow_y + 0.03], [0.11, 0.13], 0.018 * au4);
}
