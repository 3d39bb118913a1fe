//! Facial Action Units as experts coded them: BP4D and DISFA in the layouts that they are given out
//! in, their images cropped once into a cache, and what is odd about a copy.
//!
//! Zhang et al. 2014, "BP4D-Spontaneous"; Mavadati et al. 2013, "DISFA".

mod bp4d;
mod cache;
mod crops;
mod disfa;
mod layout;
mod listing;
mod problem;
mod read;
mod report;
mod table;

pub use listing::{Listing, list};
pub use problem::{Oddity, Problem};
pub use read::{CropSpec, Cropped, SIZES, read};
pub use report::{CodingReport, UnitCount, verify};

use crate::spec::DataSet;
use serde::Serialize;

/// The most units that a set has.
const MOST_UNITS: usize = 12;

/// A data set of faces whose Action Units are coded frame by frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// 41 subjects in eight tasks; each unit is there or not.
    Bp4d,
    /// 27 subjects who watch a video; each unit has an intensity of 0 to 5.
    Disfa,
}

impl Coding {
    /// That of a data set, where it is one.
    pub fn of(set: DataSet) -> Option<Self> {
        match set {
            DataSet::Bp4d => Some(Self::Bp4d),
            DataSet::Disfa => Some(Self::Disfa),
            _ => None,
        }
    }

    fn set(self) -> DataSet {
        match self {
            Self::Bp4d => DataSet::Bp4d,
            Self::Disfa => DataSet::Disfa,
        }
    }

    /// Its name in specs and on the command line.
    pub fn as_str(self) -> &'static str {
        self.set().as_str()
    }

    /// The units that studies use, by their numbers in the Facial Action Coding System.
    pub fn units(self) -> &'static [u8] {
        self.set().units()
    }

    /// Subjects and coded frames as studies count them.
    pub fn published(self) -> (usize, usize) {
        match self {
            Self::Bp4d => (41, 146_847),
            Self::Disfa => (27, 130_814),
        }
    }

    /// The strongest intensity, where the set tells intensities.
    fn strongest(self) -> Option<u8> {
        match self {
            Self::Bp4d => None,
            Self::Disfa => Some(disfa::STRONGEST),
        }
    }

    /// The code from which on a unit is present: any in BP4D; intensity 2 in DISFA, as in the
    /// studies that learn from it.
    fn present_from(self) -> u8 {
        match self {
            Self::Bp4d => 1,
            Self::Disfa => 2,
        }
    }

    /// Whether a frame belongs to one of several tasks.
    fn has_tasks(self) -> bool {
        self == Self::Bp4d
    }
}

#[cfg(test)]
mod cache_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod testing;
