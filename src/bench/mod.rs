//! Fixed workloads on the engine as it is: what the bench page times, and what other libraries are compared on; and in
//! [`device`] what the page measures of the device it runs on.
//!
//! Nothing here computes anything of its own: a step is the network's forward, the loss, the network's backward and the
//! optimizer's update, or what the engine's trainer makes of them; inference is the packed model's runner.

pub mod device;
mod epoch;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(feature = "gpu")]
mod gpu_entry;
mod infer;
mod press;
mod train;

pub use epoch::Epoch;
#[cfg(feature = "gpu")]
pub use gpu::{GpuTrain, unpack};
#[cfg(feature = "gpu")]
pub use gpu_entry::GpuEntry;
pub use infer::{Infer, pack};
pub use press::{JUDGED, Press};
pub use train::Train;

use crate::engine::{catalog::Pick, error::SpecError, layers, network::Network, shape::Shape};

/// A fixed model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// 2-8-8-1 with tanh after every layer, squared error, SGD.
    Tiny,
    /// 784-128-64-10 with ReLU, softmax cross-entropy, Adam.
    Mlp,
    /// 784-64-32-10 with ReLU, softmax cross-entropy, Adam: the page's first model.
    Small,
    /// Two 3×3 convolutions (8 and 16 filters) with ReLU and pooling, then a dense layer; softmax cross-entropy, Adam.
    Cnn,
}

impl Model {
    /// The model named "tiny", "mlp", "small" or "cnn". Errors: another name.
    pub fn named(name: &str) -> Result<Self, SpecError> {
        match name {
            "tiny" => Ok(Self::Tiny),
            "mlp" => Ok(Self::Mlp),
            "small" => Ok(Self::Small),
            "cnn" => Ok(Self::Cnn),
            _ => Err(SpecError::UnknownName {
                field: "model".into(),
                kind: "model".into(),
                value: name.into(),
                known: "tiny, mlp, small, cnn".into(),
            }),
        }
    }

    /// Its network, of layers as [`layers::build_few`] builds them: a module that only trains it links no others.
    pub fn network(self) -> Result<Network, SpecError> {
        let dense = |units: u32| Pick::new("dense").with("units", f64::from(units));
        let conv = |filters: u32| Pick::new("conv2d").with("filters", f64::from(filters));
        let (relu, tanh, pool) = (Pick::new("relu"), Pick::new("tanh"), Pick::new("maxpool"));
        let (picks, input) = match self {
            Self::Tiny => (vec![dense(8), tanh.clone(), dense(8), tanh.clone(), dense(1), tanh], vec![2]),
            Self::Mlp => (vec![dense(128), relu.clone(), dense(64), relu, dense(10)], vec![784]),
            Self::Small => (vec![dense(64), relu.clone(), dense(32), relu, dense(10)], vec![784]),
            Self::Cnn => {
                (vec![conv(8), relu.clone(), pool.clone(), conv(16), relu, pool, Pick::new("flatten"), dense(10)], vec![28, 28, 1])
            }
        };
        Network::built_by(layers::build_few, &picks, &Shape(input))
    }
}
