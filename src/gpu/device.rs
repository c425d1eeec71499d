//! The GPU: opened once, with the pipelines made so far.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

use super::program::{Abilities, Kernel, Slot};

/// Why the GPU cannot be used, or not any more. The text is for the page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The browser or system offers none.
    #[error("no WebGPU adapter: {0}")]
    NoAdapter(String),
    /// It is there and could not be opened.
    #[error("the GPU could not be opened: {0}")]
    NoDevice(String),
    /// A buffer is larger than the GPU allows.
    #[error("a buffer of {bytes} bytes is more than the {limit} that this GPU allows")]
    TooLarge {
        /// Wanted.
        bytes: u64,
        /// Allowed.
        limit: u64,
    },
    /// It was there and is lost, or ran out of memory.
    #[error("the GPU was lost: {0}")]
    Lost(String),
}

/// Bytes of the record of a step that kernels see.
pub(super) const RECORD: u64 = 48;
/// Bytes from one record to the next: dynamic offsets are multiples of this on every GPU.
pub(super) const STRIDE: u64 = 256;

/// An open GPU.
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    name: String,
    software: bool,
    abilities: Abilities,
    fault: Arc<Mutex<Option<String>>>,
    layouts: RefCell<HashMap<Vec<bool>, wgpu::BindGroupLayout>>,
    pipelines: RefCell<HashMap<Recipe, wgpu::ComputePipeline>>,
}

/// What makes a pipeline: its text, the bits of its settings, and which bindings it writes.
type Recipe = (String, Vec<(&'static str, u64)>, Vec<bool>);

impl Gpu {
    /// Opens the fastest GPU there is. Errors: none there, or none that opens.
    pub async fn open() -> Result<Rc<Self>, GpuError> {
        let instance = wgpu::Instance::default();
        let options = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
        let adapter = instance.request_adapter(&options).await.map_err(|e| GpuError::NoAdapter(e.to_string()))?;
        let most = adapter.limits();
        let limits = wgpu::Limits {
            max_buffer_size: most.max_buffer_size,
            max_storage_buffer_binding_size: most.max_storage_buffer_binding_size,
            ..wgpu::Limits::default()
        };
        let features = adapter.features() & (wgpu::Features::SHADER_F16 | wgpu::Features::SUBGROUP);
        let wanted = wgpu::DeviceDescriptor { required_limits: limits, required_features: features, ..Default::default() };
        #[cfg(target_arch = "wasm32")]
        let (opening, subgroups) = super::browser::with_subgroups(|| adapter.request_device(&wanted));
        #[cfg(not(target_arch = "wasm32"))]
        let (opening, subgroups) = (adapter.request_device(&wanted), features.contains(wgpu::Features::SUBGROUP));
        let (device, queue) = opening.await.map_err(|e| GpuError::NoDevice(e.to_string()))?;
        let info = adapter.get_info();
        let fault = Arc::new(Mutex::new(None));
        watch(&device, &fault);
        Ok(Rc::new(Self {
            device,
            queue,
            name: name(&info),
            software: info.device_type == wgpu::DeviceType::Cpu || info.name.to_lowercase().contains("swiftshader"),
            abilities: Abilities {
                dot4: instance.wgsl_language_features().contains(wgpu::WgslLanguageFeatures::Packed4x8IntegerDotProduct),
                f16: features.contains(wgpu::Features::SHADER_F16),
                subgroups,
            },
            fault,
            layouts: RefCell::default(),
            pipelines: RefCell::default(),
        }))
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a program on the CPU that plays a GPU.
    #[must_use]
    pub fn software(&self) -> bool {
        self.software
    }

    /// What its WGSL can do beyond what all can.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Errors: what went wrong since it was opened; nothing it computed after that counts.
    pub fn check(&self) -> Result<(), GpuError> {
        let fault = self.fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        fault.clone().map_or(Ok(()), |reason| Err(GpuError::Lost(reason)))
    }

    /// Takes the GPU away, as a driver does that crashes: for tests.
    pub fn destroy(&self) {
        self.device.destroy();
        record(&self.fault, "it was destroyed".into());
    }

    /// Lets callbacks run that are due. A browser does so by itself.
    pub fn poll(&self) {
        if let Err(error) = self.device.poll(wgpu::PollType::Poll) {
            record(&self.fault, error.to_string());
        }
    }

    /// Largest buffer that a kernel can be given, bytes.
    pub(super) fn largest(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)
    }

    /// The pipeline of `kernel`, made when it is first asked for.
    pub(super) fn pipeline(&self, kernel: &Kernel) -> wgpu::ComputePipeline {
        let writes: Vec<bool> = kernel.slots.iter().map(|s| matches!(s, Slot::Write(_))).collect();
        let constants = kernel.wgsl.constants.iter().map(|(name, value)| (*name, value.to_bits())).collect();
        let mut text = kernel.wgsl.text();
        if cfg!(target_arch = "wasm32") && kernel.wants_subgroups() {
            // Browsers want this said; natively wgpu's own parser does not know the word, and needs none.
            text.insert_str(0, "enable subgroups;\n");
        }
        let recipe = (text, constants, writes);
        if let Some(pipeline) = self.pipelines.borrow().get(&recipe) {
            return pipeline.clone();
        }
        let layout = self.layout(&kernel.slots);
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&layout)],
                ..Default::default()
            })),
            module: &self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name),
                source: wgpu::ShaderSource::Wgsl(recipe.0.as_str().into()),
            }),
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions { constants: &kernel.wgsl.constants, ..Default::default() },
            cache: None,
        });
        self.pipelines.borrow_mut().insert(recipe, pipeline.clone());
        pipeline
    }

    /// The record of the step, then a storage buffer for each slot.
    pub(super) fn layout(&self, slots: &[Slot]) -> wgpu::BindGroupLayout {
        let writes: Vec<bool> = slots.iter().map(|s| matches!(s, Slot::Write(_))).collect();
        let make = || {
            let entry = |binding: u32, ty, dynamic, size| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: dynamic, min_binding_size: std::num::NonZeroU64::new(size) },
                count: None,
            };
            let record = entry(0, wgpu::BufferBindingType::Uniform, true, RECORD);
            let storage =
                |(i, write): (usize, &bool)| entry(i as u32 + 1, wgpu::BufferBindingType::Storage { read_only: !write }, false, 0);
            let entries: Vec<_> = std::iter::once(record).chain(writes.iter().enumerate().map(storage)).collect();
            self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        self.layouts.borrow_mut().entry(writes.clone()).or_insert_with(make).clone()
    }
}

/// Notes what the device says went wrong, of its own accord.
fn watch(device: &wgpu::Device, fault: &Arc<Mutex<Option<String>>>) {
    let on_error = fault.clone();
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| record(&on_error, error.to_string())));
    let on_loss = fault.clone();
    device.set_device_lost_callback(move |reason, text| record(&on_loss, format!("{reason:?}: {text}")));
}

/// The first fault is kept: later ones follow from it.
fn record(fault: &Mutex<Option<String>>, reason: String) {
    fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(reason);
}

/// The adapter's name; browsers may give its parts only.
fn name(info: &wgpu::AdapterInfo) -> String {
    let parts = [&info.name, &info.driver, &info.driver_info];
    parts.into_iter().find(|part| !part.is_empty()).map_or_else(|| "GPU".into(), String::clone)
}
