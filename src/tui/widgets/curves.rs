//! Several curves in one chart. Each carries a letter, so that the legend holds without colour.

use super::ticks::{Scale, nice};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line as Segment, Points};

/// How many curves have a letter of their own.
pub const MAX_SERIES: usize = 26;

/// Screens at least this wide have the legend beside the chart, others below it.
const WIDE: u16 = 110;

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend; a lone curve may have none.
    pub name: String,
    /// Points in order of x.
    pub points: Vec<(f64, f64)>,
    /// Its colour; `Color::Reset` where there is none.
    pub color: Color,
}

/// Looks of the chart.
#[derive(Clone, Debug)]
pub struct CurvesStyle {
    /// Axes and their numbers.
    pub axis: Style,
    /// Names in the legend.
    pub text: Style,
    /// What the curves are drawn with.
    pub marker: Marker,
    /// Characters of the vertical and the horizontal axis.
    pub lines: (&'static str, &'static str),
}

/// The chart.
#[derive(Clone, Debug)]
pub struct Curves<'a> {
    /// The curves; those beyond [`MAX_SERIES`] are not drawn.
    pub series: &'a [Series],
    /// What x is.
    pub x_label: &'a str,
    /// Whether y is a share, shown in per cent.
    pub percent: bool,
    /// Said where no curve has a point.
    pub empty: &'a str,
    /// Looks.
    pub style: CurvesStyle,
}

/// The letter of the curve at `index`.
pub fn letter(index: usize) -> char {
    char::from(b'a' + (index % MAX_SERIES) as u8)
}

impl Widget for Curves<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 12 || area.height < 4 {
            return;
        }
        let series = &self.series[..self.series.len().min(MAX_SERIES)];
        let (chart, legend) = split(area, series);
        self.legend(series, legend, buf);
        let finite = || {
            let points = series.iter().flat_map(|s| s.points.iter());
            points.filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        let Some(y) = nice(finite().map(|p| p.1), usize::from(chart.height / 3).max(1)) else {
            buf.set_stringn(
                chart.x,
                chart.y,
                self.empty,
                chart.width.into(),
                self.style.text,
            );
            return;
        };
        let (low, high) = finite().fold((f64::MAX, f64::MIN), |(l, h), (x, _)| {
            (l.min(*x), h.max(*x))
        });
        let x = if high > low {
            (low, high)
        } else {
            (low - 0.5, high + 0.5)
        };
        let plot = self.axes(chart, x, &y, buf);
        if plot.width == 0 || plot.height == 0 {
            return;
        }
        plot_series(series, x, &y, self.style.marker, plot, buf);
    }
}

impl Curves<'_> {
    /// Draws both axes with their numbers and gives back the room for the curves.
    fn axes(&self, area: Rect, x: (f64, f64), y: &Scale, buf: &mut Buffer) -> Rect {
        let labels: Vec<String> = y.ticks.iter().map(|t| y.format(*t, self.percent)).collect();
        let left = labels.iter().map(|l| l.chars().count()).max().unwrap_or(0) as u16 + 1;
        let plot = Rect {
            x: area.x + left + 1,
            y: area.y,
            width: area.width.saturating_sub(left + 1),
            height: area.height.saturating_sub(2),
        };
        if plot.width == 0 || plot.height == 0 {
            return plot;
        }
        for row in plot.y..plot.bottom() {
            buf.set_string(plot.x - 1, row, self.style.lines.0, self.style.axis);
        }
        for column in plot.x - 1..plot.right() {
            buf.set_string(column, plot.bottom(), self.style.lines.1, self.style.axis);
        }
        for (tick, label) in y.ticks.iter().zip(&labels) {
            let share = (tick - y.low) / (y.high - y.low);
            let row = (f64::from(plot.height - 1) * (1.0 - share)).round() as u16;
            let at = area.x + left - 1 - label.chars().count() as u16;
            buf.set_string(
                at,
                plot.y + row.min(plot.height - 1),
                label,
                self.style.axis,
            );
        }
        let numbers = plot.bottom() + 1;
        let (low, high) = (trim(x.0), trim(x.1));
        buf.set_stringn(plot.x, numbers, &low, plot.width.into(), self.style.axis);
        let width = high.chars().count() as u16;
        if plot.width > width + low.chars().count() as u16 + 2 {
            buf.set_string(plot.right() - width, numbers, &high, self.style.axis);
        }
        let width = self.x_label.chars().count() as u16;
        if plot.width > width + 16 {
            let at = plot.x + (plot.width - width) / 2;
            buf.set_string(at, numbers, self.x_label, self.style.axis);
        }
        plot
    }

    fn legend(&self, series: &[Series], area: Rect, buf: &mut Buffer) {
        for (index, one) in series.iter().enumerate() {
            let row = index as u16;
            if row >= area.height {
                break;
            }
            let last_row = row + 1 == area.height && index + 1 < series.len();
            let line = if last_row {
                let left = series.len() - index;
                Line::styled(format!("and {left} more"), self.style.axis)
            } else {
                let value = one.points.last().map(|p| p.1).filter(|v| v.is_finite());
                let value = value.map_or_else(
                    || "    –".to_owned(),
                    |v| {
                        if self.percent {
                            format!("{:5.1}", v * 100.0)
                        } else {
                            format!("{v:5.3}")
                        }
                    },
                );
                let mark = Style::new().fg(one.color).add_modifier(Modifier::BOLD);
                Line::from(vec![
                    Span::styled(format!("{} ", letter(index)), mark),
                    Span::styled(format!("{value}  "), self.style.text),
                    Span::styled(one.name.clone(), self.style.text),
                ])
            };
            buf.set_line(area.x, area.y + row, &line, area.width);
        }
    }
}

/// Curves without names have neither legend nor letters.
fn nameless(series: &[Series]) -> bool {
    series.iter().all(|s| s.name.is_empty())
}

/// Splits off the legend: beside the chart where there is room, else below it.
fn split(area: Rect, series: &[Series]) -> (Rect, Rect) {
    if nameless(series) {
        return (area, Rect { height: 0, ..area });
    }
    let longest = series
        .iter()
        .map(|s| s.name.chars().count())
        .max()
        .unwrap_or(0) as u16;
    if area.width >= WIDE {
        let width = (longest + 10).clamp(16, area.width * 2 / 5);
        let chart = Rect {
            width: area.width - width - 2,
            ..area
        };
        let legend = Rect {
            x: chart.right() + 2,
            width,
            ..area
        };
        (chart, legend)
    } else {
        let height = (series.len() as u16).min(area.height / 3);
        let chart = Rect {
            height: area.height - height,
            ..area
        };
        let legend = Rect {
            y: chart.bottom(),
            height,
            ..area
        };
        (chart, legend)
    }
}

fn plot_series(
    series: &[Series],
    x: (f64, f64),
    y: &Scale,
    marker: Marker,
    plot: Rect,
    buf: &mut Buffer,
) {
    let count = series.len().max(1);
    Canvas::default()
        .marker(marker)
        .x_bounds([x.0, x.1])
        .y_bounds([y.low, y.high])
        .paint(|context| {
            for one in series {
                let points: Vec<(f64, f64)> = one
                    .points
                    .iter()
                    .copied()
                    .filter(|(x, y)| x.is_finite() && y.is_finite())
                    .collect();
                for pair in points.windows(2) {
                    let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
                    context.draw(&Segment {
                        x1,
                        y1,
                        x2,
                        y2,
                        color: one.color,
                    });
                }
                context.draw(&Points {
                    coords: &points,
                    color: one.color,
                });
            }
        })
        .render(plot, buf);
    if nameless(series) {
        return;
    }
    for (index, one) in series.iter().enumerate() {
        // Letters stand at staggered places, so that near curves do not hide each other's.
        let last = one.points.len().saturating_sub(1);
        let place = last * (2 * index + 1) / (2 * count);
        for at in [place, last] {
            if let Some(&point) = one.points.get(at).filter(|p| p.1.is_finite()) {
                let style = Style::new().fg(one.color).add_modifier(Modifier::BOLD);
                let (column, row) = cell(point, x, y, plot);
                buf.set_string(column, row, letter(index).to_string(), style);
            }
        }
    }
}

/// The cell in which a point's dot lies, by the canvas's two by four dots a cell.
fn cell(point: (f64, f64), x: (f64, f64), y: &Scale, plot: Rect) -> (u16, u16) {
    let dot = |share: f64, cells: u16, dots: f64| {
        let dot = (share.clamp(0.0, 1.0) * (f64::from(cells) * dots - 1.0)).round();
        (dot / dots) as u16
    };
    let right = (point.0 - x.0) / (x.1 - x.0);
    let down = (y.high - point.1) / (y.high - y.low);
    (
        plot.x + dot(right, plot.width, 2.0),
        plot.y + dot(down, plot.height, 4.0),
    )
}

fn trim(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn draw(series: &[Series], width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let style = CurvesStyle {
            axis: Style::new(),
            text: Style::new(),
            marker: Marker::Braille,
            lines: ("│", "─"),
        };
        let curves = Curves {
            series,
            x_label: "epoch",
            percent: true,
            empty: "no points",
            style,
        };
        curves.render(area, &mut buf);
        let rows = buf.content.chunks(width.max(1).into());
        let rows: Vec<String> = rows
            .map(|r| {
                r.iter()
                    .map(|c| c.symbol())
                    .collect::<String>()
                    .trim_end()
                    .to_owned()
            })
            .collect();
        rows.join("\n")
    }

    fn series(n: usize) -> Vec<Series> {
        (0..n)
            .map(|i| Series {
                name: format!("run {i}"),
                points: (1..=10)
                    .map(|e| (e as f64, 0.1 * i as f64 + 0.02 * e as f64))
                    .collect(),
                color: Color::Reset,
            })
            .collect()
    }

    #[test]
    fn every_curve_has_its_letter_in_chart_and_legend() {
        let text = draw(&series(3), 80, 20);
        for letter in ['a', 'b', 'c'] {
            assert!(text.matches(letter).count() >= 2, "{letter} in\n{text}");
        }
        assert!(text.contains("epoch") && text.contains("run 2"), "{text}");
    }

    #[test]
    fn no_size_and_no_data_panics() {
        for width in 0..40 {
            for height in 0..14 {
                draw(&series(30), width, height);
                draw(&[], width, height);
            }
        }
        let broken = Series {
            name: String::new(),
            points: vec![(1.0, f64::NAN)],
            color: Color::Reset,
        };
        assert!(draw(&[broken], 60, 12).contains("no points"));
        let one = Series {
            name: "one".into(),
            points: vec![(1.0, 0.5)],
            color: Color::Reset,
        };
        draw(&[one], 60, 12);
    }
}
