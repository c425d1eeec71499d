//! What a worker does with messages; pure, so it is tested natively.
