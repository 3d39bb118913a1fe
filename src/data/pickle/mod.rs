//! Reads Python pickles that hold arrays, and runs nothing.
//!
//! A pickle is a program: its reader may be told to call any function. This one knows the few
//! functions that numpy and PyTorch write for arrays, refuses every other by name, and builds values
//! only. Crates that parse pickles drop the arguments of calls that they do not know, and so the
//! arrays; hence one of our own.

mod array;
mod calls;
mod container;
mod global;
mod machine;

pub use container::{NPY_MAGIC, TORCH_MAGIC, npy, torch, torch_from};

use array::{Array, Storage, Type};
use global::Global;
use std::borrow::Cow;
use std::collections::HashMap;

/// A value. Those with parts are places in a list of objects: nesting is never deep in memory, so
/// that a file that nests a million tuples cannot exhaust the stack when it is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A function or type, not called.
    Global(Global),
    /// An object.
    Object(usize),
}

#[derive(Debug)]
enum Object {
    Text(String),
    Bytes(Vec<u8>),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Type(Type),
    Array(Array),
    Storage(Storage),
}

/// What a pickle holds.
#[derive(Debug)]
pub struct Pickle {
    objects: Vec<Object>,
    root: Value,
    /// Bytes of PyTorch's storages, which lie beside the pickle.
    storages: HashMap<String, Vec<u8>>,
}

/// Reads a pickle of protocol 2 to 5.
///
/// # Errors
/// What is wrong with it, for people: torn, too much of something, or a function that is refused.
pub fn parse(bytes: &[u8]) -> Result<Pickle, String> {
    let (objects, root) = machine::Machine::new(bytes).run()?;
    Ok(Pickle {
        objects,
        root,
        storages: HashMap::new(),
    })
}

impl Pickle {
    /// What was pickled; of an array that holds one object and nothing else, that object.
    pub fn root(&self) -> Value {
        match self.object(self.root) {
            Some(Object::Array(array)) => array.single(&self.objects).unwrap_or(self.root),
            _ => self.root,
        }
    }

    fn object(&self, value: Value) -> Option<&Object> {
        object(&self.objects, value)
    }

    /// The text of a text, or of bytes that are one: Python 2 did not tell them apart.
    pub fn text(&self, value: Value) -> Option<Cow<'_, str>> {
        text(&self.objects, value).map(Cow::Borrowed)
    }

    /// The text keys of a dictionary and their values, in its order; `None` if it is none.
    pub fn entries(&self, dict: Value) -> Option<Vec<(Cow<'_, str>, Value)>> {
        let Some(Object::Dict(pairs)) = self.object(dict) else {
            return None;
        };
        let named = pairs.iter().filter_map(|(k, v)| Some((self.text(*k)?, *v)));
        Some(named.collect())
    }

    /// The value under a key of a dictionary.
    pub fn get(&self, dict: Value, key: &str) -> Option<Value> {
        let mut entries = self.entries(dict)?;
        // As in Python, a key that is set again has its last value.
        let at = entries.iter().rposition(|(k, _)| k == key)?;
        Some(entries.swap_remove(at).1)
    }

    /// The whole numbers of a list, tuple, array or tensor, in row-major order.
    ///
    /// # Errors
    /// What it is in place of whole numbers.
    pub fn ints(&self, value: Value) -> Result<Vec<i64>, String> {
        match self.object(value) {
            Some(Object::List(values) | Object::Tuple(values)) => values
                .iter()
                .map(|v| match v {
                    Value::Int(n) => Ok(*n),
                    _ => Err("a list holds something else than whole numbers".into()),
                })
                .collect(),
            Some(Object::Array(array)) => array.ints(&self.objects, &self.storages),
            _ => Err("there is no list and no array of whole numbers".into()),
        }
    }

    /// Shape and bytes of an array of bytes.
    ///
    /// # Errors
    /// What it is in place of one.
    pub fn bytes(&self, value: Value) -> Result<(&[usize], Cow<'_, [u8]>), String> {
        match self.object(value) {
            Some(Object::Array(array)) => array.plain_bytes(&self.objects, &self.storages),
            _ => Err("there is no array of bytes".into()),
        }
    }

    /// The dimensions of an array or tensor; `None` for anything else.
    pub fn dims(&self, value: Value) -> Option<&[usize]> {
        match self.object(value) {
            Some(Object::Array(array)) => Some(array.shape()),
            _ => None,
        }
    }

    /// The numbers of an array or tensor of them, in row-major order, rounded to single precision.
    ///
    /// # Errors
    /// What it is in place of one.
    pub fn floats(&self, value: Value) -> Result<Vec<f32>, String> {
        match self.object(value) {
            Some(Object::Array(array)) => array.floats(&self.objects, &self.storages),
            _ => Err("there is no array of numbers".into()),
        }
    }
}

fn object(objects: &[Object], value: Value) -> Option<&Object> {
    match value {
        Value::Object(at) => objects.get(at),
        _ => None,
    }
}

/// Bytes of a name, at most.
const MOST_NAME: usize = 4096;

fn text(objects: &[Object], value: Value) -> Option<&str> {
    match object(objects, value)? {
        Object::Text(text) => Some(text),
        // A long one is no name, and a file may ask for it again and again.
        Object::Bytes(bytes) if bytes.len() <= MOST_NAME => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn items(objects: &[Object], value: Value) -> Option<&[Value]> {
    match object(objects, value)? {
        Object::Tuple(items) | Object::List(items) => Some(items),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
