//! What can be wrong with a question to the history.

use thiserror::Error;

/// Why a filter, a sort or a pivot cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompareError {
    /// No field of that name.
    #[error("`{name}` is no {what}{}; known: {known}", nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")))]
    UnknownField {
        /// What was asked for.
        name: String,
        /// `field`, `key` or `metric`.
        what: &'static str,
        /// The name that is most like it, if one is like it.
        nearest: Option<String>,
        /// All names that would be right.
        known: String,
    },
    /// A numeric field compared with something that is no number.
    #[error("`{term}`: `{value}` is no {expected}")]
    BadValue {
        /// The term of the filter.
        term: String,
        /// Its right-hand side.
        value: String,
        /// What it should be, with an example.
        expected: &'static str,
    },
    /// `<` or `>` with a field that is text.
    #[error("`{term}`: `{field}` is text and has no order: use {field}=… or {field}!=…")]
    NoOrder {
        /// The term of the filter.
        term: String,
        /// The field.
        field: &'static str,
    },
    /// What only a pivot has an axis of.
    #[error(
        "`{field}` is no value of a run but an axis of a pivot: use quell compare --rows {field} or --cols {field}"
    )]
    OnlyAxis {
        /// The field.
        field: &'static str,
    },
    /// A quotation mark without its partner.
    #[error("the filter has an opening \" without a closing one: {text}")]
    OpenQuote {
        /// The filter.
        text: String,
    },
    /// A term without a value.
    #[error("`{term}` has no value: write it as {field}=VALUE")]
    NoValue {
        /// The term.
        term: String,
        /// The field.
        field: &'static str,
    },
}
