//! A fast kernel and its reference, one after the other.

use std::hint::black_box;

use criterion::{Criterion, Throughput};

/// The group `id` with two functions that do the same `operations`: `fast` and `reference`.
pub fn pair(criterion: &mut Criterion, id: &str, operations: usize, mut fast: impl FnMut(), mut reference: impl FnMut()) {
    let mut group = criterion.benchmark_group(id);
    group.throughput(Throughput::Elements(operations as u64));
    // Opaque closures: what they write is read by nobody, and would otherwise not have to be written.
    group.bench_function("fast", |b| b.iter(|| black_box(&mut fast)()));
    group.bench_function("reference", |b| b.iter(|| black_box(&mut reference)()));
    group.finish();
}
