//! Fast kernels against their references, natively.

mod kernel_cases;

use kernel_cases::FAMILIES;

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
