//! Light and shade: the rise and fall of the skin, lit from one side.

use super::curve::Point;
use super::drawing::{Bump, Drawing, Groove};
use super::scene::Scene;

/// How high the skin stands and how much light its folds keep out, for each pixel.
pub(super) struct Relief {
    side: usize,
    height: Vec<f32>,
    dark: Vec<f32>,
}

/// From the face's measure to pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placing {
    /// Pixels per measure.
    pub scale: f32,
    pub middle: Point,
    pub cos: f32,
    pub sin: f32,
}

impl Placing {
    /// The placing of a pose in a square image of `side` pixels.
    pub fn new(scene: &Scene, side: usize) -> Self {
        let half = side as f32 / 2.0;
        let pose = &scene.pose;
        Self {
            scale: half * pose.scale,
            middle: pose.shift.map(|s| half * (1.0 + s)),
            cos: pose.roll.cos(),
            sin: pose.roll.sin(),
        }
    }

    pub fn pixel(&self, [x, y]: Point) -> Point {
        let (c, s) = (self.cos * self.scale, self.sin * self.scale);
        [
            self.middle[0] + c * x - s * y,
            self.middle[1] + s * x + c * y,
        ]
    }

    /// The measure of the face at a pixel's middle.
    fn measure(&self, x: usize, y: usize) -> Point {
        let dx = (x as f32 + 0.5 - self.middle[0]) / self.scale;
        let dy = (y as f32 + 0.5 - self.middle[1]) / self.scale;
        [self.cos * dx + self.sin * dy, self.cos * dy - self.sin * dx]
    }
}

impl Relief {
    pub fn of(drawing: &Drawing, placing: &Placing, side: usize) -> Self {
        let mut relief = Self {
            side,
            height: Vec::with_capacity(side * side),
            dark: vec![0.0; side * side],
        };
        for y in 0..side {
            relief.height.extend((0..side).map(|x| {
                let [x, y] = placing.measure(x, y);
                let (u, v) = (x * x / 0.64, y * y / 1.1);
                // The head: flat in front, falling away to the sides.
                -(0.16 * u + 0.20 * u * u * u + 0.10 * v + 0.08 * v * v * v)
            }));
        }
        for bump in &drawing.bumps {
            relief.raise(bump, placing);
        }
        for groove in &drawing.grooves {
            relief.fold(groove, placing);
        }
        relief
    }

    fn raise(&mut self, bump: &Bump, placing: &Placing) {
        let at = placing.pixel(bump.at);
        let reach = bump.radii[0].max(bump.radii[1]) * placing.scale;
        let radii = bump.radii.map(|r| 1.0 / (r * placing.scale));
        let (c, s) = (placing.cos, placing.sin);
        let columns = self.reached(at[0], at[0], reach);
        let left = columns.start as f32 + 0.5 - at[0];
        for y in self.reached(at[1], at[1], reach) {
            let dy = y as f32 + 0.5 - at[1];
            let row = y * self.side;
            let row = &mut self.height[row + columns.start..row + columns.end];
            for (i, height) in row.iter_mut().enumerate() {
                let dx = left + i as f32;
                let u = (c * dx + s * dy) * radii[0];
                let v = (c * dy - s * dx) * radii[1];
                let near = (1.0 - u * u - v * v).max(0.0);
                *height += bump.height * near * near;
            }
        }
    }

    fn fold(&mut self, groove: &Groove, placing: &Placing) {
        let line: Vec<Point> = groove.line.iter().map(|p| placing.pixel(*p)).collect();
        let reach = groove.width * placing.scale;
        let bounds = |k: usize| {
            let of = |pick: fn(f32, f32) -> f32, from| line.iter().map(|p| p[k]).fold(from, pick);
            (of(f32::min, f32::INFINITY), of(f32::max, f32::NEG_INFINITY))
        };
        let ((left, right), (top, bottom)) = (bounds(0), bounds(1));
        let fall = 0.30 * groove.depth * groove.width;
        let last = (line.len().max(2) - 1) as f32;
        let (rows, columns) = (
            self.reached(top, bottom, reach),
            self.reached(left, right, reach),
        );
        // For each pixel of the box around the groove: how near the line is, and where along it.
        let wide = columns.len();
        let mut nearest = vec![(reach * reach, 0.0); rows.len() * wide];
        for (i, ends) in line.windows(2).enumerate() {
            let [a, b] = [ends[0], ends[1]];
            let span = |k: usize| (a[k].min(b[k]), a[k].max(b[k]));
            let ((left, right), (top, bottom)) = (span(0), span(1));
            for y in self.reached(top, bottom, reach) {
                for x in self.reached(left, right, reach) {
                    let (d, t) = distance([x as f32 + 0.5, y as f32 + 0.5], a, b);
                    let known = &mut nearest[(y - rows.start) * wide + x - columns.start];
                    if d < known.0 {
                        *known = (d, (i as f32 + t) / last);
                    }
                }
            }
        }
        for (i, (distance, along)) in nearest.into_iter().enumerate() {
            let near = 1.0 - distance / (reach * reach);
            if near > 0.0 {
                // A fold runs out at its ends.
                let near = near * near * (5.0 * along * (1.0 - along)).min(1.0).sqrt();
                let place = (rows.start + i / wide) * self.side + columns.start + i % wide;
                self.height[place] -= fall * near;
                self.dark[place] += 0.28 * groove.depth.max(0.0) * near;
            }
        }
    }

    /// The pixels between `from` and `until` and `reach` beyond.
    fn reached(&self, from: f32, until: f32, reach: f32) -> std::ops::Range<usize> {
        let side = self.side as f32;
        let from = (from - reach).floor().clamp(0.0, side);
        let until = (until + reach).ceil().clamp(0.0, side);
        from as usize..until as usize
    }

    /// By how much the light on each pixel is less or more than on skin that faces the viewer.
    pub fn shade(&self, scene: &Scene, placing: &Placing) -> Vec<f32> {
        let n = self.side;
        let [lx, ly, lz] = scene.light;
        let direct = (1.0 - scene.ambient) / lz;
        let half = 0.5 * placing.scale;
        let mut shade = vec![1.0; n * n];
        // The outermost pixels have no neighbours to tell their slope by, and show no skin.
        for y in 1..n.saturating_sub(1) {
            let row = |y: usize| &self.height[y * n..(y + 1) * n];
            let across = row(y).windows(3);
            let down = row(y - 1)[1..].iter().zip(&row(y + 1)[1..]);
            let dark = &self.dark[y * n + 1..];
            let shade = &mut shade[y * n + 1..(y + 1) * n - 1];
            for (((shade, across), (up, down)), dark) in
                shade.iter_mut().zip(across).zip(down).zip(dark)
            {
                let dx = half * (across[2] - across[0]);
                let dy = half * (down - up);
                let facing = (lz - lx * dx - ly * dy).max(0.0) / (1.0 + dx * dx + dy * dy).sqrt();
                *shade = (scene.ambient + direct * facing) * (1.0 - dark).max(0.3);
            }
        }
        shade
    }
}

/// The squared distance of `p` from the line between `a` and `b`, and how far along it is nearest.
fn distance(p: Point, a: Point, b: Point) -> (f32, f32) {
    let [bx, by] = [b[0] - a[0], b[1] - a[1]];
    let [px, py] = [p[0] - a[0], p[1] - a[1]];
    let t = ((px * bx + py * by) / (bx * bx + by * by).max(1e-12)).clamp(0.0, 1.0);
    let (dx, dy) = (px - t * bx, py - t * by);
    (dx * dx + dy * dy, t)
}
