//! Fast kernels against their references, natively.

mod kernel_cases;

use kernel_cases::FAMILIES;
use whittle::kernels::support::{self, SUPPORT};

#[test]
fn fast_kernels_agree_with_their_references() {
    let mut failures = Vec::new();
    for family in FAMILIES {
        failures.extend((family.failures)().into_iter().map(|line| format!("{}: {line}", family.name)));
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures[..failures.len().min(40)].join("\n"));
}

#[test]
fn results_are_the_bits_that_every_target_gives() {
    let wrong: Vec<_> = FAMILIES
        .iter()
        .map(|f| (f.name, (f.hash)(), f.expected))
        .filter(|(_, got, expected)| got != expected)
        .map(|(name, got, expected)| format!("{name}: {got:#018x} instead of {expected:#018x}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_support_table_is_what_there_is() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<String> = std::fs::read_dir(root.join("src/kernels"))
        .expect("the sources lie beside the tests")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let listed: Vec<_> = SUPPORT.iter().map(|s| s.name).collect();
    assert_eq!(listed, folders, "the list in src/kernels/support.rs names every folder, in order");
    for s in SUPPORT {
        let file = |name: &str| root.join("src/kernels").join(s.name).join(name).exists();
        assert_eq!(s.gpu, file(&format!("{}.wgsl", s.name)), "{}: WebGPU", s.name);
        assert_eq!(s.reference == "plain loop", file("reference.rs"), "{}: reference", s.name);
        assert!(FAMILIES.iter().any(|f| f.name.starts_with(s.name)), "{}: no cases in tests/kernel_cases", s.name);
    }
    let page = std::fs::read_to_string(root.join("docs/kernels.md")).expect("docs/kernels.md");
    assert!(page.contains(&support::table()), "docs/kernels.md should hold this table:\n\n{}", support::table());
}
