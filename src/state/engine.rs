//! Which engine computes, in words.

use super::format::duration;
use crate::protocol::{Backend, EngineReport, Wanted, Why};

/// The engine's badge and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineWords {
    /// A word or two: "CPU · SIMD", "GPU · nvidia ampere".
    pub badge: String,
    /// Some sentences: what runs.
    pub runs: String,
    /// A sentence or two: why that.
    pub why: String,
}

/// Most characters of a GPU's name in the badge.
const NAME: usize = 24;

/// Of the engine build that the worker named (empty until it has), in a browser that offers WebGPU or does not, and of what the worker says of
/// the run under way.
#[must_use]
pub fn engine_words(build: &str, webgpu: bool, report: Option<&EngineReport>) -> EngineWords {
    let (cpu, vectors) = match build {
        "" => ("…", "The engine is being loaded."),
        b if b.contains("relaxed") => {
            ("CPU · relaxed SIMD", "It uses 128-bit vector instructions (SIMD) in their relaxed form, with fused multiply-add.")
        }
        b if b.contains("simd128") => ("CPU · SIMD", "It uses 128-bit vector instructions (SIMD), which every browser since 2023 has."),
        _ => ("CPU", "It uses no vector instructions, so it is slower than it could be."),
    };
    let name = if build.is_empty() { String::new() } else { format!(" Build: {build}.") };
    let gpu = report.filter(|r| r.backend == Backend::Gpu);
    let (badge, place) = match gpu {
        Some(EngineReport { device: Some(device), .. }) => {
            (format!("GPU · {}", short(&device.name)), format!("Training runs on the GPU ({}), measuring in a worker on", device.name))
        }
        Some(_) => ("GPU · opening…".into(), "Training waits for the GPU; measuring runs in a worker on".into()),
        None => (cpu.into(), "Training and measuring run in a worker on".into()),
    };
    let took = report.filter(|r| r.took.contains("WebGPU")).map(|r| {
        format!(" This run's weights were computed by {}: the numbers of each engine differ from another's in the last places.", r.took)
    });
    let runs = format!("{place} this device's processor. {vectors}{name}{}", took.unwrap_or_default());
    let why = match report {
        Some(report) => why(report),
        None if webgpu => "This browser offers WebGPU; whether the GPU pays is decided in the run.".into(),
        None => "WebGPU, which this browser does not offer, is not needed.".into(),
    };
    EngineWords { badge, runs, why }
}

fn why(report: &EngineReport) -> String {
    let trip = report.device.as_ref().map_or_else(String::new, |d| duration(d.round_trip_ms));
    let on_gpu = report.backend == Backend::Gpu;
    match &report.why {
        Why::Measuring => "Whether the GPU pays is decided as soon as a step of this network has been measured.".into(),
        Why::Asked if report.wanted == Wanted::Cpu => "You chose the CPU.".into(),
        Why::Asked => format!("You chose the GPU. Its round trip, from a submission to its result, takes {trip}."),
        Why::Small(ms) => format!(
            "A step of this network takes {} here: too little for a GPU to gain, so it was not opened. Choose it to try.",
            duration(*ms)
        ),
        Why::Opening => "The GPU is being opened and measured.".into(),
        Why::Absent(reason) => format!("WebGPU is not available: {reason}."),
        Why::Software(name) => {
            format!("The only GPU here ({name}) is a program on this device's processor, so it is not used unless you choose it.")
        }
        Why::Estimated { cpu_ms, gpu_ms } if on_gpu => format!(
            "A step of this network took {} on the processor; by its own figures the GPU takes about {}.",
            duration(*cpu_ms),
            duration(*gpu_ms)
        ),
        Why::Estimated { cpu_ms, gpu_ms } => format!(
            "A step of this network takes {} here; the GPU would take about {}, and its round trip alone {trip}.",
            duration(*cpu_ms),
            duration(*gpu_ms)
        ),
        Why::Measured { cpu_ms, gpu_ms } => format!(
            "A step of this network takes {} on the processor and {} on the GPU, both measured here.",
            duration(*cpu_ms),
            duration(*gpu_ms)
        ),
        Why::Refused(reason) => format!("CPU only: {reason}."),
        Why::Lost(reason) => format!("The GPU was lost ({reason}); a restart tries it again."),
    }
}

/// What the page has to say aloud when the report changes: a run that had to leave the GPU, or could not get there although it should.
pub(super) fn fall_back(before: Option<&EngineReport>, now: &EngineReport, step: u64) -> Option<String> {
    // Who asks for the GPU anew hears anew why there is none.
    let anew = |b: &EngineReport| b.wanted != now.wanted && !matches!(now.why, Why::Lost(_));
    if before.is_some_and(|b| b.why == now.why && !anew(b)) {
        return None;
    }
    let from = if step == 0 { "from the beginning".into() } else { format!("from step {}", super::format::count(step)) };
    match &now.why {
        Why::Lost(reason) => Some(format!("The GPU was lost ({reason}). Training goes on on the CPU {from}.")),
        Why::Refused(reason) if now.wanted == Wanted::Gpu => {
            Some(format!("This run cannot be on the GPU: {reason}. Training goes on on the CPU {from}."))
        }
        Why::Absent(reason) if now.wanted == Wanted::Gpu => Some(format!("The GPU cannot be used: {reason}. Training runs on the CPU.")),
        _ => None,
    }
}

/// Without what it can do.
fn short(name: &str) -> String {
    let name = name.trim_end_matches(", subgroups");
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{}…", name[..end].trim_end()),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Device;

    fn report(backend: Backend, why: Why) -> EngineReport {
        let device = Device { name: "nvidia ampere".into(), software: false, round_trip_ms: 0.9, dispatch_ms: 0.004, gflops: 5000.0 };
        EngineReport { wanted: Wanted::Auto, backend, why, device: Some(device), took: "wasm simd128".into() }
    }

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn only_what_the_build_has_is_claimed() {
        let simd = engine_words("wasm simd128", true, None);
        assert_eq!(simd.badge, "CPU · SIMD");
        assert!(simd.runs.contains("128-bit") && simd.why.contains("offers WebGPU"));
        let none = engine_words("native", false, None);
        assert_eq!(none.badge, "CPU");
        assert!(none.runs.contains("no vector instructions") && none.why.contains("does not offer"));
        assert_eq!(engine_words("wasm simd128 relaxed", false, None).badge, "CPU · relaxed SIMD");
        let none = engine_words("", false, None);
        assert!(none.badge == "…" && !none.runs.contains("Build"));
    }

    #[test]
    fn the_choice_is_explained_by_what_was_measured() {
        let words = |backend, why| engine_words("wasm simd128", true, Some(&report(backend, why)));
        let slower = words(Backend::Cpu, Why::Estimated { cpu_ms: 0.08, gpu_ms: 0.3 });
        assert_eq!(slower.badge, "CPU · SIMD");
        assert_eq!(
            plain(&slower.why),
            "A step of this network takes 80.0 µs here; the GPU would take about 300 µs, and its round trip alone 900 µs."
        );
        let faster = words(Backend::Gpu, Why::Estimated { cpu_ms: 3.0, gpu_ms: 0.3 });
        assert_eq!(faster.badge, "GPU · nvidia ampere");
        assert!(faster.runs.contains("on the GPU (nvidia ampere)"), "{}", faster.runs);
        let refused = words(Backend::Cpu, Why::Refused("layer 2 (lstm) has no shader".into()));
        assert_eq!(refused.why, "CPU only: layer 2 (lstm) has no shader.");
        let absent = words(Backend::Cpu, Why::Absent("this browser does not offer WebGPU".into()));
        assert_eq!(absent.why, "WebGPU is not available: this browser does not offer WebGPU.");
        let opening = EngineReport { device: None, wanted: Wanted::Gpu, ..report(Backend::Gpu, Why::Opening) };
        assert_eq!(engine_words("wasm simd128", true, Some(&opening)).badge, "GPU · opening…");
    }

    #[test]
    fn what_the_gpu_computed_is_named() {
        let both = EngineReport { took: "wasm simd128 and WebGPU (nvidia ampere)".into(), ..report(Backend::Gpu, Why::Asked) };
        assert!(engine_words("wasm simd128", true, Some(&both)).runs.contains("computed by wasm simd128 and WebGPU (nvidia ampere)"));
        assert_eq!(short("Google SwiftShader Device (Subzero)"), "Google SwiftShader Devic…");
        assert_eq!(short("nvidia ampere, subgroups"), "nvidia ampere");
    }

    #[test]
    fn a_fall_back_is_said_once() {
        let on_gpu = report(Backend::Gpu, Why::Asked);
        let lost = report(Backend::Cpu, Why::Lost("it was destroyed".into()));
        assert_eq!(
            fall_back(Some(&on_gpu), &lost, 1200).as_deref().map(plain),
            Some("The GPU was lost (it was destroyed). Training goes on on the CPU from step 1,200.".into())
        );
        assert_eq!(fall_back(Some(&lost), &lost, 1300), None);
        let refused = report(Backend::Cpu, Why::Refused("too large".into()));
        assert_eq!(fall_back(None, &refused, 0), None, "nobody asked for it");
        let asked = EngineReport { wanted: Wanted::Gpu, ..refused };
        assert!(fall_back(None, &asked, 0).is_some_and(|text| text.contains("too large") && text.contains("from the beginning")));
        let absent = report(Backend::Cpu, Why::Absent("none here".into()));
        let wanted = EngineReport { wanted: Wanted::Gpu, ..absent.clone() };
        assert!(
            fall_back(Some(&absent), &wanted, 9).is_some_and(|text| text.contains("none here")),
            "it was tried before, but not asked for"
        );
    }
}
