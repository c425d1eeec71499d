// Weights as codes of `BITS` = 8, 4, 2 or 1 bits: `ROW_WORDS` words a unit, each of them for `4 · 8 / BITS` inputs. Byte `b` of a word holds
// inputs `b`, `4 + b`, `8 + b`, … of those, the first in its lowest bits. So one shift and one mask give four neighbours, a byte each.
// At one bit, 0 stands for −1 and 1 for +1; else codes are in two's complement. Behind the last input there are zero bits.
override BITS: u32;
override ROW_WORDS: u32;

// What belongs to each output unit: real units per product of codes, bias, and what zero's code adds to each sum.
struct Unit {
  scale: f32,
  bias: f32,
  shift: i32,
}

// Which word holds inputs `4 · quad …` of unit `col`, shifted so that they begin in its lowest bit.
fn field(quad: u32, col: u32) -> u32 {
  let fields = 8u / BITS;
  return weights[col * ROW_WORDS + quad / fields] >> (BITS * (quad % fields));
}

// The codes of inputs `4 · quad …` of unit `col` as bytes in two's complement.
fn four_codes(quad: u32, col: u32) -> u32 {
  let low = field(quad, col) & (((1u << BITS) - 1u) * 0x01010101u);
  if (BITS == 1u) {
    return 0xffffffffu - low * 0xfeu;
  }
  // The sign, copied into the bits above it. No byte reaches into the next.
  let sign = low & ((1u << (BITS - 1u)) * 0x01010101u);
  return low | (sign * ((256u - (1u << BITS)) >> (BITS - 1u)));
}
