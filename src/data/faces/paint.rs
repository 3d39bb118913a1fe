//! From a drawing to pixels.

use super::curve::Point;
use super::drawing::{Colour, Drawing, Kind, Shape};
use super::relief::{Placing, Relief};
use super::scene::Scene;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint, Path,
    PathBuilder, Pixmap, RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

/// Images are painted at least this large and then made smaller, so that a wrinkle is a shade in a
/// small image and not a step.
const FINE: usize = 96;

/// Paints a square of `size` pixels: red, green and blue in turn, 0–255 and not yet rounded.
pub(super) fn paint(drawing: &Drawing, scene: &Scene, size: usize) -> Vec<f32> {
    let times = FINE.div_ceil(size.max(1));
    let side = size * times;
    let mut small = vec![0.0; 3 * size * size];
    let Some((colours, skin)) = rasterised(drawing, scene, side) else {
        return small;
    };
    let placing = Placing::new(scene, side);
    let shade = Relief::of(drawing, &placing, side).shade(scene, &placing);
    let light = scene
        .tint
        .map(|t| t * scene.exposure / (times * times) as f32);
    let rows = colours
        .data()
        .chunks_exact(4 * side)
        .zip(skin.data().chunks_exact(side));
    for (y, ((colours, skin), shade)) in rows.zip(shade.chunks_exact(side)).enumerate() {
        let small = &mut small[3 * size * (y / times)..];
        let pixels = colours
            .chunks_exact(4 * times)
            .zip(skin.chunks_exact(times));
        let pixels = pixels
            .zip(shade.chunks_exact(times))
            .zip(small.chunks_exact_mut(3));
        for (((colours, skin), shade), small) in pixels {
            for ((colour, skin), shade) in colours.chunks_exact(4).zip(skin).zip(shade) {
                let lit = 1.0 + f32::from(*skin) / 255.0 * (shade - 1.0);
                for k in 0..3 {
                    small[k] += f32::from(colour[k]) * lit * light[k];
                }
            }
        }
    }
    small
}

/// The colours of all shapes, and where there is skin; `None` for an image of no pixels.
fn rasterised(drawing: &Drawing, scene: &Scene, side: usize) -> Option<(Pixmap, Mask)> {
    let edge = u32::try_from(side).ok()?;
    let mut canvas = Pixmap::new(edge, edge)?;
    let mut skin = Mask::new(edge, edge)?;
    let placing = Placing::new(scene, side);
    background(&mut canvas, scene, side as f32);
    if let Some(outline) = path(&drawing.skin, &placing, true) {
        skin.fill_path(&outline, FillRule::Winding, true, Transform::identity());
    }
    for shape in &drawing.shapes {
        draw(shape, &placing, &skin, &mut canvas);
    }
    Some((canvas, skin))
}

fn background(canvas: &mut Pixmap, scene: &Scene, side: f32) {
    let [top, bottom] = scene.background.map(|c| colour(c, 1.0));
    let ends = [0.0, side].map(|y| tiny_skia::Point::from_xy(0.0, y));
    let stops = vec![GradientStop::new(0.0, top), GradientStop::new(1.0, bottom)];
    let shader = LinearGradient::new(
        ends[0],
        ends[1],
        stops,
        SpreadMode::Pad,
        Transform::identity(),
    );
    if let (Some(shader), Some(all)) = (shader, Rect::from_xywh(0.0, 0.0, side, side)) {
        canvas.fill_rect(all, &with(shader), Transform::identity(), None);
    }
}

fn draw(shape: &Shape, placing: &Placing, skin: &Mask, canvas: &mut Pixmap) {
    let still = Transform::identity();
    let paint = with(Shader::SolidColor(colour(shape.colour, shape.alpha)));
    match &shape.kind {
        Kind::Fill(outline) => {
            if let Some(path) = path(outline, placing, true) {
                canvas.fill_path(&path, &paint, FillRule::Winding, still, None);
            }
        }
        Kind::Line(line, width) => {
            let stroke = Stroke {
                width: width * placing.scale,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            if let Some(path) = path(line, placing, false) {
                canvas.stroke_path(&path, &paint, &stroke, still, None);
            }
        }
        Kind::Glow(at, radii) => {
            let [x, y] = placing.pixel(*at);
            let [rx, ry] = radii.map(|r| r * placing.scale);
            let (Some(unit), Some(bounds)) = (glow(shape), Rect::from_xywh(-1.0, -1.0, 2.0, 2.0))
            else {
                return;
            };
            let (c, s) = (placing.cos, placing.sin);
            let place = Transform::from_row(c * rx, s * rx, -s * ry, c * ry, x, y);
            canvas.fill_path(
                &PathBuilder::from_rect(bounds),
                &with(unit),
                FillRule::Winding,
                place,
                Some(skin),
            );
        }
    }
}

/// A colour that fades from the middle to nothing at distance 1.
fn glow(shape: &Shape) -> Option<Shader<'static>> {
    let stop =
        |at: f32, share: f32| GradientStop::new(at, colour(shape.colour, shape.alpha * share));
    let stops = vec![
        stop(0.0, 1.0),
        stop(0.4, 0.7),
        stop(0.75, 0.2),
        stop(1.0, 0.0),
    ];
    let middle = tiny_skia::Point::from_xy(0.0, 0.0);
    RadialGradient::new(
        middle,
        0.0,
        middle,
        1.0,
        stops,
        SpreadMode::Pad,
        Transform::identity(),
    )
}

fn with(shader: Shader<'_>) -> Paint<'_> {
    Paint {
        shader,
        anti_alias: true,
        ..Paint::default()
    }
}

fn colour([r, g, b]: Colour, alpha: f32) -> Color {
    Color::from_rgba(
        r.clamp(0.0, 1.0),
        g.clamp(0.0, 1.0),
        b.clamp(0.0, 1.0),
        alpha.clamp(0.0, 1.0),
    )
    .unwrap_or(Color::BLACK)
}

fn path(points: &[Point], placing: &Placing, closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::with_capacity(points.len() + 1, points.len() + 1);
    for (i, point) in points.iter().enumerate() {
        let [x, y] = placing.pixel(*point);
        if i == 0 {
            builder.move_to(x, y);
        } else {
            builder.line_to(x, y);
        }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}
