//! Arrays of numpy and tensors of PyTorch.

use super::global::{BFLOAT16, Global};
use super::{Object, Value, items, object, text};
use crate::data::floats::Float;
use std::borrow::Cow;
use std::collections::HashMap;

/// What the elements of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    Float,
    Bfloat,
    Object,
    Other,
}

/// An element type of numpy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    kind: Kind,
    /// Bytes of an element.
    size: usize,
    pub big_endian: bool,
}

impl Type {
    /// The type of a name such as `i8` or `<i8`.
    pub fn named(name: &str) -> Result<Self, String> {
        if name == BFLOAT16 {
            return Ok(Self {
                kind: Kind::Bfloat,
                size: 2,
                big_endian: false,
            });
        }
        let unknown = || format!("`{}` is no type of elements", name.escape_debug());
        let rest = name.trim_start_matches(['<', '>', '|', '=']);
        let kind = match rest.chars().next().ok_or_else(unknown)? {
            'i' => Kind::Signed,
            'u' | 'b' => Kind::Unsigned,
            'f' => Kind::Float,
            'O' => Kind::Object,
            _ => Kind::Other,
        };
        let digits = rest.get(1..).ok_or_else(unknown)?;
        let size = if digits.is_empty() && kind == Kind::Object {
            8
        } else {
            digits.parse().map_err(|_| unknown())?
        };
        if matches!(kind, Kind::Signed | Kind::Unsigned) && !matches!(size, 1 | 2 | 4 | 8) {
            return Err(unknown());
        }
        Ok(Self {
            kind,
            size,
            big_endian: name.starts_with('>'),
        })
    }
}

/// Dimensions of an array, at most.
const MOST_DIMENSIONS: usize = 64;
/// Bytes of a storage's key, at most: PyTorch numbers them.
const MOST_KEY: usize = 64;

/// A storage of PyTorch, beside the pickle.
#[derive(Clone, Debug)]
pub(super) struct Storage {
    element: Type,
    pub key: String,
}

impl Storage {
    /// From `('storage', type, key, place, elements)`.
    pub fn of(objects: &[Object], id: Value) -> Result<Self, String> {
        let unknown = "something beside the pickle is no storage of a tensor";
        match items(objects, id) {
            Some([tag, Value::Global(Global::Storage(element)), key, ..])
                if text(objects, *tag) == Some("storage") =>
            {
                let key = text(objects, *key).filter(|key| key.len() <= MOST_KEY);
                Ok(Self {
                    element: Type::named(element)?,
                    key: key.ok_or(unknown)?.into(),
                })
            }
            _ => Err(unknown.into()),
        }
    }
}

/// Where an array's elements are.
#[derive(Clone, Debug)]
enum Elements {
    /// Bytes, or a list for elements that are objects.
    Object(Value),
    /// In a storage, from this element on; so many elements apart in each dimension where they do not
    /// lie in row-major order.
    Storage {
        key: String,
        offset: usize,
        strides: Option<Vec<usize>>,
    },
}

/// An array.
#[derive(Clone, Debug)]
pub(super) struct Array {
    shape: Vec<usize>,
    element: Type,
    elements: Elements,
}

/// The dimensions in a tuple.
pub(super) fn shape(objects: &[Object], value: Value) -> Result<Vec<usize>, String> {
    let whole = |v: &Value| match v {
        Value::Int(n) => usize::try_from(*n).ok(),
        _ => None,
    };
    // numpy writes a single dimension as a tuple, too.
    // Nor does it know more than 64; each array has a copy of its own.
    let dims = items(objects, value).filter(|dims| dims.len() <= MOST_DIMENSIONS);
    let dims = dims.and_then(|dims| dims.iter().map(whole).collect());
    dims.ok_or_else(|| "the shape of an array is none".into())
}

impl Array {
    /// An array that has no state yet.
    pub fn empty() -> Self {
        Self {
            shape: vec![0],
            element: Type {
                kind: Kind::Other,
                size: 1,
                big_endian: false,
            },
            elements: Elements::Object(Value::None),
        }
    }

    /// An array of this shape and element type over bytes, or over a list of objects.
    pub fn over(
        objects: &[Object],
        shape: Vec<usize>,
        element: Value,
        data: Value,
    ) -> Result<Self, String> {
        let Some(Object::Type(element)) = object(objects, element) else {
            return Err("an array has no type of elements".into());
        };
        let array = Self {
            shape,
            element: *element,
            elements: Elements::Object(data),
        };
        let fits = match object(objects, data) {
            Some(Object::Bytes(bytes)) => array.bytes() == Some(bytes.len()),
            Some(Object::List(list)) => array.count() == Some(list.len()),
            _ => false,
        };
        if !fits {
            return Err(format!(
                "an array of {:?} elements does not hold as many",
                array.shape
            ));
        }
        Ok(array)
    }

    /// A tensor over a part of a storage.
    pub fn of_storage(
        objects: &[Object],
        storage: Value,
        offset: Value,
        size: Value,
        stride: Value,
    ) -> Result<Self, String> {
        let (Some(Object::Storage(storage)), Value::Int(offset)) =
            (object(objects, storage), offset)
        else {
            return Err("a tensor has no storage".into());
        };
        let (size, stride) = (shape(objects, size)?, shape(objects, stride)?);
        if size.len() != stride.len() {
            return Err("a tensor has not as many strides as dimensions".into());
        }
        let (mut dense, mut in_order) = (1usize, true);
        for (n, step) in size.iter().zip(&stride).rev() {
            in_order &= *n <= 1 || *step == dense;
            dense = dense.checked_mul(*n).ok_or("a tensor is too large")?;
        }
        Ok(Self {
            shape: size,
            element: storage.element,
            elements: Elements::Storage {
                key: storage.key.clone(),
                offset: usize::try_from(offset)
                    .map_err(|_| "a tensor begins before its storage")?,
                strides: (!in_order).then_some(stride),
            },
        })
    }

    /// The one object of an array without dimensions.
    pub fn single(&self, objects: &[Object]) -> Option<Value> {
        match (&self.elements, self.element.kind) {
            (Elements::Object(list), Kind::Object) if self.shape.is_empty() => {
                items(objects, *list)?.first().copied()
            }
            _ => None,
        }
    }

    fn count(&self) -> Option<usize> {
        let mut dims = self.shape.iter();
        dims.try_fold(1usize, |n, &d| n.checked_mul(d))
    }

    fn bytes(&self) -> Option<usize> {
        self.count()?.checked_mul(self.element.size)
    }

    fn raw<'a>(
        &self,
        objects: &'a [Object],
        storages: &'a HashMap<String, Vec<u8>>,
    ) -> Result<Cow<'a, [u8]>, String> {
        let beyond = || "a tensor reaches beyond its storage".to_string();
        match &self.elements {
            Elements::Object(data) => match object(objects, *data) {
                Some(Object::Bytes(bytes)) => Ok(Cow::Borrowed(bytes)),
                _ => Err("an array holds objects, not numbers".into()),
            },
            Elements::Storage {
                key,
                offset,
                strides,
            } => {
                let range = offset.checked_mul(self.element.size).and_then(|from| {
                    let to = from.checked_add(self.bytes()?)?;
                    Some((from, to))
                });
                let (from, to) = range.ok_or_else(beyond)?;
                let storage = storages.get(key).ok_or_else(beyond)?;
                match strides {
                    None => storage.get(from..to).map(Cow::Borrowed),
                    // One that repeats elements could be larger than any memory.
                    Some(_) if to - from > storage.len() => None,
                    Some(strides) => {
                        let from = storage.get(from..).ok_or_else(beyond)?;
                        self.in_order(from, strides).map(Cow::Owned)
                    }
                }
                .ok_or_else(beyond)
            }
        }
    }

    /// The bytes of the elements that lie so many apart in each dimension, in row-major order.
    fn in_order(&self, bytes: &[u8], strides: &[usize]) -> Option<Vec<u8>> {
        let size = self.element.size;
        let mut found = Vec::with_capacity(self.bytes()?);
        for index in 0..self.count()? {
            let (mut rest, mut place) = (index, 0usize);
            for (n, stride) in self.shape.iter().zip(strides).rev() {
                place = place.checked_add((rest % n).checked_mul(*stride)?)?;
                rest /= n;
            }
            let from = place.checked_mul(size)?;
            found.extend(bytes.get(from..from.checked_add(size)?)?);
        }
        Some(found)
    }

    /// The numbers of an array of them, rounded to single precision.
    pub fn floats(
        &self,
        objects: &[Object],
        storages: &HashMap<String, Vec<u8>>,
    ) -> Result<Vec<f32>, String> {
        let raw = self.raw(objects, storages)?;
        if self.element.big_endian {
            return Err("its numbers are not little-endian".into());
        }
        let float = match (self.element.kind, self.element.size) {
            (Kind::Float, 2) => Float::Half,
            (Kind::Bfloat, _) => Float::Brain,
            (Kind::Float, 4) => Float::Single,
            (Kind::Float, 8) => Float::Double,
            _ => return Err("an array does not hold numbers with a fraction".into()),
        };
        Ok(float.read(&raw))
    }

    /// Its dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements of an array of whole numbers.
    pub fn ints(
        &self,
        objects: &[Object],
        storages: &HashMap<String, Vec<u8>>,
    ) -> Result<Vec<i64>, String> {
        if !matches!(self.element.kind, Kind::Signed | Kind::Unsigned) {
            return Err("an array does not hold whole numbers".into());
        }
        let signed = self.element.kind == Kind::Signed;
        let unused = 64 - 8 * self.element.size as u32;
        let number = |bytes: &[u8]| {
            let fold = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
            let bits = if self.element.big_endian {
                bytes.iter().fold(0, fold)
            } else {
                bytes.iter().rev().fold(0, fold)
            };
            if signed {
                Ok((bits << unused) as i64 >> unused)
            } else {
                i64::try_from(bits).map_err(|_| "a number is too large".to_string())
            }
        };
        let raw = self.raw(objects, storages)?;
        raw.chunks_exact(self.element.size).map(number).collect()
    }

    /// Shape and bytes, where elements are bytes.
    pub fn plain_bytes<'a>(
        &'a self,
        objects: &'a [Object],
        storages: &'a HashMap<String, Vec<u8>>,
    ) -> Result<(&'a [usize], Cow<'a, [u8]>), String> {
        if self.element.kind != Kind::Unsigned || self.element.size != 1 {
            return Err("an array does not hold bytes".into());
        }
        Ok((&self.shape, self.raw(objects, storages)?))
    }
}
