//! Which members of the engine's lists the GPU trains, too: the table in `docs/kernels.md`.

use whittle::{
    engine::{
        activations,
        catalog::{Listing, Pick},
        error::SpecError,
        layers,
        losses::{self, Loss},
        network::Network,
        optimizers::{self, Optimizer},
        shape::Shape,
    },
    gpu::program::Program,
};

/// A row of the table: what is on the GPU, too, and what on the CPU alone.
fn row<'a>(kind: &str, members: impl Iterator<Item = (&'a str, bool)>) -> String {
    let (too, alone): (Vec<_>, Vec<_>) = members.partition(|(_, gpu)| *gpu);
    let names = |list: Vec<(&str, bool)>| {
        let names: Vec<_> = list.iter().map(|(key, _)| format!("`{key}`")).collect();
        if names.is_empty() { "–".into() } else { names.join(" ") }
    };
    format!("| {kind} | {} | {} |\n", names(too), names(alone))
}

/// Every member of a list, and whether the GPU trains it.
fn members(listing: &Listing) -> impl Iterator<Item = (&'static str, bool)> {
    listing.entries.iter().map(|entry| (entry.key, !listing.is_cpu_only(entry.key)))
}

fn table() -> String {
    [
        "| | CPU and GPU | CPU only |\n|---|---|---|\n".to_string(),
        row("layers", members(&layers::LISTING)),
        row("activations", members(&activations::LISTING)),
        row("losses", members(&losses::LISTING)),
        row("optimizers", members(&optimizers::LISTING)),
    ]
    .concat()
}

/// What the lists say is what the program for the GPU says, which is put together of each.
#[test]
fn the_gpu_trains_what_the_lists_say() {
    let said = |listing: Listing, key: &str, program: Result<Program, SpecError>| {
        assert_eq!(listing.is_cpu_only(key), program.is_err(), "{key}: {:?}", program.err());
    };
    let adam = optimizer("adam");
    for entry in layers::CATALOG.entries {
        let me = if entry.key == "add" { Pick::new("add").with("back", 1.0) } else { Pick::new(entry.key) };
        let dense = Pick::new("dense").with("units", 3.0);
        let picks = [vec![me.clone(), dense.clone()], vec![Pick::new("tanh"), me, dense]];
        let shapes = [vec![4, 5, 2], vec![6, 4], vec![5]].map(Shape);
        let all = shapes.iter().flat_map(|shape| picks.iter().map(move |picks| Network::new(picks, shape)));
        let network = all.flatten().next().unwrap_or_else(|| panic!("{} takes none of the shapes", entry.key));
        said(layers::LISTING, entry.key, Program::training(&network, &*loss("mse"), &*adam, 4, false));
    }
    let network = Network::new(&[Pick::new("dense").with("units", 3.0)], &Shape(vec![2])).expect("a network");
    for entry in losses::CATALOG.entries {
        said(losses::LISTING, entry.key, Program::training(&network, &*loss(entry.key), &*adam, 4, false));
    }
    for entry in optimizers::CATALOG.entries {
        said(optimizers::LISTING, entry.key, Program::training(&network, &*loss("mse"), &*optimizer(entry.key), 4, false));
    }
}

fn loss(key: &str) -> Box<dyn Loss> {
    let (entry, values) = losses::CATALOG.resolve(&Pick::new(key)).expect(key);
    (entry.build)(&values)
}

fn optimizer(key: &str) -> Box<dyn Optimizer> {
    let (entry, values) = optimizers::CATALOG.resolve(&Pick::new(key)).expect(key);
    (entry.build)(&values)
}

#[test]
fn the_page_on_kernels_says_what_the_gpu_trains() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/kernels.md");
    let page = std::fs::read_to_string(path).expect("docs/kernels.md");
    assert!(page.contains(&table()), "docs/kernels.md should hold this table:\n\n{}", table());
}
