//! The transition matrix of the noise as a small heat map with numbers.

use crate::plan::Noise;
use crate::tui::theme::Theme;
use crate::tui::widgets::heatmap::shaded;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// More classes than this make no small map.
const MOST: usize = 20;

/// The matrix in at most `width` columns: true classes down, labels across, in per cent; or why
/// there is none, `drawing` while it is looked for.
pub fn lines(
    noise: Result<Noise, String>,
    drawing: bool,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let look = &theme.look;
    let wrapped = |text: &str, style: Style| -> Vec<Line<'static>> {
        let lines = textwrap::wrap(text, width.max(1));
        let styled = |line: &std::borrow::Cow<'_, str>| Line::styled(line.to_string(), style);
        lines.iter().map(styled).collect()
    };
    let noise = match noise {
        Ok(noise) => noise,
        Err(reason) => {
            let mut lines = vec![Line::styled("noise", look.head)];
            lines.extend(wrapped(&crate::store::clean(&reason), look.warn));
            return lines;
        }
    };
    let mut title = format!("noise {:.0} %", 100.0 * noise.rate);
    if let Some(wrong) = noise.wrong {
        title.push_str(&format!(": {:.1} % wrong", 100.0 * wrong));
    }
    let mut lines = vec![Line::styled(title, look.head)];
    let Some(matrix) = &noise.transition else {
        let text = match drawing {
            true => format!("drawing the labels{}", theme.glyphs.ellipsis),
            false => "too many classes to count one by one".into(),
        };
        lines.extend(wrapped(&text, look.muted));
        return lines;
    };
    let classes = matrix.len();
    let name = if classes > 10 { 2 } else { 1 };
    // Two digits and a space where there is room for it, two digits where there is not.
    let Some(cell) = [4, 3, 2]
        .into_iter()
        .find(|cell| name + classes * cell <= width)
    else {
        let text = format!("a matrix of {classes} classes has no room here");
        lines.push(Line::styled(text, look.muted));
        return lines;
    };
    if classes > MOST {
        let text = format!(
            "{classes} classes: {:.1} % stay on average",
            100.0 * (1.0 - noise.wrong.unwrap_or(0.0))
        );
        lines.push(Line::styled(text, look.muted));
        return lines;
    }
    let heads: String = (0..classes).map(|c| format!("{c:>cell$}")).collect();
    lines.push(Line::styled(format!("{:<name$}{heads}", ""), look.muted));
    for (class, row) in matrix.iter().enumerate() {
        let mut spans = vec![Span::styled(format!("{class:<name$}"), look.muted)];
        spans.extend(row.iter().map(|share| {
            let style = match look.ramp.is_empty() {
                // Without colour, two digits that touch their neighbours are told apart.
                true if *share >= 0.5 => look.cursor,
                true => Style::new(),
                false => shaded(&look.ramp, *share),
            };
            Span::styled(format!("{:>cell$}", percent(*share)), style)
        }));
        lines.push(Line::from(spans));
    }
    lines.push(Line::styled("true down, label across, in %", look.muted));
    lines
}

/// A share in whole per cent; what is nothing at all is a dot, and what rounds to 100 without being
/// all is 99.
fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p <= 0.0 => ".".into(),
        p if p >= 100.0 => "**".into(),
        p => format!("{:.0}", p.clamp(1.0, 99.0)),
    }
}
