//! The adapters that wgpu finds, numbered as burn numbers them.

use super::DeviceInfo;
use burn::tensor::DeviceKind;
use burn_wgpu::graphics::AutoGraphicsApi;
use burn_wgpu::wgpu;

/// An adapter and the selector that opens it.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// For people.
    pub info: DeviceInfo,
    /// For burn.
    pub kind: DeviceKind,
    /// Rank among GPUs, 0 is best.
    rank: u8,
}

impl Adapter {
    /// Whether it is a processor that plays a GPU.
    pub fn is_software(&self) -> bool {
        self.kind == DeviceKind::Cpu
    }
}

/// All adapters of the graphics API that burn's runtime settles on: the first with a GPU, else the
/// first with anything. GPUs come first, the best ahead, and carry the ids `wgpu:0`, `wgpu:1`, ….
pub fn adapters() -> Vec<Adapter> {
    let mut software_only = Vec::new();
    for api in AutoGraphicsApi::chain() {
        let found = on(api);
        if found.iter().any(|a| !a.is_software()) {
            return found;
        }
        if software_only.is_empty() {
            software_only = found;
        }
    }
    software_only
}

fn on(api: wgpu::Backend) -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: api.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let (mut discrete, mut integrated, mut virtual_gpu) = (0, 0, 0);
    let next = |counter: &mut usize| {
        let n = *counter;
        *counter += 1;
        n
    };
    let mut found = Vec::new();
    for adapter in futures::executor::block_on(instance.enumerate_adapters(api.into())) {
        let info = adapter.get_info();
        let (kind, rank, word) = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => (
                DeviceKind::DiscreteGpu(next(&mut discrete)),
                0,
                "discrete-gpu",
            ),
            wgpu::DeviceType::IntegratedGpu => (
                DeviceKind::IntegratedGpu(next(&mut integrated)),
                1,
                "integrated-gpu",
            ),
            wgpu::DeviceType::VirtualGpu => (
                DeviceKind::VirtualGpu(next(&mut virtual_gpu)),
                2,
                "virtual-gpu",
            ),
            wgpu::DeviceType::Cpu => (DeviceKind::Cpu, 3, "software"),
            // burn has no selector for it.
            wgpu::DeviceType::Other => continue,
        };
        found.push(Adapter {
            info: DeviceInfo {
                id: "software".into(),
                name: info.name,
                kind: word.into(),
                backend: format!("{:?}", info.backend).to_lowercase(),
                driver: format!("{} {}", info.driver, info.driver_info)
                    .trim()
                    .into(),
                memory_bytes: None,
            },
            kind,
            rank,
        });
    }
    found.sort_by_key(|a| a.rank);
    for (n, adapter) in found.iter_mut().filter(|a| a.rank < 3).enumerate() {
        adapter.info.id = format!("wgpu:{n}");
    }
    found
}
