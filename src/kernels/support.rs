//! Which kernel there is in which form: the list behind the table in `docs/kernels.md`.

/// A family of kernels and the forms in which it exists. A form that is missing is a visible "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// Folder in `src/kernels`.
    pub name: &'static str,
    /// What it computes.
    pub computes: &'static str,
    /// What defines its results.
    pub reference: &'static str,
    /// In 128-bit vectors, from one source for the native program and for wasm with `simd128`.
    pub vectors: bool,
    /// What relaxed SIMD changes in wasm; empty: nothing.
    pub relaxed: &'static str,
    /// On the GPU, in WGSL.
    pub gpu: bool,
    /// How the fast form agrees with its reference.
    pub agreement: &'static str,
}

const LOOP: &str = "plain loop";
const SAME_BITS: &str = "same bits";
const FUSED: &str = "fused multiply-add";

const fn cpu(name: &'static str, computes: &'static str, reference: &'static str, agreement: &'static str) -> Support {
    Support { name, computes, reference, vectors: true, relaxed: "", gpu: false, agreement }
}

impl Support {
    const fn and_relaxed(self, relaxed: &'static str) -> Self {
        Self { relaxed, ..self }
    }

    const fn and_gpu(self) -> Self {
        Self { gpu: true, ..self }
    }
}

/// Every family, by folder.
pub const SUPPORT: &[Support] = &[
    cpu("attention", "multi-head self-attention and its gradients, float32", LOOP, "1e-5 of float64")
        .and_relaxed("that of the products in it")
        .and_gpu(),
    cpu("codebook", "float32 activations × 1- to 8-bit codes of shared floats", LOOP, SAME_BITS).and_relaxed(FUSED),
    cpu("conv2d", "convolution and its two gradients, float32", LOOP, SAME_BITS).and_relaxed(FUSED).and_gpu(),
    cpu("depthwise", "convolution of each channel alone and its two gradients, float32", LOOP, SAME_BITS).and_gpu(),
    cpu("elementwise", "exp, tanh, sigmoid, normal distribution; bias rows", "`libm` in float64", "2 to 3 units in the last place")
        .and_gpu(),
    cpu(
        "grouped",
        "float32 or 8-bit activations × whole-number weights with a scale for each group of inputs, or a zero point",
        LOOP,
        SAME_BITS,
    )
    .and_relaxed("that of the products in it"),
    cpu("matmul_f32", "matrix product, float32, any strides", LOOP, SAME_BITS).and_relaxed(FUSED).and_gpu(),
    cpu("matmul_i8", "8-bit activations × whole-number weights", LOOP, SAME_BITS)
        .and_relaxed("4, 2 and 1 bits: products of bytes")
        .and_gpu(),
    cpu("matmul_low_bit", "float32 activations × packed 1- to 8-bit weights", LOOP, SAME_BITS).and_relaxed(FUSED).and_gpu(),
    cpu("pool2d", "max and mean pooling and their gradients", LOOP, SAME_BITS).and_gpu(),
    cpu("recurrent", "steps of recurrent layers, LSTM and GRU, and their gradients, float32", LOOP, "1e-5 of float64")
        .and_relaxed("that of the products in it"),
    cpu("semi_structured", "float32 activations × one or two weights of every four", LOOP, SAME_BITS).and_relaxed(FUSED).and_gpu(),
    cpu("small_floats", "float32 activations × floats of 16 or 8 bits", LOOP, SAME_BITS).and_relaxed(FUSED).and_gpu(),
    cpu("spmm", "float32 or 8-bit activations × sparse weights", LOOP, SAME_BITS),
];

/// [`SUPPORT`] as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let yes = |there: bool| if there { "yes" } else { "no" };
    let mut text = String::from(
        "| kernel | computes | reference | native and wasm `simd128` | wasm relaxed SIMD | WebGPU | fast form and reference |\n",
    );
    text += "|---|---|---|---|---|---|---|\n";
    for s in SUPPORT {
        text += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            s.name,
            s.computes,
            s.reference,
            yes(s.vectors),
            if s.relaxed.is_empty() { "the same" } else { s.relaxed },
            yes(s.gpu),
            s.agreement
        );
    }
    text
}
