//! From a subject, a scene and the strengths of the units to a drawing.

use super::drawing::Drawing;
use super::identity::Identity;
use super::scene::Scene;
use super::units::PerUnit;
use super::{brows, cheeks, chin, eyes, head, mouth, nose};

/// The sides of a face, as signs of x.
pub(super) const SIDES: [f32; 2] = [-1.0, 1.0];

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face<'a> {
    pub id: &'a Identity,
    pub scene: &'a Scene,
    pub strengths: &'a PerUnit,
}

impl Face<'_> {
    /// How far the units move one side of the face: nobody's sides move quite alike.
    pub fn units(&self, side: f32) -> PerUnit {
        let by = self.id.expressive * (1.0 + side * self.id.lopsided);
        self.strengths.map(|s| s * by)
    }

    /// How far they move its middle.
    pub fn middle(&self) -> PerUnit {
        self.units(0.0)
    }

    pub fn drawing(&self) -> Drawing {
        let mut to = Drawing::new(self.scene.pose);
        head::behind(self, &mut to);
        head::skin(self, &mut to);
        cheeks::draw(self, &mut to);
        chin::draw(self, &mut to);
        eyes::draw(self, &mut to);
        brows::draw(self, &mut to);
        nose::draw(self, &mut to);
        mouth::draw(self, &mut to);
        head::hair(self, &mut to);
        to
    }
}
