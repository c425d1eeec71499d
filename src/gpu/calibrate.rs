//! What a GPU takes for next to nothing and for much, measured in a few dozen milliseconds when it is opened.

use std::rc::Rc;

use super::{
    device::{Gpu, GpuError},
    product::GpuProduct,
};

/// Dispatches among which one is timed.
const DISPATCHES: usize = 256;
/// Rows of the matrices whose product is timed, and how often it is computed more in the longer of two runs.
const ROWS: usize = 512;
const PRODUCTS: usize = 8;
/// Of so many times the shortest counts: whatever else the device does only makes them longer.
const TIMES: usize = 4;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// From a submission of next to nothing to its result, ms.
    pub round_trip_ms: f64,
    /// A dispatch of next to nothing among many, ms; 0 where it was not measured.
    pub dispatch_ms: f64,
    /// A product of two 512×512 matrices, 10⁹ floating-point operations a second; 0 where it was not measured.
    pub gflops: f64,
}

/// Measures `gpu` by the clock `now`, ms. A program on the CPU that plays a GPU would take seconds over the rest, and is never chosen for its speed, so of
/// such a one only the round trip is measured. Errors: the GPU is lost.
pub async fn figures(gpu: &Rc<Gpu>, now: impl Fn() -> f64) -> Result<Figures, GpuError> {
    let small = product(gpu, 16)?;
    // Pipelines are made when they are first used.
    small.run(1).await?;
    let round_trip_ms = shortest(&small, 1, &now).await?;
    if gpu.software() {
        return Ok(Figures { round_trip_ms, dispatch_ms: 0.0, gflops: 0.0 });
    }
    let many_ms = shortest(&small, 1 + DISPATCHES, &now).await?;
    let dispatch_ms = (many_ms - round_trip_ms).max(0.0) / DISPATCHES as f64;
    let large = product(gpu, ROWS)?;
    large.run(1).await?;
    let one_ms = shortest(&large, 1, &now).await?;
    let more_ms = shortest(&large, 1 + PRODUCTS, &now).await?;
    let operations = 2.0 * (ROWS as f64).powi(3) * PRODUCTS as f64;
    // A clock too coarse for the difference would make it nothing.
    let product_ms = (more_ms - one_ms).max(0.01 * more_ms).max(1e-3);
    Ok(Figures { round_trip_ms, dispatch_ms, gflops: operations / product_ms / 1e6 })
}

fn product(gpu: &Rc<Gpu>, rows: usize) -> Result<GpuProduct, GpuError> {
    let matrix = vec![0.5; rows * rows];
    GpuProduct::new(gpu, rows, &matrix, &matrix)
}

/// The shortest of some times from submission to result of `count` products, ms.
async fn shortest(product: &GpuProduct, count: usize, now: &impl Fn() -> f64) -> Result<f64, GpuError> {
    let mut shortest = f64::INFINITY;
    for _ in 0..TIMES {
        let start = now();
        product.run(count).await?;
        shortest = shortest.min(now() - start);
    }
    Ok(shortest)
}
