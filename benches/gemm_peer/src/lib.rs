//! Products of two resident matrices by three libraries, for `run.mjs` to time. All compute the same, all pack both factors in each call.

use std::cell::RefCell;

use gemm::Parallelism;
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;
use whittle::{
    engine::rng::Rng,
    kernels::{
        Scratch,
        matmul_f32::{Mat, matmul},
    },
};

/// The factors `[m, k]` and `[k, n]`, the product `[m, n]`, and what libraries keep between calls.
struct Bench {
    size: (usize, usize, usize),
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
    scratch: Scratch,
    rten: GemmExecutor,
}

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
}

/// Makes random factors of a size.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(m: usize, n: usize, k: usize) {
    let values = |count: usize, seed| {
        let mut rng = Rng::new(seed, 0);
        (0..count).map(|_| rng.uniform() - 0.5).collect::<Vec<_>>()
    };
    let bench = Bench {
        size: (m, n, k),
        a: values(m * k, 1),
        b: values(k * n, 2),
        c: vec![0.0; m * n],
        scratch: Scratch::default(),
        rten: GemmExecutor::new(),
    };
    BENCH.set(Some(bench));
}

/// `count` products by library 0 (Whittle), 1 (`gemm`) or 2 (`rten-gemm`); gives the sum of the product's values, whether it was prepared or not.
#[unsafe(no_mangle)]
pub extern "C" fn run(library: u32, count: u32) -> f32 {
    BENCH.with_borrow_mut(|bench| {
        let Some(Bench { size: (m, n, k), a, b, c, scratch, rten }) = bench else { return f32::NAN };
        let (m, n, k) = (*m, *n, *k);
        for _ in 0..count {
            match library {
                0 => matmul((m, n, k), Mat::rows(a, k), Mat::rows(b, n), c, false, scratch),
                1 => {
                    let (columns, rows) = (n as isize, k as isize);
                    // SAFETY: three slices of m·k, k·n and m·n values, row-major as the strides say.
                    unsafe {
                        gemm::gemm(
                            m,
                            n,
                            k,
                            c.as_mut_ptr(),
                            1,
                            columns,
                            false,
                            a.as_ptr(),
                            1,
                            rows,
                            b.as_ptr(),
                            1,
                            columns,
                            0.0,
                            1.0,
                            false,
                            false,
                            false,
                            Parallelism::None,
                        );
                    }
                }
                _ => {
                    let (a, b) = (NdTensorView::from_data([m, k], &**a), NdTensorView::from_data([k, n], &**b));
                    let done = rten.gemm(c, GemmInputA::Unpacked(a), GemmInputB::Unpacked(b), GemmOptions::default());
                    if done.is_err() {
                        return f32::NAN;
                    }
                }
            }
        }
        c.iter().sum()
    })
}
