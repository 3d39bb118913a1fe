//! The keys of the screen: one table for dispatch, footer and help.

use super::msg::Msg;
use super::state::{State, View};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key and what it does.
#[derive(Debug)]
pub struct Binding {
    /// The key; another way to press the same is a binding of its own without a hint.
    pub key: KeyCode,
    /// Its name for people.
    pub name: &'static str,
    /// What happens.
    pub msg: Msg,
    /// One or two words for the footer; empty to leave it out there.
    pub hint: &'static str,
    /// One line for help.
    pub help: &'static str,
    /// The views in which it holds.
    pub views: &'static [View],
}

const ALL: &[View] = &View::ALL;
const TABLE: &[View] = &[View::Runs];
const CELLS: &[View] = &[View::Runs, View::Pivot, View::Diff];
const PIVOT: &[View] = &[View::Pivot];
const METRIC: &[View] = &[View::Pivot, View::Curves];
const FIGURES: &[View] = &[View::Runs, View::Pivot];

const fn bind(
    key: KeyCode,
    name: &'static str,
    msg: Msg,
    hint: &'static str,
    help: &'static str,
    views: &'static [View],
) -> Binding {
    Binding {
        key,
        name,
        msg,
        hint,
        help,
        views,
    }
}

const fn c(c: char) -> KeyCode {
    KeyCode::Char(c)
}

/// Every key of the screen outside of lists and the filter, in the order of the footer.
#[rustfmt::skip] // one key, one line: a table
pub static KEYS: &[Binding] = &[
    bind(c(']'), "]", Msg::Turn(1), "next view", "next view", ALL),
    bind(c('['), "[", Msg::Turn(-1), "", "previous view", ALL),
    bind(c('/'), "/", Msg::Filter, "filter", "filter runs, such as noise_rate>=0.4 bits=w4a4 state=finished", ALL),
    bind(c(' '), "space", Msg::Mark, "mark", "mark or unmark what is under the cursor", CELLS),
    bind(c('u'), "u", Msg::Unmark, "", "unmark all runs", ALL),
    bind(c('s'), "s", Msg::Sort, "sort", "sort by the column under the cursor; again turns the order, again ends it", TABLE),
    bind(c('g'), "g", Msg::Group, "group", "group runs by a key, with mean ± std", TABLE),
    bind(c('z'), "z", Msg::FoldAll, "", "fold or unfold all groups", TABLE),
    bind(c('o'), "o", Msg::Columns, "columns", "show and hide columns", TABLE),
    bind(KeyCode::Enter, "enter", Msg::Open, "open", "fold a group; in the pivot, the curves of a cell's runs", FIGURES),
    bind(c('r'), "r", Msg::PivotRows, "rows", "choose the key of the rows", PIVOT),
    bind(c('c'), "c", Msg::PivotColumns, "columns", "choose the key of the columns", PIVOT),
    bind(c('x'), "x", Msg::Swap, "swap", "exchange rows and columns", PIVOT),
    bind(c('m'), "m", Msg::Metric, "metric", "choose the metric", METRIC),
    bind(c('.'), ".", Msg::NextMetric(1), "", "next metric", METRIC),
    bind(c(','), ",", Msg::NextMetric(-1), "", "previous metric", METRIC),
    bind(c('a'), "a", Msg::Scope, "", "let unfinished runs count in averages, or not", FIGURES),
    bind(c('e'), "e", Msg::Export, "export", "write what is on screen as CSV", ALL),
    bind(KeyCode::Down, "↓", Msg::Down(1), "", "down", ALL),
    bind(c('j'), "j", Msg::Down(1), "", "down", ALL),
    bind(KeyCode::Up, "↑", Msg::Down(-1), "", "up", ALL),
    bind(c('k'), "k", Msg::Down(-1), "", "up", ALL),
    bind(KeyCode::Right, "→", Msg::Right(1), "", "right", ALL),
    bind(c('l'), "l", Msg::Right(1), "", "right", ALL),
    bind(KeyCode::Left, "←", Msg::Right(-1), "", "left", ALL),
    bind(c('h'), "h", Msg::Right(-1), "", "left", ALL),
    bind(KeyCode::PageDown, "page down", Msg::Down(10), "", "ten rows down", ALL),
    bind(KeyCode::PageUp, "page up", Msg::Down(-10), "", "ten rows up", ALL),
    bind(KeyCode::Home, "home", Msg::First, "", "first row", ALL),
    bind(KeyCode::End, "end", Msg::Last, "", "last row", ALL),
    bind(c('G'), "G", Msg::Last, "", "last row", ALL),
    bind(KeyCode::Esc, "esc", Msg::Back, "", "close, then undo the filter", ALL),
];

/// The keys that hold in a view.
pub fn keys(view: View) -> impl Iterator<Item = &'static Binding> {
    KEYS.iter().filter(move |b| b.views.contains(&view))
}

/// What a key does now; `None` for keys that are not the screen's.
pub fn message(state: &State, key: KeyEvent) -> Option<Msg> {
    let control = key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if state.typing() {
        return typed(key.code, control);
    }
    let found = keys(state.view).find(|b| b.key == key.code && !control);
    found.map(|b| b.msg.clone())
}

/// Keys while a list is open or the filter is typed.
fn typed(key: KeyCode, control: bool) -> Option<Msg> {
    match key {
        KeyCode::Char('u') if control => Some(Msg::EraseAll),
        KeyCode::Char(_) if control => None,
        KeyCode::Char(c) => Some(Msg::Type(c)),
        KeyCode::Backspace => Some(Msg::Erase),
        KeyCode::Enter => Some(Msg::Accept),
        KeyCode::Esc => Some(Msg::Back),
        KeyCode::Left => Some(Msg::Caret(-1)),
        KeyCode::Right => Some(Msg::Caret(1)),
        KeyCode::Home => Some(Msg::Caret(isize::MIN / 2)),
        KeyCode::End => Some(Msg::Caret(isize::MAX / 2)),
        KeyCode::Down => Some(Msg::Down(1)),
        KeyCode::Up => Some(Msg::Down(-1)),
        KeyCode::PageDown => Some(Msg::Down(10)),
        KeyCode::PageUp => Some(Msg::Down(-10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_stands_twice_in_a_view() {
        for view in View::ALL {
            let all: Vec<_> = keys(view).collect();
            for (i, one) in all.iter().enumerate() {
                let again = all[..i].iter().find(|b| b.key == one.key);
                assert!(again.is_none(), "{} stands twice in {view:?}", one.name);
            }
        }
    }

    #[test]
    fn typed_keys_are_text_while_the_filter_is_open() {
        let mut state = State::default();
        let press = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        assert_eq!(message(&state, press('e')), Some(Msg::Export));
        assert_eq!(message(&state, press('q')), None);
        state.filter.editing = true;
        assert_eq!(message(&state, press('e')), Some(Msg::Type('e')));
        let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(message(&state, control), None);
    }
}
