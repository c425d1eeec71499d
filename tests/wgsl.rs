//! Every GPU kernel that the lists can make, parsed and validated without a GPU.

mod gpu_cases;
mod packed_cases;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use gpu_cases::{networks, roundings, rules};
use whittle::gpu::program::{Abilities, Kernel, Packed, Program, Slot};

/// Every program of the cases, packed ones for GPUs with and without abilities, and the bench's product.
fn kernels() -> Vec<(String, Kernel)> {
    let mut all = Vec::new();
    let mut add = |name: &str, program: Program| {
        let within = program.clone().with(Abilities { subgroups: true, ..Abilities::default() }).kernels;
        let others = within.into_iter().filter(Kernel::wants_subgroups);
        all.extend(program.kernels.into_iter().chain(others).map(|k| (name.to_string(), k)));
    };
    for case in networks() {
        for (rule, loss, optimizer) in rules() {
            for classes in [true, false] {
                let program = Program::training(&case.network, loss.as_ref(), optimizer.as_ref(), case.batch, classes);
                let program = program.and_then(|p| p.with_max_norm(&case.network));
                add(&format!("{}, {rule}", case.name), program.expect(&case.name));
                for rounding in roundings() {
                    let size = (case.batch, classes);
                    let program = Program::rounded_training(&case.network, loss.as_ref(), optimizer.as_ref(), size, Some(rounding));
                    add(&format!("{}, {rule}, {rounding:?}", case.name), program.expect(&case.name));
                }
            }
        }
        add(&case.name, Program::inference(&case.network, case.batch).expect(&case.name));
    }
    for case in packed_cases::cases() {
        for able in [true, false] {
            add(
                &case.name,
                Packed::new(&case.model, case.batch, Abilities { dot4: able, f16: able, subgroups: able }).expect(&case.name).program,
            );
        }
    }
    all.push(("product".into(), whittle::gpu::program::square(64)));
    all.push(("product".into(), whittle::gpu::program::square(512)));
    all
}

/// What is wrong with `kernel`, if anything: text, types, and names of its settings.
fn fault(kernel: &Kernel) -> Result<(), String> {
    let Kernel { wgsl, slots, .. } = kernel;
    let text = wgsl.text();
    let module = naga::front::wgsl::parse_str(&text).map_err(|e| e.emit_to_string(&text))?;
    // What a text enables, and no more; `unpack2x16float` needs nothing enabled.
    let mut capabilities = naga::valid::Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    capabilities.set(naga::valid::Capabilities::SHADER_FLOAT16, text.starts_with("enable f16;"));
    capabilities.set(naga::valid::Capabilities::SUBGROUP, kernel.wants_subgroups());
    let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), capabilities);
    validator.validate(&module).map_err(|e| e.emit_to_string(&text))?;
    let declared: BTreeSet<_> = module.overrides.iter().filter_map(|(_, o)| o.name.as_deref()).collect();
    let given: BTreeSet<_> = wgsl.constants.iter().map(|(name, _)| *name).collect();
    if declared != given {
        return Err(format!("declares {declared:?} and is given {given:?}"));
    }
    for (_, variable) in module.global_variables.iter() {
        let (Some(binding), naga::AddressSpace::Storage { access }) = (&variable.binding, variable.space) else { continue };
        let write = access.contains(naga::StorageAccess::STORE);
        match slots.get(binding.binding as usize - 1) {
            Some(Slot::Read(_)) if !write => {}
            Some(Slot::Write(_)) if write => {}
            other => return Err(format!("binding {} is {:?}, given {other:?}", binding.binding, variable.name)),
        }
    }
    Ok(())
}

#[test]
fn every_kernel_is_valid() {
    let mut seen = BTreeSet::new();
    for (name, kernel) in kernels() {
        if seen.insert(kernel.wgsl.text()) {
            fault(&kernel).unwrap_or_else(|error| panic!("{name}, {}: {error}", kernel.name));
        }
    }
    println!("{} kernels", seen.len());
}

#[test]
fn no_kernel_is_both_read_and_written_in_one_dispatch() {
    for (name, kernel) in kernels() {
        let places = |write: bool| {
            let wanted = kernel.slots.iter().filter_map(move |slot| match (slot, write) {
                (Slot::Read(place), false) | (Slot::Write(place), true) => Some(*place),
                _ => None,
            });
            wanted.collect::<Vec<_>>()
        };
        let written: BTreeSet<_> = places(true).iter().copied().collect();
        assert_eq!(written.len(), places(true).len(), "{name}, {}: one buffer twice", kernel.name);
        assert!(places(false).iter().all(|place| !written.contains(place)), "{name}, {}", kernel.name);
        assert!(kernel.slots.len() <= 8, "every GPU has 8 storage buffers a stage, and {} wants more", kernel.name);
    }
}

#[test]
fn every_file_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let used: BTreeSet<&str> = kernels().iter().flat_map(|(_, k)| k.wgsl.files.clone()).collect();
    let mut unused = files(&root);
    unused.retain(|file| !used.contains(std::fs::read_to_string(file).expect("a source file").as_str()));
    assert!(unused.is_empty(), "no network of the cases uses {unused:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false if path.extension().is_some_and(|e| e == "wgsl") => vec![path],
            false => vec![],
        })
        .collect()
}
