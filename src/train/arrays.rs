//! What a checkpoint holds as named arrays, with plain numbers beside them.

use super::error::TrainError;
use super::numbers::numbers;
use super::step::Learner;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use std::collections::BTreeMap;

const OPTIMIZER: &str = "optimizer/";

/// Named arrays and plain numbers.
#[derive(Debug, Default)]
pub struct Arrays {
    /// Shape and values by name.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    /// Numbers that are no arrays, such as the steps that an optimiser has made.
    pub scalars: Value,
}

impl Arrays {
    /// Parameters and optimiser of a learner.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn of(learner: &Learner) -> Result<Self, TrainError> {
        let (states, scalars) = learner.optimizer.save(&learner.params);
        let mut arrays = Self {
            scalars,
            ..Self::default()
        };
        for parameter in &learner.params.list {
            let data = parameter.value.clone().into_data();
            arrays.push(&parameter.name, parameter.shape.clone(), data)?;
        }
        for (name, data) in states {
            let shape = vec![data.num_elements()];
            arrays.push(&format!("{OPTIMIZER}{name}"), shape, data)?;
        }
        Ok(arrays)
    }

    /// Puts parameters and optimiser back into a learner of the same run.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn restore(mut self, learner: &mut Learner, device: &Device) -> Result<(), String> {
        for parameter in &mut learner.params.list {
            let values = self.take(&parameter.name, &parameter.shape)?;
            parameter.value = Tensor::from_data(flat(values), device);
        }
        let states = self.tensors.into_iter().filter_map(|(name, (_, values))| {
            let name = name.strip_prefix(OPTIMIZER)?.to_string();
            Some((name, flat(values)))
        });
        learner
            .optimizer
            .load(&learner.params, states.collect(), self.scalars, device)
            .map_err(|e| format!("its optimiser state is broken ({e})"))
    }

    /// Adds an array.
    ///
    /// # Errors
    /// [`TrainError::Device`] when the device gives nothing back.
    pub fn push(
        &mut self,
        name: &str,
        shape: Vec<usize>,
        data: TensorData,
    ) -> Result<(), TrainError> {
        let values = numbers(data)?;
        self.tensors.insert(name.into(), (shape, values));
        Ok(())
    }

    /// Takes an array out.
    ///
    /// # Errors
    /// When it is missing or has another shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let (found, values) = self
            .tensors
            .remove(name)
            .ok_or_else(|| format!("it is broken ({name} is missing)"))?;
        if found != shape {
            return Err(format!("{name} has the shape {found:?}"));
        }
        Ok(values)
    }
}

fn flat(values: Vec<f32>) -> TensorData {
    let count = values.len();
    TensorData::new(values, [count])
}
