//! What can happen, and what the interface asks for in return.

use super::screens::{compare, monitor, setup};
use crate::spec::Experiment;
use crate::store::{EpochMetrics, Measurement, Request, RunRecord};
use crate::worker::WorkerState;
use std::sync::Arc;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Choose what to run.
    Setup,
    /// Watch it.
    Monitor,
    /// Compare it.
    Compare,
}

impl Screen {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Setup, Self::Monitor, Self::Compare];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Setup => "Setup",
            Self::Monitor => "Monitor",
            Self::Compare => "Compare",
        }
    }

    /// Its place in [`Screen::ALL`].
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|s| *s == self).unwrap_or(0)
    }
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Leave the interface; training goes on.
    Quit,
    /// Show a screen.
    Show(Screen),
    /// Show the screen so many places further on.
    Turn(isize),
    /// The next theme.
    NextTheme,
    /// Show or close the help.
    Help,
    /// Scroll the help.
    Scroll(i32),
    /// Answer a question with yes.
    Yes,
    /// Close what stands before the screen.
    Close,
    /// Stop this process as a job of the shell.
    Suspend,
    /// Text pasted where text is typed.
    Paste(String),
    /// For the Setup screen.
    Setup(setup::Msg),
    /// For the Monitor screen.
    Monitor(monitor::Msg),
    /// For the Compare screen.
    Compare(compare::Msg),
    /// A click.
    Click {
        /// Column.
        x: u16,
        /// Line.
        y: u16,
    },
    /// The wheel turned at a place, by so many lines.
    Wheel {
        /// Column.
        x: u16,
        /// Line.
        y: u16,
        /// Lines.
        by: isize,
    },
    /// The terminal has a new size.
    Resized(u16, u16),
    /// The store changed.
    Snapshot(Box<Snapshot>),
    /// Something asked for was done, or not.
    Done(Result<String, String>),
    /// A grid was queued.
    Launched(Result<Launched, String>),
}

/// What changed in the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// All runs, if one changed.
    pub runs: Option<Arc<Vec<RunRecord>>>,
    /// Histories that changed.
    pub histories: Vec<(String, Vec<EpochMetrics>)>,
    /// The end of a run's log, if it changed.
    pub log: Option<(String, Vec<String>)>,
    /// The process that trains, if that changed.
    pub worker: Option<Option<WorkerState>>,
    /// What was measured on this machine, if that changed.
    pub measurements: Option<Vec<Measurement>>,
    /// Why the store could not be read.
    pub error: Option<String>,
}

/// A grid that was queued.
#[derive(Clone, Debug, PartialEq)]
pub struct Launched {
    /// New runs.
    pub created: usize,
    /// Runs that go on from their checkpoints.
    pub resumed: usize,
    /// Runs that were there already.
    pub existing: usize,
}

/// What the interface asks for; carried out beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask something of runs.
    Request {
        /// The runs.
        ids: Vec<String>,
        /// What.
        request: Request,
    },
    /// Delete runs.
    Remove(Vec<String>),
    /// Queue a grid and see to it that it is trained.
    Launch(Box<Experiment>),
    /// Measure the speed of this machine with these flags of `quell bench`.
    Measure(Vec<String>),
    /// Draw the labels of an experiment, given as TOML, and count what its noise does.
    Noise(String),
    /// Look for devices.
    Devices,
    /// For the Compare screen.
    Compare(compare::Effect),
    /// Stop this process as a job of the shell.
    Suspend,
}

/// A question before something is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What it is about.
    pub title: String,
    /// The question.
    pub text: String,
    /// What follows a yes.
    pub effects: Vec<Effect>,
}

/// What a screen wants after a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// These effects.
    Do(Vec<Effect>),
    /// A question first.
    Ask(Question),
    /// A short remark.
    Say(String),
    /// A message to close.
    Tell {
        /// What it is about.
        title: String,
        /// What there is to say.
        text: String,
    },
}
