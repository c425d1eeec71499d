//! Whether the optimized model fits a device: bytes of its file against the flash, the planned arena against the memory, and an estimate
//! of the time. The first two are exact but for the runtime's own needs; the third is an estimate and says so wherever it stands.

use super::arena::{self, Tensor};
use crate::{
    engine::activations,
    experiment::FIELDS,
    protocol::{ModelReport, OptimizedReport},
    state::format,
};

/// A device. Figures of chips are from their data sheets; cycles per multiply-accumulate are from published measurements of kernels, where
/// there are any, and from instruction timings otherwise. MLPerf Tiny v1.1 is what Krai submitted in its closed division (mlcommons/tiny_results_v1.1): a ResNet of
/// 12.5 M multiply-accumulates, and an autoencoder of dense layers with 0.264 M.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Word of `target` in links.
    pub key: &'static str,
    /// Cycles a second.
    pub hz: f64,
    /// Memory for activations and all else that is written, bytes.
    pub ram: u64,
    /// Memory for the model and the program, bytes.
    pub flash: u64,
    /// Cycles of a multiply-accumulate of two 32-bit floats.
    pub float: f64,
    /// Cycles of one of two 8-bit integers.
    pub int8: f64,
    /// More cycles for a weight of fewer than 8 bits, or one that becomes a float first: it has to be unpacked. An assumption.
    pub unpack: f64,
    /// Bytes a second at which weights can be read where they are stored.
    pub bandwidth: f64,
    /// By what factor the estimate may be off, both ways.
    pub error: f64,
    /// Whose measurements the cycles follow, as the page says it.
    pub source: &'static str,
}

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;
const GB: u64 = 1024 * MB;

/// All devices, in the order of the words of `target`.
pub const TARGETS: [Target; 7] = [
    // RP2040 data sheet: 133 MHz, 264 kB SRAM, 2 MB of QSPI flash on the Pico, read at half the clock, four bits a cycle. §2.8.3: an addition
    // of floats in the boot ROM takes some 71 cycles and a product 69. Integers by the Cortex-M0+ manual: two loads of 2 cycles, two sign
    // extensions, a product, a sum, and the loop. No published measurement of kernels was found, so the bounds are the widest.
    Target {
        key: "m0",
        hz: 133e6,
        ram: 264 * KB,
        flash: 2 * MB,
        float: 150.0,
        int8: 10.0,
        unpack: 4.0,
        bandwidth: 33e6,
        error: 4.0,
        source: "timings of single instructions in the Cortex-M0+ manual and the RP2040 data sheet, no measurement was found",
    },
    // STM32F411xE data sheet: 100 MHz, 128 kB, 512 kB, flash read 128 bits in 4 cycles. MLPerf Tiny v1.1 on an L4R5ZI (Cortex-M4, 120 MHz):
    // the ResNet in 222 ms with X-CUBE-AI and 390 ms with CMSIS-NN, the autoencoder in 7.6 and 8.6 ms, which is 2.1, 3.7, 3.4 and 3.9 cycles each. Floats:
    // X-CUBE-AI on dense and convolutional networks of 6,771 and 24,120 multiply-accumulates at 48 and 64 MHz (Piorkos/tinyML-performance), 9.6 to 13.8.
    Target {
        key: "m4",
        hz: 100e6,
        ram: 128 * KB,
        flash: 512 * KB,
        float: 11.0,
        int8: 3.0,
        unpack: 2.0,
        bandwidth: 400e6,
        error: 2.0,
        source: "MLPerf Tiny v1.1 (Cortex-M4 at 120 MHz), 2.1 to 3.9 cycles for 8 bits",
    },
    // STM32H743 data sheet: 480 MHz, 1 MB, 2 MB, flash read 256 bits in some 6 cycles of the 240 MHz bus. Lai et al. 2018 (CMSIS-NN): the CIFAR-10 network's
    // convolutions, 12.3 M multiply-accumulates, in 99.1 ms at 216 MHz: 1.74 cycles each. MLPerf Tiny v1.1 on an H7A3ZI (280 MHz): 1.2 for the ResNet, 1.9 for
    // the autoencoder. Floats: as for the M4, at 180 MHz 5.3 and 7.5.
    Target {
        key: "m7",
        hz: 480e6,
        ram: MB,
        flash: 2 * MB,
        float: 6.0,
        int8: 1.74,
        unpack: 1.0,
        bandwidth: 1.2e9,
        error: 2.0,
        source: "Lai et al. 2018 (CMSIS-NN) and MLPerf Tiny v1.1 (Cortex-M7), 1.2 to 1.9 cycles for 8 bits",
    },
    // ESP32-S3 data sheet: 240 MHz, 512 kB, 8 MB of quad flash at 80 MHz on the module N8. ESP-NN's figures: person detection, 7.2 M multiply-accumulates, in
    // 54 ms at 240 MHz: 1.8 cycles each; single kernels lie between 1.1 (1×1 convolution) and 5.6 (a small dense layer). Floats: a scalar loop of two loads and a
    // fused multiply-add.
    Target {
        key: "esp32s3",
        hz: 240e6,
        ram: 512 * KB,
        flash: 8 * MB,
        float: 5.0,
        int8: 1.8,
        unpack: 2.0,
        bandwidth: 40e6,
        error: 3.0,
        source: "ESP-NN's figures for 8 bits; floats by instruction timings",
    },
    // BCM2711: four Cortex-A72 at 1.5 GHz, of which one works here; 2 GB, and a card of 16 GB. XNNPACK's figures: MobileNet v1, 569 M multiply-accumulates, in
    // 75 ms on four cores: 1.26 a cycle and core. Integers: twice the lanes.
    Target {
        key: "pi4",
        hz: 1.5e9,
        ram: 2 * GB,
        flash: 16 * GB,
        float: 0.79,
        int8: 0.4,
        unpack: 0.25,
        bandwidth: 4e9,
        error: 2.0,
        source: "XNNPACK's figures for MobileNet v1 in floats; 8 bits taken to be twice as quick",
    },
    // A phone of 2017 (Pixel 2, 2.35 GHz, 4 GB, 64 GB), one core. XNNPACK's figures: MobileNet v1 in 86 ms: 2.8 a cycle. Integers: twice the lanes.
    Target {
        key: "phone",
        hz: 2.35e9,
        ram: 4 * GB,
        flash: 64 * GB,
        float: 0.36,
        int8: 0.18,
        unpack: 0.1,
        bandwidth: 10e9,
        error: 2.0,
        source: "XNNPACK's figures for MobileNet v1 in floats; 8 bits taken to be twice as quick",
    },
    // A laptop core with AVX2 at 3 GHz, 8 GB, 256 GB. ncnn's figures: MobileNet v1 in 21.7 ms on one core at some 4.3 GHz: 6.1 a cycle. Integers: twice the lanes.
    Target {
        key: "laptop",
        hz: 3e9,
        ram: 8 * GB,
        flash: 256 * GB,
        float: 0.16,
        int8: 0.08,
        unpack: 0.05,
        bandwidth: 20e9,
        error: 3.0,
        source: "ncnn's figures for MobileNet v1 in floats; 8 bits taken to be twice as quick",
    },
];

/// The device with this index among the words of `target`; `None` for none.
#[must_use]
pub fn target(index: usize) -> Option<&'static Target> {
    index.checked_sub(1).and_then(|at| TARGETS.get(at))
}

impl Target {
    /// What the page calls it.
    #[must_use]
    pub fn label(&self) -> &'static str {
        let words = FIELDS.iter().find(|f| f.spec.key == "target").map(|f| f.spec.scale);
        match words {
            Some(crate::engine::params::Scale::Choice(words)) => words.iter().find(|w| w.key == self.key).map_or(self.key, |w| w.label),
            _ => self.key,
        }
    }

    /// Time for one sample, ms: an estimate.
    #[must_use]
    pub fn estimate(&self, needs: &Needs) -> Estimate {
        let cycles = |layer: &LayerWork| {
            let each = match (layer.bits, layer.integer) {
                (32, _) => self.float,
                (8, true) => self.int8,
                (_, true) => self.int8 + self.unpack,
                (_, false) => self.float + self.unpack,
            };
            each * layer.macs as f64
        };
        let compute = needs.layers.iter().map(cycles).sum::<f64>() / self.hz * 1e3;
        let reading = needs.flash as f64 / self.bandwidth * 1e3;
        Estimate { ms: compute.max(reading), compute, reading }
    }
}

/// An estimate of the time for one sample, ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The larger of the two below.
    pub ms: f64,
    /// Arithmetic.
    pub compute: f64,
    /// Reading every weight once.
    pub reading: f64,
}

/// What a layer with weights has to compute for one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerWork {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bits of a weight.
    pub bits: u32,
    /// Whether activations are 8-bit integers.
    pub integer: bool,
}

/// What a model needs of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// Length of its file.
    pub flash: u64,
    /// Bytes of the planned arena: its input, and what flows between layers.
    pub arena: u64,
    /// Least that any plan would take.
    pub bound: u64,
    /// Work of each layer with weights.
    pub layers: Vec<LayerWork>,
}

/// What the optimized model needs: `inputs` values come in, `flash` bytes is its file. Zeros are multiplied: runtimes for microcontrollers have no sparse kernels.
#[must_use]
pub fn needs(model: &ModelReport, report: &OptimizedReport, (inputs, flash): (u64, u64)) -> Needs {
    let kernel = |i: usize| report.kernels.get(i).map_or("", String::as_str);
    let layers = model.layers.iter().enumerate().filter(|(_, layer)| layer.macs > 0).map(|(i, layer)| {
        let sparse = kernel(i).starts_with("sparse") || kernel(i).contains(":4 ");
        let macs = if sparse { layer.macs } else { report.macs.get(i).copied().unwrap_or(layer.macs) };
        LayerWork { macs, bits: bits(kernel(i)), integer: is_integer(kernel(i)) }
    });
    let tensors = tensors(model, report, inputs);
    Needs { flash, arena: arena::plan(&tensors).1, bound: arena::bound(&tensors), layers: layers.collect() }
}

/// The input, then the output of each layer that writes one: activations, normalizations, sums and reshaping work in place, except on what a skip
/// connection still needs. A tensor that goes into integer arithmetic takes a byte a value, any other four.
fn tensors(model: &ModelReport, report: &OptimizedReport, inputs: u64) -> Vec<Tensor> {
    let skips: Vec<(usize, usize)> =
        model.layers.iter().enumerate().filter(|(_, l)| l.back > 0).map(|(i, l)| (i - l.back.min(i), i)).collect();
    let alone = ["flatten", "dropout", "batchnorm", "layernorm", "add", "exit"];
    let in_place = |i: usize| {
        let key = model.layers[i].key.as_str();
        (activations::LISTING.find(key).is_ok() || alone.contains(&key)) && !skips.iter().any(|(from, _)| *from == i)
    };
    let weighted: Vec<usize> = (0..model.layers.len()).filter(|i| model.layers[*i].macs > 0).collect();
    // What reads the output of layer `i`, or the input.
    let width = |after: Option<usize>| {
        let next = weighted.iter().find(|w| after.is_none_or(|i| **w > i));
        if next.is_some_and(|w| report.kernels.get(*w).is_some_and(|k| is_integer(k))) { 1 } else { 4 }
    };
    let mut found = vec![Tensor { bytes: inputs * width(None), first: 0, last: 0 }];
    let writers: Vec<usize> = (0..model.layers.len()).filter(|i| !in_place(*i)).collect();
    for (at, i) in writers.iter().enumerate() {
        // Values of a layer that lost units are fewer than those of the trained network.
        let whole: u64 = model.layers[*i].output.iter().map(|n| *n as u64).product();
        let values = report.memory.get(*i).map_or(whole, |m| if m.optimized.activations > 0 { m.optimized.activations / 4 } else { whole });
        found.push(Tensor { bytes: values * width(Some(*i)), first: at, last: (at + 1).min(writers.len() - 1) });
    }
    for (from, end) in skips {
        // Tensor 0 is the input, tensor `k` the output of the writer `k − 1`.
        let tensor = |value: usize| writers.iter().filter(|w| **w < value).count();
        let (held, last) = (tensor(from), tensor(end).saturating_sub(1));
        found[held].last = found[held].last.max(last);
    }
    found
}

/// Whether a kernel of this name ("int4 × int8") computes with 8-bit activations.
fn is_integer(kernel: &str) -> bool {
    kernel.ends_with("× int8")
}

/// Bits of a weight in a kernel of this name.
fn bits(kernel: &str) -> u32 {
    // "int4 g32", "bf16", "fp8 e4m3", "sparse f32".
    let digits = |word: &str| ["int", "bf", "fp", "f"].iter().find_map(|kind| word.strip_prefix(kind)?.parse().ok());
    kernel.split(' ').find_map(digits).unwrap_or(32)
}

/// One thing that a model needs of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// "Flash".
    pub name: &'static str,
    /// "12.4 kB of 512 kB".
    pub words: String,
    /// How it comes about.
    pub help: String,
    /// What is needed over what there is; `None` where there is no limit.
    pub share: Option<f64>,
}

impl Line {
    /// Whether more is needed than there is.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.share.is_some_and(|share| share > 1.0)
    }
}

/// Flash, memory and time of a model on `target`; `ms` is the limit that was set for the time, 0 for none.
#[must_use]
pub fn lines(target: &Target, needs: &Needs, ms: f64) -> [Line; 3] {
    let of = |need: u64, there: u64| (format!("{} of {}", format::bytes(need), format::bytes(there)), Some(need as f64 / there as f64));
    let (flash, ram) = (of(needs.flash, target.flash), of(needs.arena, target.ram));
    let time = target.estimate(needs);
    let (low, high) = (format::duration(time.ms / target.error), format::duration(time.ms * target.error));
    let limit = if ms > 0.0 { format!(", limit {}", format::duration(ms)) } else { String::new() };
    [
        Line {
            name: "Flash",
            words: flash.0,
            share: flash.1,
            help: "Exact bytes of the model file; the program that runs it takes more.".into(),
        },
        Line {
            name: "RAM",
            words: ram.0,
            share: ram.1,
            help: format!(
                "Planned arena for the input and what flows between layers (at least {} at once); the runtime's own memory comes on top.",
                format::bytes(needs.bound)
            ),
        },
        Line {
            name: "Time",
            words: format!("≈ {}, an estimate ({low} to {high}){limit}", format::duration(time.ms)),
            share: (ms > 0.0).then(|| time.ms / ms),
            help: format!(
                "An estimate, not a measurement: between {low} and {high}. The larger of arithmetic ({}: cycles per multiply-accumulate over the clock of {:.0} MHz) and reading the weights ({}). Cycles follow {}.",
                format::duration(time.compute),
                target.hz / 1e6,
                format::duration(time.reading),
                target.source,
            ),
        },
    ]
}

/// Which limits are broken, in words.
#[must_use]
pub fn verdict(target: &Target, lines: &[Line; 3]) -> String {
    let over: Vec<String> = lines
        .iter()
        .filter(|line| line.is_over())
        .map(|line| {
            let times = format::number((line.share.unwrap_or(0.0) * 100.0).round() / 100.0);
            match line.name {
                "Time" => format!("its time is about {times} times the limit (an estimate)"),
                name => format!("it needs {times} times the {} there is", if name == "RAM" { "RAM" } else { "flash" }),
            }
        })
        .collect();
    let name = target.label();
    if over.is_empty() { format!("Fits {name}.") } else { format!("Does not fit {name}: {}.", over.join(", and ")) }
}

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
