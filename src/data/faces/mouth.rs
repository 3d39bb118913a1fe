//! Lips and what folds around their corners: units 10, 12, 14, 15, 17, 23 and 24.

use super::curve::{Point, between, through};
use super::drawing::{Drawing, dim, mix};
use super::face::{Face, SIDES};

pub(super) fn draw(face: &Face, to: &mut Drawing) {
    let lips = Lips::of(face);
    lips.relief(face, to);
    lips.paint(face, to);
    for side in SIDES {
        lips.corner(face, side, to);
    }
}

/// The lips with the units done.
struct Lips {
    left: Point,
    right: Point,
    /// Where the lips meet, in the middle: the lower edge of the upper one and the upper edge of the
    /// lower one.
    upper: f32,
    lower: f32,
    /// Thickness in the middle.
    above: f32,
    below: f32,
}

impl Lips {
    fn of(face: &Face) -> Self {
        let id = face.id;
        let [_, _, _, _, _, au10, au12, _, au15, au17, au23, au24] = face.middle();
        let corner = |side: f32| {
            let [_, _, _, _, _, au10, au12, au14, au15, au17, au23, au24] = face.units(side);
            let x = 1.0 + 0.30 * au12 + 0.06 * au14 - 0.02 * au17 - 0.06 * au23 - 0.20 * au24;
            let y = id.droop - 0.092 * au12 - 0.012 * au14 + 0.088 * au15 - 0.01 * au10;
            [side * id.mouth_width * x, id.mouth_y + y - 0.02 * au17]
        };
        let gap =
            0.075 * face.scene.parted * (1.0 - 0.9 * au24.min(1.0)) * (1.0 - 0.6 * au17.min(1.0));
        let middle = id.mouth_y + 0.012 * au12 - 0.012 * au15 - 0.05 * au17;
        let thin = 1.0 - 0.22 * au12.min(1.0);
        Self {
            left: corner(-1.0),
            right: corner(1.0),
            upper: middle - 0.4 * gap - 0.045 * au10,
            lower: middle + 0.6 * gap - 0.006 * au10,
            above: (id.upper_lip * thin * (1.0 - 0.70 * au23 - 0.35 * au24) + 0.018 * au10)
                .max(0.008),
            below: (id.lower_lip * thin * (1.0 - 0.66 * au23 - 0.35 * au24) + 0.012 * au17)
                .max(0.01),
        }
    }

    /// A curve from corner to corner, `at` of the way to both sides at height `y`.
    fn curve(&self, heights: [(f32, f32); 5]) -> Vec<Point> {
        let inner = heights.map(|(x, y)| [x, y]);
        let mut points = vec![self.left];
        points.extend(inner);
        points.push(self.right);
        through(&points, 4)
    }

    /// The lip's edge at height `y` in the middle, which bends towards the corners.
    fn edge(&self, middle: f32, full: f32) -> Vec<Point> {
        let (l, r) = (self.left, self.right);
        let bent = |end: Point, t: f32| {
            let [x, y] = between([0.0, middle], end, t);
            // A parabola with its vertex in the middle.
            let even = middle + (end[1] - middle) * t * t;
            (x, y + (even - y) * full)
        };
        let heights = [
            bent(l, 0.72),
            bent(l, 0.38),
            (0.0, middle),
            bent(r, 0.38),
            bent(r, 0.72),
        ];
        self.curve(heights)
    }

    fn top(&self, face: &Face) -> Vec<Point> {
        let [_, _, _, _, _, au10, ..] = face.middle();
        let y = self.upper - self.above;
        let dip = 0.35 * self.above * face.id.bow * (1.0 - 0.5 * au10.min(1.0));
        let bent = |end: Point, t: f32, rise: f32| {
            let [x, _] = between([0.0, y], end, t);
            (x, y + (end[1] - y) * t * t - rise)
        };
        let (l, r) = (self.left, self.right);
        // A raised lip is square.
        let square = 0.03 * au10;
        self.curve([
            bent(l, 0.66, square),
            bent(l, 0.26, 0.1 * self.above + 0.3 * square),
            (0.0, y + dip),
            bent(r, 0.26, 0.1 * self.above + 0.3 * square),
            bent(r, 0.66, square),
        ])
    }

    fn paint(&self, face: &Face, to: &mut Drawing) {
        let id = face.id;
        let [.., au23, au24] = face.middle();
        let colour = mix(id.lips, id.skin, (0.25 * au23 + 0.12 * au24).min(0.6));
        let upper_edge = self.edge(self.upper, 0.8);
        let lower_edge = self.edge(self.lower, 0.8);
        let bottom = self.edge(self.lower + self.below, 0.9);
        let ring = |a: &[Point], b: &[Point]| {
            let mut outline = a.to_vec();
            outline.extend(b.iter().rev());
            outline
        };
        if self.lower > self.upper {
            let opening = ring(&upper_edge, &lower_edge);
            to.fill(&opening, [0.16, 0.06, 0.06], 1.0);
            let teeth = (self.lower - self.upper) * 0.55;
            if teeth > 0.012 {
                let edge = self.edge(self.upper + teeth, 0.9);
                to.fill(&ring(&upper_edge, &edge), [0.85, 0.82, 0.78], 0.7);
            }
        }
        to.fill(&ring(&self.top(face), &upper_edge), dim(colour, 0.86), 0.95);
        to.fill(&ring(&lower_edge, &bottom), colour, 0.95);
        let seam = self.edge(0.5 * (self.upper + self.lower), 0.8);
        let closed = 1.0 - ((self.lower - self.upper) / 0.05).clamp(0.0, 1.0);
        to.line(
            &seam,
            0.018 + 0.014 * au24,
            dim(colour, 0.30),
            closed * (0.8 - 0.25 * au23.min(1.0) + 0.2 * au24.min(1.0)),
        );
        for corner in [self.left, self.right] {
            to.glow(corner, [0.035, 0.03], dim(id.skin, 0.35), 0.6);
        }
    }

    fn relief(&self, face: &Face, to: &mut Drawing) {
        let [_, _, _, _, _, au10, _, _, _, au17, au23, au24] = face.middle();
        let half = 0.5 * (self.right[0] - self.left[0]);
        let fuller = |y: f32, height: f32| ([0.0, y], [half * 0.95, 0.075], height);
        for (at, radii, height) in [
            fuller(
                self.upper - 0.5 * self.above,
                0.025 + 0.015 * au10 - 0.01 * au23,
            ),
            fuller(
                self.lower + 0.5 * self.below,
                0.032 + 0.018 * au17 - 0.015 * au23,
            ),
        ] {
            to.bump(at, radii, height);
        }
        // The groove above the bow.
        let philtrum = [
            [0.0, face.id.nose_y + 0.09],
            [0.0, self.upper - self.above - 0.01],
        ];
        to.groove(&through(&philtrum, 3), 0.05, 0.28);
        // Pressed lips bulge the skin above and below.
        for (y, sign) in [
            (self.upper - self.above - 0.045, 1.0),
            (self.lower + self.below + 0.045, 1.0),
        ] {
            to.bump([0.0, y], [half * 0.9, 0.06], 0.035 * au24 * sign);
        }
        // Tight lips are lined.
        for x in [-0.6, -0.3, 0.0, 0.3, 0.6] {
            let y = self.upper - self.above;
            let line = [[x * half, y - 0.075], [x * half * 0.9, y]];
            to.groove(&through(&line, 2), 0.03, 0.45 * au23);
            let y = self.lower + self.below;
            let line = [[x * half * 0.9, y], [x * half, y + 0.055]];
            to.groove(&through(&line, 2), 0.03, 0.35 * au23);
        }
    }

    fn corner(&self, face: &Face, s: f32, to: &mut Drawing) {
        let id = face.id;
        let [_, _, _, _, _, _, au12, au14, au15, _, _, au24] = face.units(s);
        let [x, y] = if s < 0.0 { self.left } else { self.right };
        let by = |dx: f32, dy: f32| [x + s * dx, y + dy];
        // A dimple: a hollow beside the corner, with the cheek rolled up behind it.
        let dimple = through(&[by(0.04, -0.05), by(0.055, 0.0), by(0.04, 0.055)], 4);
        to.groove(&dimple, 0.05, 0.95 * au14);
        to.bump(by(0.12, 0.0), [0.075, 0.11], 0.016 * au14);
        // What hangs from a corner that is pulled down.
        let fold = through(&[by(0.015, 0.02), by(0.05, 0.07), by(0.055, 0.15)], 4);
        to.groove(&fold, 0.045, 0.65 * au15 + 0.25 * id.age);
        to.groove(
            &through(&[by(0.02, 0.0), by(0.06, -0.035)], 3),
            0.04,
            0.2 * au12,
        );
        to.groove(
            &through(&[by(0.02, -0.03), by(0.025, 0.035)], 3),
            0.04,
            0.4 * au24,
        );
    }
}
