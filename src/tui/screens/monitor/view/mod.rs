//! Drawing the Monitor screen, and finding what a click meant.

mod detail;
mod table;
mod units;

use super::figures::{self, time};
use super::state::{Order, State, Tab};
use crate::store::{RunRecord, clean};
use crate::tui::app::App;
use crate::tui::theme::Theme;
use crate::tui::view::panel::{foot, framed, panel};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Screens at least this large show everything side by side.
const WIDE: (u16, u16) = (150, 30);
const FILTER: &str = " / ";

/// What a click meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A row of the table.
    Row(usize),
    /// A tab of the run.
    Tab(Tab),
    /// The filter.
    Filter,
}

/// Where the parts of the screen are.
struct Parts {
    overall: Rect,
    filter: Rect,
    table: Rect,
    /// The panel with tabs, or the charts of a wide screen.
    detail: Rect,
    /// Log and configuration of a wide screen.
    beside: Option<(Rect, Rect)>,
}

fn parts(state: &State, area: Rect) -> Parts {
    let filter = &state.filter;
    let open = filter.editing || !filter.input.value().is_empty();
    let [overall, filter, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(open.into()),
        Constraint::Fill(1),
    ])
    .areas(area);
    if area.width >= WIDE.0 && area.height >= WIDE.1 {
        let [left, detail] =
            Layout::horizontal([Constraint::Fill(5), Constraint::Fill(3)]).areas(body);
        let [table, low] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(left);
        let [log, config] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(low);
        return Parts {
            overall,
            filter,
            table,
            detail,
            beside: Some((log, config)),
        };
    }
    let below = (body.height * 2 / 5).clamp(7, 18);
    let [table, detail] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(body);
    Parts {
        overall,
        filter,
        table,
        detail,
        beside: None,
    }
}

/// Places of a run's tabs in the frame of the detail.
fn tabs(run: Option<&RunRecord>, area: Rect) -> impl Iterator<Item = (Tab, Rect)> {
    let mut x = area.x + 2;
    Tab::of(run).iter().map(move |&tab| {
        let width = tab.title().width() as u16;
        let place = Rect::new(x, area.y, width, 1).intersection(area);
        x += width + 3;
        (tab, place)
    })
}

/// What stands at a place of the screen.
pub fn hit(state: &State, runs: &[RunRecord], x: u16, y: u16, area: Rect) -> Option<Hit> {
    let parts = parts(state, area);
    let at = Position { x, y };
    if parts.filter.contains(at) {
        return Some(Hit::Filter);
    }
    if parts.beside.is_none()
        && let Some((tab, _)) = tabs(state.selected(runs), parts.detail).find(|t| t.1.contains(at))
    {
        return Some(Hit::Tab(tab));
    }
    let inner = parts.table.inner(Margin::new(1, 1));
    if runs.is_empty() || !inner.contains(at) {
        return None;
    }
    table::places(state, inner).row(y).map(Hit::Row)
}

/// Whether a place is in what can be scrolled: the log, or the table of units.
pub fn scrolls(state: &State, runs: &[RunRecord], area: Rect, x: u16, y: u16) -> bool {
    let parts = parts(state, area);
    let at = Position { x, y };
    match parts.beside {
        Some((log, _)) => log.contains(at),
        None => matches!(state.tab(runs), Tab::Log | Tab::Units) && parts.detail.contains(at),
    }
}

/// Draws the screen into `area`.
pub fn draw(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let state = &app.monitor;
    let parts = parts(state, area);
    overall(frame, parts.overall, app, theme);
    filter(frame, parts.filter, state, theme);
    let title = match (state.rows.len(), app.runs.len()) {
        (shown, all) if shown == all => format!("Runs {all}"),
        (shown, all) => format!("Runs {shown} of {all}"),
    };
    let title = match state.order {
        Order::Queue => title,
        order => format!("{title}, by {}", order.title()),
    };
    let inner = panel(frame, parts.table, &title, true, theme);
    if state.rows.is_empty() {
        let text = if app.runs.is_empty() {
            " No runs yet: choose what to run on the Setup screen (1) and launch it (L)."
        } else {
            " No run fits the filter: esc undoes it."
        };
        frame.render_widget(Line::styled(text, theme.look.muted), inner);
    } else {
        table::draw(frame, inner, app, theme);
    }
    let run = state.selected(&app.runs);
    let name = run.map_or_else(String::new, |r| clean(&r.id));
    if let Some((log, config)) = parts.beside {
        let charts = panel(frame, parts.detail, &name, false, theme);
        let log = panel(frame, log, "Log", false, theme).inner(Margin::new(1, 0));
        let config = panel(frame, config, "Config", false, theme).inner(Margin::new(1, 0));
        if let Some(run) = run {
            let history = app.histories.get(&run.id).map_or(&[][..], Vec::as_slice);
            let charts = detail::reason(frame, charts, run, theme).inner(Margin::new(1, 0));
            let charts = units::beside(frame, charts, run, &app.runs, theme);
            detail::charts(frame, charts, run, history, true, theme);
            detail::log(frame, log, state, run, theme);
            detail::config(frame, config, run, theme);
        }
        return;
    }
    let inner = framed(
        frame,
        parts.detail,
        tab_line(state, &app.runs, &name, parts.detail, theme),
        false,
        theme,
    )
    .inner(Margin::new(1, 0));
    let Some(run) = run else { return };
    let dot = format!(" {} ", theme.glyphs.dot);
    let wide = parts.table.width.saturating_sub(2);
    let more = table::left_out(run, wide, state.units, theme).join(&dot);
    foot(frame, parts.detail, &more, theme);
    let inner = detail::reason(frame, inner, run, theme);
    match state.tab(&app.runs) {
        Tab::Units => units::draw(frame, inner, run, &app.runs, state.back, theme),
        Tab::Charts => {
            let history = app.histories.get(&run.id).map_or(&[][..], Vec::as_slice);
            detail::charts(frame, inner, run, history, false, theme);
        }
        Tab::Log => detail::log(frame, inner, state, run, theme),
        Tab::Config => detail::config(frame, inner, run, theme),
    }
}

/// The tabs and the run's name, for the frame around them.
fn tab_line(
    state: &State,
    runs: &[RunRecord],
    name: &str,
    area: Rect,
    theme: &Theme,
) -> Line<'static> {
    let look = &theme.look;
    let mut spans = vec![Span::raw(" ")];
    let shown = state.tab(runs);
    for (i, &tab) in Tab::of(state.selected(runs)).iter().enumerate() {
        if i > 0 {
            spans.push(Span::styled(format!(" {} ", theme.glyphs.dot), look.muted));
        }
        let style = if tab == shown {
            look.accent
        } else {
            look.muted
        };
        spans.push(Span::styled(tab.title(), style));
    }
    let used: usize = spans.iter().map(|s| s.content.width()).sum();
    if used + name.width() + 8 < usize::from(area.width) {
        spans.push(Span::styled(format!("   {name}"), look.text));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn overall(frame: &mut Frame, area: Rect, app: &App, theme: &Theme) {
    let look = &theme.look;
    let all = figures::overall(&app.runs, app.worker.as_ref());
    let mut spans = vec![
        Span::styled(format!(" {}/{}", all.finished, all.total), look.text),
        Span::styled(" finished ", look.muted),
    ];
    let share = all.finished as f64 / all.total.max(1) as f64;
    let wide = if area.width >= 100 { 24 } else { 12 };
    spans.push(Span::styled(theme.glyphs.progress(share, wide), look.good));
    let mut part = |text: String, style| {
        spans.push(Span::styled(format!(" {} ", theme.glyphs.dot), look.muted));
        spans.push(Span::styled(text, style));
    };
    if all.running > 0 {
        part(format!("{} training", all.running), look.accent);
    }
    if all.queued > 0 {
        part(format!("{} queued", all.queued), look.text);
    }
    if all.failed > 0 {
        part(format!("{} failed", all.failed), look.error);
    }
    if let Some(left) = all.left {
        part(format!("{} left", time(left)), look.text);
    }
    if let Some(worker) = &app.worker {
        let text = format!("{} at once on {}", worker.jobs, clean(&worker.device));
        part(text, look.muted);
    }
    frame.render_widget(Line::from(spans), area);
}

fn filter(frame: &mut Frame, area: Rect, state: &State, theme: &Theme) {
    if area.height == 0 {
        return;
    }
    let (look, filter) = (&theme.look, &state.filter);
    let sign = if filter.editing {
        look.accent
    } else {
        look.muted
    };
    let text = clean(filter.input.value());
    let mut spans = vec![Span::styled(FILTER, sign), Span::styled(text, look.text)];
    if let Some(error) = &filter.error {
        spans.push(Span::styled(format!("  ! {}", clean(error)), look.error));
    }
    frame.render_widget(Line::from(spans), area);
    let x = area.x + (FILTER.width() + filter.input.visual_cursor()) as u16;
    if filter.editing && x < area.right() {
        frame.set_cursor_position(Position { x, y: area.y });
    }
}
