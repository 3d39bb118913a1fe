//! The stack machine of pickles. Opcodes as in Python's `pickletools`.

use super::array::Storage;
use super::global::Global;
use super::{Object, Value, text};
use std::collections::HashMap;

/// Values that may be pushed, and objects that may be made: the largest known file, CIFAR-100's,
/// needs a tenth of it. A file of a few bytes per object could otherwise fill the memory.
const MOST_VALUES: usize = 1 << 22;
const MOST_OBJECTS: usize = 1 << 20;

pub(super) struct Machine<'a> {
    input: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    pub objects: Vec<Object>,
    pushed: usize,
    /// Bytes that may still be made out of text.
    pub to_encode: usize,
}

type Step<T> = Result<T, String>;

impl<'a> Machine<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            at: 0,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            objects: Vec::new(),
            pushed: 0,
            to_encode: input.len(),
        }
    }

    /// Runs to the end: all objects, and what was pickled.
    pub fn run(mut self) -> Step<(Vec<Object>, Value)> {
        loop {
            let op = self.take(1)?[0];
            if op == b'.' {
                let root = self.pop()?;
                return Ok((self.objects, root));
            }
            self.step(op)?;
        }
    }

    fn step(&mut self, op: u8) -> Step<()> {
        match op {
            // PROTO, FRAME
            0x80 => self.take(1).map(|_| ()),
            0x95 => self.take(8).map(|_| ()),
            b'(' => {
                self.count()?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => match self.marks.last() {
                Some(&mark) if mark == self.stack.len() => {
                    self.marks.pop();
                    Ok(())
                }
                _ => self.pop().map(|_| ()),
            },
            b'1' => self.pop_mark().map(|_| ()),
            b'2' => {
                let top = self.top()?;
                self.push(top)
            }
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' | b'M' | b'J' | 0x8a | b'G' => self.number(op),
            b'X' | 0x8c | 0x8d | b'U' | b'T' | b'C' | b'B' | 0x8e | 0x96 => self.string(op),
            b']' | b'}' | b')' | b't' | b'l' | b'd' | 0x85..=0x87 => self.collection(op),
            b'a' | b'e' | b's' | b'u' => self.extend(op),
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memory(op),
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                let global = Global::named(&module, &name)?;
                self.push(Value::Global(global))
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let word = |v| text(&self.objects, v).ok_or("the name of a function is no text");
                let global = Global::named(word(module)?, word(name)?)?;
                self.push(Value::Global(global))
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let made = self.call(function, arguments)?;
                self.push(made)
            }
            b'b' => {
                let state = self.pop()?;
                let top = self.top()?;
                self.build(top, state)
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = Storage::of(&self.objects, id)?;
                self.push_object(Object::Storage(storage))
            }
            _ => Err(format!(
                "the code {op:#04x} at byte {} is none that arrays are pickled with",
                self.at - 1
            )),
        }
    }

    fn number(&mut self, op: u8) -> Step<()> {
        let value = match op {
            b'K' => i64::from(self.take(1)?[0]),
            b'M' => self.little(2)? as i64,
            b'J' => i64::from(self.little(4)? as u32 as i32),
            0x8a => {
                let size = usize::from(self.take(1)?[0]);
                if size > 8 {
                    return Err(format!("a whole number of {size} bytes is too large"));
                }
                let bits = self.little(size)?;
                // The sign is that of the highest byte.
                let unused = 64 - 8 * size as u32;
                (bits.checked_shl(unused).unwrap_or(0) as i64)
                    .checked_shr(unused)
                    .unwrap_or(0)
            }
            _ => {
                let bits = self.little(8)?.swap_bytes();
                return self.push(Value::Float(f64::from_bits(bits)));
            }
        };
        self.push(Value::Int(value))
    }

    fn string(&mut self, op: u8) -> Step<()> {
        let width = match op {
            0x8c | b'U' | b'C' => 1,
            b'X' | b'T' | b'B' => 4,
            _ => 8,
        };
        let length = self.little(width)?;
        let length = usize::try_from(length).map_err(|_| "a text is too long")?;
        let bytes = self.take(length)?;
        let object = match op {
            b'X' | 0x8c | 0x8d => Object::Text(
                std::str::from_utf8(bytes)
                    .map_err(|_| "a text is not UTF-8")?
                    .into(),
            ),
            _ => Object::Bytes(bytes.into()),
        };
        self.push_object(object)
    }

    fn collection(&mut self, op: u8) -> Step<()> {
        let object = match op {
            b']' => Object::List(Vec::new()),
            b'}' => Object::Dict(Vec::new()),
            b')' => Object::Tuple(Vec::new()),
            b't' => Object::Tuple(self.pop_mark()?),
            b'l' => Object::List(self.pop_mark()?),
            b'd' => Object::Dict(pairs(self.pop_mark()?)?),
            _ => {
                let count = usize::from(op - 0x84);
                let mut values = Vec::with_capacity(count);
                for _ in 0..count {
                    values.push(self.pop()?);
                }
                values.reverse();
                Object::Tuple(values)
            }
        };
        self.push_object(object)
    }

    fn extend(&mut self, op: u8) -> Step<()> {
        let values = match op {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_mark()?,
        };
        let top = self.top()?;
        match (self.object_mut(top), op) {
            (Some(Object::List(list)), b'a' | b'e') => list.extend(values),
            (Some(Object::Dict(dict)), b's' | b'u') => dict.extend(pairs(values)?),
            _ => return Err("values are added to something that holds none".into()),
        }
        Ok(())
    }

    fn memory(&mut self, op: u8) -> Step<()> {
        let place = match op {
            b'q' | b'h' => u32::from(self.take(1)?[0]),
            b'r' | b'j' => self.little(4)? as u32,
            _ => self.memo.len() as u32,
        };
        if matches!(op, b'h' | b'j') {
            let value = self.memo.get(&place).copied();
            return self.push(value.ok_or("a value is used that was never kept")?);
        }
        let top = self.top()?;
        self.count()?;
        self.memo.insert(place, top);
        Ok(())
    }

    /// Keeps a new object.
    pub fn make(&mut self, object: Object) -> Step<Value> {
        if self.objects.len() == MOST_OBJECTS {
            return Err(format!("it holds more than {MOST_OBJECTS} objects"));
        }
        self.objects.push(object);
        Ok(Value::Object(self.objects.len() - 1))
    }

    fn push_object(&mut self, object: Object) -> Step<()> {
        let value = self.make(object)?;
        self.push(value)
    }

    pub fn object_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Object(at) => self.objects.get_mut(at),
            _ => None,
        }
    }

    fn count(&mut self) -> Step<()> {
        self.pushed += 1;
        if self.pushed > MOST_VALUES {
            return Err(format!("it holds more than {MOST_VALUES} values"));
        }
        Ok(())
    }

    fn push(&mut self, value: Value) -> Step<()> {
        self.count()?;
        self.stack.push(value);
        Ok(())
    }

    /// The topmost value above the last mark.
    fn top(&self) -> Step<Value> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.last().filter(|_| self.stack.len() > floor);
        top.copied().ok_or_else(|| "its stack is empty".into())
    }

    fn pop(&mut self) -> Step<Value> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_mark(&mut self) -> Step<Vec<Value>> {
        let mark = self.marks.pop().ok_or("a mark is missing")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let end = self.at.checked_add(count);
        let bytes = end.and_then(|end| self.input.get(self.at..end));
        let bytes = bytes.ok_or_else(|| format!("it ends at byte {}", self.input.len()))?;
        self.at += count;
        Ok(bytes)
    }

    fn little(&mut self, count: usize) -> Step<u64> {
        let bytes = self.take(count)?.iter().rev();
        Ok(bytes.fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    fn line(&mut self) -> Step<String> {
        let rest = &self.input[self.at..];
        let end = rest.iter().position(|&b| b == b'\n');
        let line = self.take(end.ok_or("a name has no end")?)?;
        self.take(1)?;
        let line = std::str::from_utf8(line).map_err(|_| "a name is no text")?;
        Ok(line.into())
    }
}

fn pairs(values: Vec<Value>) -> Step<Vec<(Value, Value)>> {
    if !values.len().is_multiple_of(2) {
        return Err("a key of a dictionary has no value".into());
    }
    Ok(values.chunks_exact(2).map(|kv| (kv[0], kv[1])).collect())
}
