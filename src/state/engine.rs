//! Which engine computes, in words.

/// The engine's badge and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineWords {
    /// A word or two: "CPU · SIMD".
    pub badge: &'static str,
    /// Some sentences.
    pub help: String,
}

/// Of the engine build that the worker named (empty until it has), in a browser that offers WebGPU or does not.
#[must_use]
pub fn engine_words(build: &str, webgpu: bool) -> EngineWords {
    let (badge, vectors) = match build {
        "" => ("…", "The engine is being loaded."),
        b if b.contains("relaxed") => {
            ("CPU · relaxed SIMD", "It uses 128-bit vector instructions (SIMD) in their relaxed form, with fused multiply-add.")
        }
        b if b.contains("simd128") => ("CPU · SIMD", "It uses 128-bit vector instructions (SIMD), which every browser since 2023 has."),
        _ => ("CPU", "It uses no vector instructions, so it is slower than it could be."),
    };
    let gpu = if webgpu {
        "This browser offers WebGPU; the page uses the CPU for now."
    } else {
        "The page uses the CPU for now; WebGPU, which this browser does not offer, is not needed."
    };
    let name = if build.is_empty() { String::new() } else { format!(" Build: {build}.") };
    EngineWords { badge, help: format!("Training and measuring run in a worker on this device's processor. {vectors} {gpu}{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_build_has_is_claimed() {
        let simd = engine_words("wasm simd128", true);
        assert_eq!(simd.badge, "CPU · SIMD");
        assert!(simd.help.contains("128-bit") && simd.help.contains("offers WebGPU") && simd.help.contains("CPU for now"));
        let plain = engine_words("native", false);
        assert_eq!(plain.badge, "CPU");
        assert!(plain.help.contains("no vector instructions") && plain.help.contains("does not offer"));
        assert_eq!(engine_words("wasm simd128 relaxed", false).badge, "CPU · relaxed SIMD");
        let none = engine_words("", false);
        assert!(none.badge == "…" && !none.help.contains("Build"));
    }
}
