//! A face as a list of what is painted, in this order, and of what rises and falls on its skin.

use super::curve::Point;
use super::scene::Pose;

/// Red, green and blue, 0–1.
pub(super) type Colour = [f32; 3];

/// A mixture of two colours.
pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    std::array::from_fn(|k| a[k] + (b[k] - a[k]) * share)
}

/// A colour made darker (below 1) or brighter.
pub(super) fn dim(colour: Colour, by: f32) -> Colour {
    colour.map(|c| (c * by).clamp(0.0, 1.0))
}

/// One thing that is painted. Lengths are in the face's measure.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub kind: Kind,
    pub colour: Colour,
    /// 0–1; a shape that cannot be seen is left out.
    pub alpha: f32,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Within a closed outline.
    Fill(Vec<Point>),
    /// Along a line of this width.
    Line(Vec<Point>, f32),
    /// On the skin, strongest at a point and fading to nothing at these radii.
    Glow(Point, Point),
}

/// A rise of the skin (a hollow where `height` is negative).
#[derive(Clone, Copy, Debug)]
pub(super) struct Bump {
    pub at: Point,
    /// Where it has come down to nothing.
    pub radii: Point,
    pub height: f32,
}

/// A furrow of the skin (a ridge where `depth` is negative).
#[derive(Clone, Debug)]
pub(super) struct Groove {
    pub line: Vec<Point>,
    pub width: f32,
    /// 0 none, 1 a deep fold.
    pub depth: f32,
}

/// All of a face, turned as its pose says.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    pose: Pose,
    pub shapes: Vec<Shape>,
    pub bumps: Vec<Bump>,
    pub grooves: Vec<Groove>,
    /// The outline of the skin, within which light and shade are seen.
    pub skin: Vec<Point>,
}

impl Drawing {
    pub fn new(pose: Pose) -> Self {
        Self {
            pose,
            shapes: Vec::with_capacity(64),
            bumps: Vec::with_capacity(64),
            grooves: Vec::with_capacity(64),
            skin: Vec::new(),
        }
    }

    pub fn fill(&mut self, outline: &[Point], colour: Colour, alpha: f32) {
        let outline = self.turned(outline);
        self.push(Kind::Fill(outline), colour, alpha);
    }

    pub fn line(&mut self, line: &[Point], width: f32, colour: Colour, alpha: f32) {
        let line = self.turned(line);
        self.push(Kind::Line(line, width), colour, alpha);
    }

    pub fn glow(&mut self, at: Point, radii: Point, colour: Colour, alpha: f32) {
        let at = self.pose.turned(at);
        self.push(Kind::Glow(at, radii), colour, alpha);
    }

    pub fn skin(&mut self, outline: &[Point], colour: Colour) {
        self.fill(outline, colour, 1.0);
        self.skin = self.turned(outline);
    }

    pub fn bump(&mut self, at: Point, radii: Point, height: f32) {
        let at = self.pose.turned(at);
        self.bumps.push(Bump { at, radii, height });
    }

    pub fn groove(&mut self, line: &[Point], width: f32, depth: f32) {
        if depth != 0.0 {
            let line = self.turned(line);
            self.grooves.push(Groove { line, width, depth });
        }
    }

    fn turned(&self, points: &[Point]) -> Vec<Point> {
        points.iter().map(|p| self.pose.turned(*p)).collect()
    }

    fn push(&mut self, kind: Kind, colour: Colour, alpha: f32) {
        if alpha > 0.0 {
            self.shapes.push(Shape {
                kind,
                colour,
                alpha: alpha.min(1.0),
            });
        }
    }
}
