//! What the known functions give, and what states do.

use super::array::{self, Array, Type};
use super::global::Global;
use super::machine::Machine;
use super::{Object, Value, items, object, text};
use std::collections::HashMap;

impl Machine<'_> {
    /// What a known function gives for its arguments.
    pub fn call(&mut self, function: Value, arguments: Value) -> Result<Value, String> {
        let Value::Global(function) = function else {
            return Err("it calls something that is no function".into());
        };
        let arguments = items(&self.objects, arguments).ok_or("arguments are no tuple")?;
        let made = match (function, arguments) {
            (Global::Reconstruct, [Value::Global(Global::NdArray), ..]) => {
                Object::Array(Array::empty())
            }
            (Global::Dtype, [name, ..]) => {
                let name = text(&self.objects, *name).ok_or("an element type has no name")?;
                Object::Type(Type::named(name)?)
            }
            (Global::Scalar, [element, bytes]) => {
                let shape = Vec::new();
                let array = Array::over(&self.objects, shape, *element, *bytes)?;
                let value = array.ints(&self.objects, &HashMap::new())?;
                return value
                    .first()
                    .map(|n| Value::Int(*n))
                    .ok_or_else(|| "a number is empty".into());
            }
            (Global::FromBuffer, [bytes, element, shape, ..]) => {
                let shape = array::shape(&self.objects, *shape)?;
                Object::Array(Array::over(&self.objects, shape, *element, *bytes)?)
            }
            (Global::Encode, [written, how]) => {
                if text(&self.objects, *how) != Some("latin1") {
                    return Err("bytes are written in an unknown way".into());
                }
                let written = text(&self.objects, *written).ok_or("bytes are no text")?;
                let bytes: Vec<u8> = written
                    .chars()
                    .map(|c| u8::try_from(u32::from(c)))
                    .collect::<Result<_, _>>()
                    .map_err(|_| "bytes hold a sign that is none")?;
                let left = self.to_encode.checked_sub(bytes.len());
                self.to_encode = left.ok_or("it makes more bytes than it holds")?;
                Object::Bytes(bytes)
            }
            (Global::RebuildParameter, [tensor, ..]) => {
                return match object(&self.objects, *tensor) {
                    Some(Object::Array(_)) => Ok(*tensor),
                    _ => Err("a parameter is no tensor".into()),
                };
            }
            (Global::OrderedDict, []) => Object::Dict(Vec::new()),
            (Global::RebuildTensor, [storage, offset, size, stride, ..]) => Object::Array(
                Array::of_storage(&self.objects, *storage, *offset, *size, *stride)?,
            ),
            _ => {
                return Err(format!(
                    "it calls {function:?} with arguments that do not fit"
                ));
            }
        };
        self.make(made)
    }

    /// Fills an array or an element type with its state. That of a dictionary are attributes, such as
    /// the version numbers that PyTorch keeps beside its tensors, and of no account.
    pub fn build(&mut self, target: Value, state: Value) -> Result<(), String> {
        let kinds = [target, state].map(|value| object(&self.objects, value));
        if let [Some(Object::Dict(_)), Some(Object::Dict(_))] = kinds {
            return Ok(());
        }
        let fields = items(&self.objects, state).ok_or("a state is no tuple")?;
        match (object(&self.objects, target), fields) {
            (Some(Object::Array(_)), [_, shape, element, fortran, data]) => {
                let shape = array::shape(&self.objects, *shape)?;
                let by_columns = *fortran == Value::Bool(true) && shape.len() > 1;
                if by_columns {
                    return Err("an array lies in column-major order".into());
                }
                let filled = Array::over(&self.objects, shape, *element, *data)?;
                if let Some(Object::Array(array)) = self.object_mut(target) {
                    *array = filled;
                }
                Ok(())
            }
            (Some(Object::Type(_)), [_, order, ..]) => {
                let big_endian = text(&self.objects, *order) == Some(">");
                if let Some(Object::Type(element)) = self.object_mut(target) {
                    element.big_endian = big_endian;
                }
                Ok(())
            }
            _ => Err("a state is given to something that has none".into()),
        }
    }
}
