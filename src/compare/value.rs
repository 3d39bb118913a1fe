//! The value of a field of one run.

use crate::spec::{Bits, MethodName, QuantizerName};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The value of a field of one run. Equal values fall into one group; the order is that of the
/// axis of a table: numbers ascending, bit-widths from full precision down, missing values last.
#[derive(Clone, Debug)]
pub enum Value {
    /// Not known, or not yet.
    Missing,
    /// A number; shares are 0–1.
    Number(f64),
    /// A bit-width of one kind, 32 at full precision.
    Width(u8),
    /// Bit-widths of weights and activations.
    Bits(Bits),
    /// Everything a run does against label noise: quantizer, bit-widths and baseline.
    Treatment(QuantizerName, Bits, MethodName),
    /// Yes or no.
    Flag(bool),
    /// Anything else.
    Text(String),
}

impl Value {
    /// The number, of anything that is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(x) => Some(*x),
            Self::Width(bits) => Some(f64::from(*bits)),
            _ => None,
        }
    }

    /// Whether it is not known.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The value as data: what filters are matched against and CSV holds. Numbers are unrounded,
    /// a missing value is empty.
    pub fn text(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Number(x) => format!("{x}"),
            Self::Width(bits) => bits.to_string(),
            Self::Bits(bits) => bits.to_string(),
            Self::Treatment(quantizer, bits, method) => {
                crate::spec::treatment(*quantizer, *bits, *method)
            }
            Self::Flag(yes) => yes.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Width(_) => 1,
            Self::Bits(_) => 2,
            Self::Treatment(..) => 3,
            Self::Flag(_) => 4,
            Self::Text(_) => 5,
            Self::Missing => 6,
        }
    }
}

/// Adds 0.0 so that −0 and 0 are one value.
fn plain(x: f64) -> f64 {
    x + 0.0
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => plain(*a).total_cmp(&plain(*b)),
            (Self::Width(a), Self::Width(b)) => b.cmp(a),
            (Self::Bits(a), Self::Bits(b)) => b.cmp(a),
            (Self::Treatment(qa, ba, ma), Self::Treatment(qb, bb, mb)) => {
                // Plain runs first, then the baselines one after another.
                (ma, std::cmp::Reverse(ba), qa).cmp(&(mb, std::cmp::Reverse(bb), qb))
            }
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Missing => {}
            Self::Number(x) => plain(*x).to_bits().hash(state),
            Self::Width(bits) => bits.hash(state),
            Self::Bits(bits) => bits.hash(state),
            Self::Treatment(quantizer, bits, method) => (quantizer, bits, method).hash(state),
            Self::Flag(yes) => yes.hash(state),
            Self::Text(text) => text.hash(state),
        }
    }
}
