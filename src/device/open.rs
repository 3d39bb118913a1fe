//! From the device asked for to the device used.

use super::adapters::{Adapter, adapters};
use super::{DeviceError, DeviceInfo};
use crate::spec::DeviceChoice;
use burn::tensor::Device;
use std::sync::{Mutex, PoisonError};

/// A device ready to train on.
#[derive(Clone, Debug)]
pub struct Opened {
    /// burn's device, without autodiff.
    pub device: Device,
    /// What it is.
    pub info: DeviceInfo,
    /// Said once to the user: why it is not what they may have expected.
    pub note: Option<String>,
}

/// Every device, the CPU backend last but for software rasterisers.
pub fn list() -> Vec<DeviceInfo> {
    let mut gpus: Vec<Adapter> = adapters();
    let software = gpus
        .iter()
        .position(Adapter::is_software)
        .map(|i| gpus.remove(i));
    let mut list: Vec<DeviceInfo> = gpus
        .into_iter()
        .filter(|a| !a.is_software())
        .map(|a| a.info)
        .collect();
    list.push(cpu());
    list.extend(software.map(|a| a.info));
    list
}

/// Opens the device asked for. `auto` is the best GPU, else the CPU backend with a note.
///
/// # Errors
/// [`DeviceError`] when what was named is not there or does not open.
pub fn open(choice: DeviceChoice) -> Result<Opened, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(open_cpu(None)),
        DeviceChoice::Auto => {
            let Some(gpu) = adapters().into_iter().find(|a| !a.is_software()) else {
                return Ok(open_cpu(Some(
                    "no GPU adapter found: training on the CPU".into(),
                )));
            };
            open_adapter(gpu).or_else(|e| Ok(open_cpu(Some(format!("{e}; training on the CPU")))))
        }
        DeviceChoice::Wgpu(number) => {
            let mut gpus: Vec<Adapter> = adapters()
                .into_iter()
                .filter(|a| !a.is_software())
                .collect();
            if gpus.is_empty() {
                return Err(DeviceError::NoGpu {
                    asked: choice.to_string(),
                });
            }
            let asked = number.unwrap_or(0);
            if asked >= gpus.len() {
                return Err(DeviceError::NoSuchGpu {
                    asked,
                    there: gpus.len(),
                });
            }
            open_adapter(gpus.swap_remove(asked))
        }
        DeviceChoice::Software => {
            let software = adapters().into_iter().find(Adapter::is_software);
            open_adapter(software.ok_or(DeviceError::NoSoftware)?)
        }
    }
}

/// Ids of the adapters opened in this process: burn opens each only once.
static OPENED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn open_adapter(adapter: Adapter) -> Result<Opened, DeviceError> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let device = if opened.contains(&adapter.info.id) {
        Device::wgpu(adapter.kind)
    } else {
        let device = Device::wgpu_options()
            .device_kind(adapter.kind)
            .init()
            .map_err(|e| DeviceError::Open {
                name: adapter.info.name.clone(),
                message: e.to_string(),
            })?;
        opened.push(adapter.info.id.clone());
        device
    };
    Ok(Opened {
        device,
        info: adapter.info,
        note: None,
    })
}

/// The CPU backend, with what the user is told.
pub fn open_cpu(note: Option<String>) -> Opened {
    Opened {
        device: Device::flex(),
        info: cpu(),
        note,
    }
}

fn cpu() -> DeviceInfo {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    DeviceInfo {
        id: "cpu".into(),
        name: format!("CPU ({threads} threads)"),
        kind: "cpu".into(),
        backend: "flex".into(),
        driver: String::new(),
        memory_bytes: None,
    }
}
