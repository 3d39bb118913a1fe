//! Eyes and lids: units 6 and 7.

use super::curve::{Point, between, through};
use super::drawing::{Drawing, dim, mix};
use super::face::{Face, SIDES};

/// Points along a lid.
const STEPS: usize = 12;

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    for side in SIDES {
        let eye = Eye::of(face, side);
        eye.socket(face, to);
        eye.ball(face, to);
        eye.lids(face, to);
        eye.wrinkles(face, to);
    }
}

/// One eye with the units done.
struct Eye {
    side: f32,
    inner: Point,
    outer: Point,
    /// Of the upper and lower lid above and below the line from corner to corner.
    up: f32,
    down: f32,
    au6: f32,
    au7: f32,
}

impl Eye {
    fn of(face: &Face, side: f32) -> Self {
        let id = face.id;
        let [_, au2, au4, au6, au7, ..] = face.units(side);
        let open = id.eye_open * face.scene.lids;
        Self {
            side,
            inner: [side * (id.eye_x - id.eye_width), id.eye_y + 0.012],
            outer: [side * (id.eye_x + id.eye_width), id.eye_y - id.eye_tilt],
            up: open * (1.0 + 0.05 * au2 - 0.06 * au4 - 0.06 * au6 - 0.40 * au7),
            down: open * 0.72 * (1.0 - 0.16 * au6 - 0.72 * au7),
            au6,
            au7,
        }
    }

    /// A point of the eye: `t` from inner to outer corner, `height` in lids above the line between.
    fn at(&self, t: f32, height: f32) -> Point {
        let [x, y] = between(self.inner, self.outer, t);
        [x, y - height]
    }

    /// The height of a lid's edge at `t`, of its greatest.
    fn arc(t: f32) -> f32 {
        (4.0 * t * (1.0 - t)).max(0.0).powf(0.75)
    }

    fn edge(&self, height: f32) -> Vec<Point> {
        let at = |i| i as f32 / STEPS as f32;
        (0..=STEPS)
            .map(|i| self.at(at(i), height * Self::arc(at(i))))
            .collect()
    }

    fn socket(&self, face: &Face, to: &mut Drawing) {
        let id = face.id;
        let centre = self.at(0.5, 0.0);
        to.bump([centre[0] * 0.93, centre[1] - 0.06], [0.26, 0.17], -0.035);
        to.bump(centre, [0.21, 0.14], 0.03);
        to.glow(
            [centre[0], centre[1] - 0.035],
            [0.23, 0.15],
            dim(id.skin, 0.62),
            0.35,
        );
    }

    fn ball(&self, face: &Face, to: &mut Drawing) {
        let id = face.id;
        let mut opening = self.edge(self.up);
        opening.extend(self.edge(-self.down).into_iter().rev());
        to.fill(&opening, [0.86, 0.83, 0.81], 1.0);
        let [gx, gy] = face.scene.gaze;
        let middle = self.at(0.5, 0.0);
        let centre = [middle[0] + 0.035 * gx, middle[1] - 0.008 + 0.015 * gy];
        to.fill(&self.disc(centre, 0.071), dim(id.iris, 0.6), 1.0);
        to.fill(&self.disc(centre, 0.058), id.iris, 1.0);
        to.fill(&self.disc(centre, 0.030), [0.03, 0.03, 0.03], 1.0);
        // The upper lid throws a shadow.
        let mut shadow = self.edge(self.up);
        shadow.extend(self.edge(self.up * 0.55).into_iter().rev());
        to.fill(&shadow, [0.1, 0.07, 0.06], 0.30);
        let glint = self.disc([centre[0] - 0.022, centre[1] - 0.022], 0.014);
        to.fill(&glint, [1.0; 3], 0.85);
    }

    /// The part of a disc that the lids leave to be seen.
    fn disc(&self, centre: Point, radius: f32) -> Vec<Point> {
        let width = (self.outer[0] - self.inner[0]).abs();
        let side = self.side;
        let share = |x: f32| ((x - self.inner[0]) * side / width).clamp(0.0, 1.0);
        let rim = |i: usize, sign: f32| {
            let x = -1.0 + 2.0 * i as f32 / STEPS as f32;
            let y = centre[1] - sign * radius * (1.0 - x * x).max(0.0).sqrt();
            let x = centre[0] + radius * x;
            let t = share(x);
            let upper = self.at(t, self.up * Self::arc(t))[1];
            let lower = self.at(t, -self.down * Self::arc(t))[1];
            [x, y.clamp(upper.min(lower), lower)]
        };
        let mut outline: Vec<Point> = (0..=STEPS).map(|i| rim(i, 1.0)).collect();
        outline.extend((0..=STEPS).rev().map(|i| rim(i, -1.0)));
        outline
    }

    fn lids(&self, face: &Face, to: &mut Drawing) {
        let id = face.id;
        let dark = mix(dim(id.hair, 0.4), [0.06, 0.04, 0.04], 0.5);
        let pink = mix(id.skin, [0.62, 0.33, 0.30], 0.35);
        to.line(&self.edge(-self.down), 0.018, dim(pink, 0.62), 0.75);
        to.line(&self.edge(self.up), 0.030, dark, 0.55 + 0.4 * id.lashes);
        // The fold comes down with the lid.
        let fold = self.up + id.lid_fold * (1.0 - 0.25 * self.au7);
        let fold: Vec<Point> = self.edge(fold).into_iter().skip(1).collect();
        to.line(&fold, 0.018, dim(id.skin, 0.45), 0.55);
    }

    fn wrinkles(&self, face: &Face, to: &mut Drawing) {
        let (id, s) = (face.id, self.side);
        let (au6, au7) = (self.au6, self.au7);
        // Beneath the eye: close to a tight lid, further down above a raised cheek.
        let beneath = |drop: f32| {
            let ends = [self.at(0.02, -drop * 0.55), self.at(0.98, -drop * 0.5)];
            through(&[ends[0], self.at(0.45, -drop), ends[1]], 5)
        };
        to.groove(&beneath(self.down + 0.045), 0.03, 0.50 * au7);
        to.groove(&beneath(0.155), 0.05, 0.48 * au6 + 0.35 * id.age);
        to.bump(
            self.at(0.5, -0.105),
            [0.17, 0.06],
            0.012 * au6 + 0.008 * id.age,
        );
        // Crow's feet.
        let corner = self.outer;
        for (dx, dy) in [(0.115, -0.075), (0.135, 0.0), (0.115, 0.075)] {
            let from = [corner[0] + s * 0.035, corner[1] + 0.3 * dy];
            let until = [corner[0] + s * (0.035 + dx), corner[1] + dy];
            let line = through(&[from, until], 3);
            to.groove(&line, 0.032, 0.75 * au6 + 0.18 * id.age);
        }
    }
}
