//! Which engine trains, and why.

use serde::{Deserialize, Serialize};

/// What the user wants training to run on; remembered on the device, no part of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Whichever is faster for this experiment on this device.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU, where there is one.
    Gpu,
}

/// What trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backend {
    /// The worker's own engine.
    Cpu,
    /// The GPU.
    Gpu,
}

/// A GPU as it was measured when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// What it calls itself.
    pub name: String,
    /// Whether it is a program on the CPU.
    pub software: bool,
    /// From a submission of next to nothing to its result, ms.
    pub round_trip_ms: f64,
    /// A dispatch of next to nothing among many, ms.
    pub dispatch_ms: f64,
    /// A product of two 512×512 matrices, 10⁹ floating-point operations a second.
    pub gflops: f64,
}

/// Why the one and not the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Why {
    /// Too little has been measured yet.
    Measuring,
    /// The user wants it so.
    Asked,
    /// A step takes so few ms on the CPU that the GPU was not even opened.
    Small(f64),
    /// The GPU is being opened.
    Opening,
    /// There is none, for this reason.
    Absent(String),
    /// The GPU of this name is a program on the CPU.
    Software(String),
    /// A step's ms on the CPU, measured, and on the GPU, estimated.
    Estimated {
        /// Measured here.
        cpu_ms: f64,
        /// From the device's figures.
        gpu_ms: f64,
    },
    /// A step's ms on both, measured.
    Measured {
        /// On the CPU.
        cpu_ms: f64,
        /// On the GPU.
        gpu_ms: f64,
    },
    /// This run cannot be on the GPU, for this reason.
    Refused(String),
    /// The GPU was lost in this run.
    Lost(String),
}

/// Which engine trains a run, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineReport {
    /// What the user wants.
    pub wanted: Wanted,
    /// What trains.
    pub backend: Backend,
    /// The reason.
    pub why: Why,
    /// The GPU, once it is open.
    pub device: Option<Device>,
    /// What has computed the run's weights so far, in a few words.
    pub took: String,
}
