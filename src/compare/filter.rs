//! Filter expressions: `state:finished noise_rate>=0.4 method!=none text`.

use super::error::CompareError;
use super::field::{Field, Kind, run_field};
use super::glob;
use super::value::Value;
use super::words::words;
use crate::spec::{Bits, FULL_PRECISION};
use crate::store::RunRecord;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A parsed filter: all of its terms must hold. The empty filter takes every run.
///
/// A term is `key:value` or `key=value`, `!=`, `<`, `<=`, `>`, `>=`, or free text that is looked
/// for in id and sweep. A value may be a glob, several values with commas between them (any of
/// them), quoted, a share as `40%`, and `none` for a number that is not known.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    /// Somewhere in id or sweep, lower case.
    Free(String),
    Field {
        field: &'static Field,
        op: Op,
        wanted: Vec<Wanted>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Is,
    IsNot,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
enum Wanted {
    Pattern(String),
    Number(f64),
    Unknown,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`CompareError`] names the term that is wrong, and the nearest key for an unknown one.
    pub fn parse(text: &str) -> Result<Self, CompareError> {
        let terms = words(text)?
            .iter()
            .map(|word| term(word))
            .collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether it takes every run.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether `run` fits every term.
    pub fn matches(&self, run: &RunRecord) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Free(text) => {
                run.id.to_lowercase().contains(text) || run.meta.sweep.to_lowercase().contains(text)
            }
            Term::Field { field, op, wanted } => {
                let value = field.value(run);
                match op {
                    Op::IsNot => !wanted.iter().any(|w| holds(&value, Op::Is, w)),
                    op => wanted.iter().any(|w| holds(&value, *op, w)),
                }
            }
        })
    }

    /// The runs that fit, in their order.
    pub fn apply<'a>(&self, runs: impl IntoIterator<Item = &'a RunRecord>) -> Vec<&'a RunRecord> {
        runs.into_iter().filter(|r| self.matches(r)).collect()
    }
}

fn term(word: &str) -> Result<Term, CompareError> {
    let Some(at) = word.find([':', '=', '!', '<', '>']).filter(|at| *at > 0) else {
        return Ok(Term::Free(word.to_lowercase()));
    };
    let (name, rest) = word.split_at(at);
    let (op, right) = [
        ("!=", Op::IsNot),
        ("<=", Op::LessOrEqual),
        (">=", Op::GreaterOrEqual),
        ("==", Op::Is),
        ("<", Op::Less),
        (">", Op::Greater),
        ("=", Op::Is),
        (":", Op::Is),
    ]
    .into_iter()
    .find_map(|(sign, op)| rest.strip_prefix(sign).map(|right| (op, right)))
    // A lone `!`, as in `what!`, is text.
    .map_or((None, ""), |(op, right)| (Some(op), right));
    let Some(op) = op else {
        return Ok(Term::Free(word.to_lowercase()));
    };
    let field = run_field(name)?;
    if right.is_empty() {
        return Err(CompareError::NoValue {
            term: word.into(),
            field: field.name,
        });
    }
    if !matches!(op, Op::Is | Op::IsNot) && !field.is_ordered() {
        return Err(CompareError::NoOrder {
            term: word.into(),
            field: field.name,
        });
    }
    let wanted = right
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| wanted(field, op, part, word))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Term::Field { field, op, wanted })
}

fn wanted(field: &Field, op: Op, part: &str, term: &str) -> Result<Wanted, CompareError> {
    let lower = part.to_lowercase();
    let bad = |expected| CompareError::BadValue {
        term: term.into(),
        value: part.into(),
        expected,
    };
    match field.kind {
        Kind::Text => Ok(Wanted::Pattern(lower)),
        Kind::Flag => match lower.as_str() {
            "true" | "yes" | "on" => Ok(Wanted::Pattern("true".into())),
            "false" | "no" | "off" => Ok(Wanted::Pattern("false".into())),
            _ => Err(bad("yes or no")),
        },
        Kind::Bits => match (lower.parse::<f64>(), lower.parse::<Bits>()) {
            (Ok(n), _) => Ok(Wanted::Number(n)),
            (_, Ok(bits)) if !matches!(op, Op::Is | Op::IsNot) && bits.weight == bits.act => {
                Ok(Wanted::Number(f64::from(bits.weight)))
            }
            _ if matches!(op, Op::Is | Op::IsNot) => Ok(Wanted::Pattern(lower)),
            _ => Err(bad("number of bits, such as 4")),
        },
        _ if matches!(lower.as_str(), "none" | "null" | "missing") => Ok(Wanted::Unknown),
        Kind::Width if lower == "fp32" => Ok(Wanted::Number(f64::from(FULL_PRECISION))),
        Kind::Time => moment(part)
            .map(Wanted::Number)
            .ok_or_else(|| bad("date, such as 2026-11-24 or 2026-11-24T13:00:00Z")),
        _ => {
            let (digits, factor) = lower
                .strip_suffix('%')
                .map_or((lower.as_str(), 1.0), |d| (d, 0.01));
            digits
                .parse::<f64>()
                .ok()
                .filter(|x| x.is_finite())
                .map(|x| Wanted::Number(x * factor))
                .ok_or_else(|| bad("number, such as 0.4 or 40%"))
        }
    }
}

/// Seconds since 1970 of a date (its beginning, local time) or of a full time stamp.
fn moment(text: &str) -> Option<f64> {
    let stamp = text.parse::<Timestamp>().ok().or_else(|| {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned_datetime(TimeZone::system()).ok()?.timestamp())
    })?;
    Some(stamp.as_millisecond() as f64 / 1000.0)
}

fn holds(value: &Value, op: Op, wanted: &Wanted) -> bool {
    match (wanted, value) {
        (Wanted::Unknown, value) => op == Op::Is && value.is_missing(),
        (Wanted::Pattern(pattern), value) => {
            !value.is_missing() && glob::matches(pattern, &value.text())
        }
        // One number against two widths: both must hold.
        (Wanted::Number(n), Value::Bits(bits) | Value::Treatment(_, bits, _)) => {
            number_holds(f64::from(bits.weight), op, *n)
                && number_holds(f64::from(bits.act), op, *n)
        }
        (Wanted::Number(n), value) => value.number().is_some_and(|x| number_holds(x, op, *n)),
    }
}

fn number_holds(x: f64, op: Op, n: f64) -> bool {
    // Rates are written by people: 0.1 + 0.2 is 0.3.
    let equal = (x - n).abs() <= 1e-9 * n.abs().max(1.0);
    match op {
        Op::Is => equal,
        Op::IsNot => !equal,
        Op::Less => x < n && !equal,
        Op::LessOrEqual => x < n || equal,
        Op::Greater => x > n && !equal,
        Op::GreaterOrEqual => x > n || equal,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::grid;
    use super::*;
    use proptest::prelude::*;

    fn count(text: &str) -> usize {
        Filter::parse(text).unwrap().apply(&grid()).len()
    }

    #[test]
    fn terms_narrow_the_list() {
        // 2 rates × (fp32, w4a4, w2a2 and fp32+dropout) × 3 seeds; all finished.
        for (text, n) in [
            ("", 24),
            ("state:finished", 24),
            ("state!=finished", 0),
            ("noise_rate>=0.4", 12),
            ("noise=0.4", 12),
            ("noise>=40%", 12),
            ("weight_bits<=4", 12),
            ("weight_bits=fp32", 12),
            ("bits<=4", 12),
            ("bits=w4a4,w2a2", 12),
            ("bits=w?a?", 12),
            ("bits<fp32", 12),
            ("method!=none", 6),
            ("method:drop*", 6),
            ("treatment=fp32+dropout", 6),
            ("seed=0 noise=0.4 method=none", 3),
            ("batch_norm=no", 24),
            ("memorised=none", 12),
            ("memorised!=none", 12),
            ("test_acc_last>0", 24),
            ("sweep:\"test grid\"", 24),
            ("GRID", 24),
            ("nowhere", 0),
            ("created>=2020-01-01", 24),
            ("created<2020-01-01", 0),
            ("DATA:bundled", 24),
        ] {
            assert_eq!(count(text), n, "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| Filter::parse(text).unwrap_err().to_string();
        assert!(message("noise_rat>=0.4").contains("did you mean `noise_rate`?"));
        assert!(message("noise_rate>=high").contains("`high` is no number"));
        assert!(message("model<cnn").contains("has no order"));
        assert!(message("state:").contains("no value"));
        assert!(message("sweep:\"a").contains("closing"));
        assert!(message("batch_norm=maybe").contains("yes or no"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                let _ = filter.apply(&grid());
            }
        }

        #[test]
        fn a_term_and_its_opposite_split_the_runs(x in 0.0..1.0_f64) {
            let all = grid().len();
            prop_assert_eq!(count(&format!("test_acc_last<{x}")) + count(&format!("test_acc_last>={x}")), all);
            prop_assert_eq!(count(&format!("noise={x}")) + count(&format!("noise!={x}")), all);
        }
    }
}
