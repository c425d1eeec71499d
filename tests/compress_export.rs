//! Safetensors: PyTorch's layout, and back.

mod compress_support;

use compress_support::{networks, params};
use safetensors::SafeTensors;
use whittle::engine::export::{from_safetensors, safetensors};

#[test]
fn what_is_exported_comes_back() {
    for (name, network) in networks() {
        let params = params(&network, 31);
        let file = safetensors(&network, &params).expect(name);
        assert_eq!(file, safetensors(&network, &params).expect(name), "{name}: the same bytes each time");
        assert_eq!(from_safetensors(&network, &file), Ok(params), "{name}");
    }
}

#[test]
fn tensors_lie_as_in_pytorch() {
    let (name, network) = networks().remove(4);
    let params = params(&network, 32);
    let file = safetensors(&network, &params).expect(name);
    let tensors = SafeTensors::deserialize(&file).expect("readable");
    let (conv, dense) = (tensors.tensor("layers.0.weight").expect("conv"), tensors.tensor("layers.6.weight").expect("dense"));
    assert_eq!((conv.shape(), dense.shape()), (&[5, 2, 3, 3][..], &[6, 28][..]));
    let value = |data: &[u8], at: usize| f32::from_le_bytes([data[4 * at], data[4 * at + 1], data[4 * at + 2], data[4 * at + 3]]);
    // Filter 3, channel 1, row 2, column 0.
    assert_eq!(value(conv.data(), ((3 * 2 + 1) * 3 + 2) * 3), params[((2 * 3) * 2 + 1) * 5 + 3]);
    let span = network.nodes()[6].span.start;
    assert_eq!(value(dense.data(), 4 * 28 + 9), params[span + 9 * 6 + 4]);
}

#[test]
fn a_foreign_file_is_refused_by_name() {
    let networks = networks();
    let file = safetensors(&networks[2].1, &params(&networks[2].1, 33)).expect("mlp");
    let error = from_safetensors(&networks[0].1, &file).expect_err("another network");
    assert!(error.contains("layers.0.weight"), "{error}");
    assert!(from_safetensors(&networks[0].1, &file[..20]).is_err());
    assert!(from_safetensors(&networks[0].1, b"").is_err());
}
