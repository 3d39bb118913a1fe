//! Values of fields: between the text of the form and the TOML of the spec.

use super::field::{Field, Kind};
use toml::{Table, Value};

/// The value under a dotted key.
pub fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let mut parts = key.split('.');
    let mut here = table.get(parts.next()?)?;
    for part in parts {
        here = here.as_table()?.get(part)?;
    }
    Some(here)
}

/// Puts a value under a dotted key, or takes it away.
pub fn put(table: &mut Table, key: &str, value: Option<Value>) {
    let (head, rest) = key.split_once('.').unwrap_or((key, ""));
    if rest.is_empty() {
        match value {
            Some(value) => table.insert(head.into(), value),
            None => table.remove(head),
        };
        return;
    }
    let entry = table
        .entry(head)
        .or_insert_with(|| Value::Table(Table::new()));
    if let Some(inner) = entry.as_table_mut() {
        put(inner, rest, value);
    }
}

/// A value as the form shows it.
pub fn show(value: &Value) -> String {
    match value {
        Value::Array(pairs) if pairs.iter().any(Value::is_array) => {
            let pair = |p: &Value| p.as_array().map_or_else(String::new, |p| show_list(p, ">"));
            pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => crate::store::clean(text),
        Value::Array(list) => show_list(list, ", "),
        Value::Float(x) => x.to_string(),
        Value::Boolean(true) => "on".into(),
        Value::Boolean(false) => "off".into(),
        other => other.to_string(),
    }
}

fn show_list(list: &[Value], between: &str) -> String {
    list.iter().map(show).collect::<Vec<_>>().join(between)
}

/// What a user typed as a value; `None` to leave the field out.
///
/// # Errors
/// Why it is none, in words.
pub fn read(field: &Field, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() && !field.empty.is_empty() {
        return Ok(None);
    }
    let one = |part: &str| match field.kind {
        Kind::Whole | Kind::Wholes => part
            .parse()
            .map(Value::Integer)
            .map_err(|_| format!("`{part}` is no whole number, such as 10")),
        Kind::Number | Kind::Numbers => match part.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Value::Float(x)),
            _ => Err(format!("`{part}` is no number, such as 0.4")),
        },
        Kind::Pairs => {
            let whole = |text: &str| text.trim().parse().map(Value::Integer).ok();
            let pair = part
                .split_once(['>', ':'])
                .map(|(a, b)| (whole(a), whole(b)));
            match pair {
                Some((Some(from), Some(to))) => Ok(Value::Array(vec![from, to])),
                _ => Err(format!("`{part}` is no pair of classes, such as 9>1")),
            }
        }
        Kind::Mixed => Ok(match part.parse::<f64>() {
            Ok(x) if x.is_finite() => Value::Float(x),
            _ => Value::String(part.into()),
        }),
        _ => Ok(Value::String(part.into())),
    };
    if field.kind.is_list() {
        let parts = text
            .trim_matches(['[', ']'])
            .split([',', ' ', ';'])
            .map(|p| p.trim().trim_matches('"'))
            .filter(|p| !p.is_empty());
        let list: Result<Vec<Value>, String> = parts.map(one).collect();
        return list.map(|l| Some(Value::Array(l)));
    }
    one(text).map(Some)
}

/// What TOML says, in its last and telling line.
pub fn reason(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|l| !l.is_empty());
    let mut telling = lines.filter(|l| !l.starts_with('|') && !l.contains(" | "));
    telling
        .next_back()
        .unwrap_or("not a value of this field")
        .into()
}
