//! What the interface knows.

use super::action::{Question, Screen};
use super::screens::{compare, monitor, setup};
use super::theme::Theme;
use crate::store::{EpochMetrics, RunRecord};
use crate::worker::WorkerState;
use ratatui::layout::Rect;
use std::collections::HashMap;
use std::sync::Arc;

/// Something before the screen.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// All keys, scrolled by so many lines.
    Help(u16),
    /// A question; its effects follow a yes.
    Confirm(Question),
    /// Something to read.
    Message {
        /// What it is about.
        title: String,
        /// What there is to say.
        text: String,
    },
}

/// The state of the interface.
#[derive(Debug)]
pub struct App {
    /// The screen shown.
    pub screen: Screen,
    /// All runs, in the order of the queue.
    pub runs: Arc<Vec<RunRecord>>,
    /// Histories of the runs that were asked for.
    pub histories: HashMap<String, Vec<EpochMetrics>>,
    /// The process that trains, if one lives.
    pub worker: Option<WorkerState>,
    /// The screen to choose what to run.
    pub setup: setup::State,
    /// The screen to watch it.
    pub monitor: monitor::State,
    /// The screen to compare it.
    pub compare: compare::State,
    /// What stands before the screen.
    pub dialog: Option<Dialog>,
    /// Said once, in the last line; an error or not.
    pub notice: Option<Result<String, String>>,
    /// All themes.
    pub themes: Vec<Theme>,
    /// The one in use.
    pub theme: usize,
    /// Size of the terminal.
    pub size: Rect,
    /// Whether the store has been read once.
    pub settled: bool,
    /// Set to leave.
    pub quit: bool,
}

impl App {
    /// A state without runs. `themes` must not be empty.
    pub fn new(themes: Vec<Theme>, setup: setup::State) -> Self {
        let mut app = Self {
            screen: Screen::Setup,
            runs: Arc::default(),
            histories: HashMap::new(),
            worker: None,
            setup,
            monitor: monitor::State::default(),
            compare: compare::State::default(),
            dialog: None,
            notice: None,
            themes,
            theme: 0,
            size: Rect::new(0, 0, 80, 24),
            settled: false,
            quit: false,
        };
        app.compare.refresh(&app.runs);
        app
    }

    /// The theme in use.
    pub fn theme(&self) -> &Theme {
        &self.themes[self.theme % self.themes.len()]
    }

    /// Runs that are not over.
    pub fn unfinished(&self) -> usize {
        self.runs.iter().filter(|r| !r.state.is_over()).count()
    }

    /// The runs whose histories the screen shows.
    pub fn wanted_histories(&self) -> Vec<String> {
        match self.screen {
            Screen::Setup => Vec::new(),
            Screen::Monitor => self
                .monitor
                .in_view(&self.runs, usize::from(self.size.height)),
            Screen::Compare => self.compare.wanted_histories(),
        }
    }

    /// The run whose log the screen shows.
    pub fn wanted_log(&self) -> Option<String> {
        let shown = self.screen == Screen::Monitor;
        shown.then(|| self.monitor.selected(&self.runs).map(|r| r.id.clone()))?
    }
}
