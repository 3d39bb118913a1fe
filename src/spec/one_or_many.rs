//! A field that holds one value or a list of them.

use serde::de::value::{
    BoolDeserializer, F64Deserializer, I64Deserializer, StrDeserializer, U64Deserializer,
};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// Values to be tried one after the other: written as a list, or alone where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T: PartialEq + Clone> OneOrMany<T> {
    /// The values, without repeats.
    pub fn distinct(&self) -> Vec<T> {
        let mut found: Vec<T> = Vec::new();
        for value in &self.0 {
            if !found.contains(value) {
                found.push(value.clone());
            }
        }
        found
    }
}

impl<T> From<T> for OneOrMany<T> {
    fn from(value: T) -> Self {
        Self(vec![value])
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => serializer.collect_seq(many),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values(PhantomData))
    }
}

struct Values<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Values<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(OneOrMany(values))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        T::deserialize(BoolDeserializer::new(value)).map(OneOrMany::from)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
        T::deserialize(I64Deserializer::new(value)).map(OneOrMany::from)
    }

    // JSON has whole numbers without a sign.
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
        T::deserialize(U64Deserializer::new(value)).map(OneOrMany::from)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
        T::deserialize(F64Deserializer::new(value)).map(OneOrMany::from)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Self::Value, E> {
        T::deserialize(StrDeserializer::new(value)).map(OneOrMany::from)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Holder<T> {
        v: OneOrMany<T>,
    }

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, String> {
        let read: Result<Holder<T>, _> = toml::from_str(text);
        read.map(|h| h.v.0).map_err(|e| e.to_string())
    }

    #[test]
    fn one_value_needs_no_brackets() {
        assert_eq!(read::<f64>("v = 0.5"), Ok(vec![0.5]));
        assert_eq!(read::<f64>("v = 1"), Ok(vec![1.0]));
        assert_eq!(read::<f64>("v = [0.5, 1]"), Ok(vec![0.5, 1.0]));
        assert_eq!(read::<usize>("v = [3, 3]"), Ok(vec![3, 3]));
        assert_eq!(read::<String>("v = \"a\""), Ok(vec!["a".to_string()]));
        assert!(read::<f64>("v = \"a\"").unwrap_err().contains("string"));
        assert!(
            read::<f64>("v = { a = 1 }")
                .unwrap_err()
                .contains("a value or a list")
        );
        for text in ["v = 0.5\n", "v = [0.5, 1.0]\n", "v = []\n"] {
            let holder: Holder<f64> = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&holder).unwrap(), text);
        }
        // Sweeps are kept as JSON.
        for text in ["{\"v\":5}", "{\"v\":[5,7]}"] {
            let holder: Holder<usize> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&holder).unwrap(), text);
        }
        assert_eq!(OneOrMany(vec![1, 2, 1]).distinct(), [1, 2]);
    }
}
