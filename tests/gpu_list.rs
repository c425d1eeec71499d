//! Which members of the engine's lists the GPU trains, too: the table in `docs/kernels.md`.

use whittle::engine::{activations, catalog::Pick, layers, losses, optimizers, shape::Shape};

/// Outputs of a network whose loss is asked for its shader.
const OUTPUTS: usize = 3;

/// A row of the table: what is on the GPU, too, and what on the CPU alone.
fn row<'a>(kind: &str, members: impl Iterator<Item = (&'a str, bool)>) -> String {
    let (too, alone): (Vec<_>, Vec<_>) = members.partition(|(_, gpu)| *gpu);
    let names = |list: Vec<(&str, bool)>| {
        let names: Vec<_> = list.iter().map(|(key, _)| format!("`{key}`")).collect();
        if names.is_empty() { "–".into() } else { names.join(" ") }
    };
    format!("| {kind} | {} | {} |\n", names(too), names(alone))
}

fn table() -> String {
    let layer = |key: &str| {
        let shapes = [vec![4, 5, 2], vec![6, 4], vec![5]].map(Shape);
        let built = shapes.iter().find_map(|shape| layers::build(&Pick::new(key), shape, 1).ok());
        !built.unwrap_or_else(|| panic!("{key} takes none of the shapes")).op().cpu_only()
    };
    let layers = layers::CATALOG.entries.iter().map(|entry| (entry.key, layer(entry.key)));
    // Each has a shader, or it could not be in the list.
    let activations = activations::CATALOG.entries.iter().map(|entry| (entry.key, true));
    let losses = losses::CATALOG.entries.iter().map(|entry| {
        let (entry, values) = losses::CATALOG.resolve(&Pick::new(entry.key)).expect(entry.key);
        (entry.key, (entry.build)(&values).wgsl(OUTPUTS).is_some())
    });
    let optimizers = optimizers::CATALOG.entries.iter().map(|entry| {
        let (entry, values) = optimizers::CATALOG.resolve(&Pick::new(entry.key)).expect(entry.key);
        (entry.key, (entry.build)(&values).wgsl().is_some())
    });
    [
        "| | CPU and GPU | CPU only |\n|---|---|---|\n".to_string(),
        row("layers", layers),
        row("activations", activations),
        row("losses", losses),
        row("optimizers", optimizers),
    ]
    .concat()
}

#[test]
fn the_page_on_kernels_says_what_the_gpu_trains() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kernels.md");
    let page = std::fs::read_to_string(path).expect("docs/kernels.md");
    assert!(page.contains(&table()), "docs/kernels.md should hold this table:\n\n{}", table());
}
