//! Worker entry: starts the session, and says how its rest is loaded. On a native target there is nothing to start.

#[cfg(target_arch = "wasm32")]
use whittle::worker::{Loading, Rest};

/// The rest of the worker: a module of its own (`tools/split.sh`), of all that only this function reaches. Error: it could not be loaded.
#[cfg(all(target_arch = "wasm32", feature = "split"))]
#[wasm_split_helpers::wasm_split(later, fallible)]
fn load() -> Result<Rest, wasm_split_helpers::SplitLoaderError> {
    Ok(Rest::all())
}

/// The rest of the worker, which is there already where nothing was cut out.
#[cfg(all(target_arch = "wasm32", not(feature = "split")))]
async fn load() -> Result<Rest, std::convert::Infallible> {
    Ok(Rest::all())
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    whittle::worker::start(|| -> Loading { Box::pin(async { load().await.ok() }) });
}
