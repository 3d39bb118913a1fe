//! Points and the curves through them.

/// A point or a distance, x to the right and y down. The face's own measure: its middle is (0, 0) and
/// its chin near (0, 0.9).
pub(super) type Point = [f32; 2];

/// A point at share `t` of the way from `a` to `b`.
pub(super) fn between(a: Point, b: Point, t: f32) -> Point {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// The open Catmull–Rom curve through `points`, `steps` lines between each two.
pub(super) fn through(points: &[Point], steps: usize) -> Vec<Point> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let at = |i: isize| match usize::try_from(i) {
        Ok(i) => points.get(i).copied().unwrap_or(*last),
        Err(_) => *first,
    };
    let mut curve = sampled(points.len() - 1, steps, at);
    curve.push(*last);
    curve
}

/// The closed Catmull–Rom curve through `points`.
pub(super) fn around(points: &[Point], steps: usize) -> Vec<Point> {
    let n = points.len().max(1) as isize;
    sampled(points.len(), steps, |i| points[i.rem_euclid(n) as usize])
}

fn sampled(pieces: usize, steps: usize, at: impl Fn(isize) -> Point) -> Vec<Point> {
    let mut curve = Vec::with_capacity(pieces * steps + 1);
    for piece in 0..pieces as isize {
        let [a, b, c, d] = [at(piece - 1), at(piece), at(piece + 1), at(piece + 2)];
        for step in 0..steps {
            let t = step as f32 / steps as f32;
            curve.push(std::array::from_fn(|k| {
                let slope = c[k] - a[k];
                let bend = 2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k];
                let twist = 3.0 * (b[k] - c[k]) + d[k] - a[k];
                b[k] + 0.5 * t * (slope + t * (bend + t * twist))
            }));
        }
    }
    curve
}

/// `right`, given from top to bottom, and its mirror image: one closed outline.
pub(super) fn mirrored(right: &[Point]) -> Vec<Point> {
    let left = right.iter().rev().filter(|p| p[0] != 0.0);
    let mut all = right.to_vec();
    all.extend(left.map(|p| [-p[0], p[1]]));
    all
}
