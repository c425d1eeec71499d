//! Codes as a stream of bits: `bits` bits each, low bits first, no gaps between codes; the last byte is filled with zeros.

/// Bytes of `count` codes.
#[must_use]
pub fn bytes(count: usize, bits: u32) -> usize {
    (count * bits as usize).div_ceil(8)
}

/// Packs codes in two's complement; at one bit, 0 stands for −1 and 1 for +1.
#[must_use]
pub fn pack(codes: &[i8], bits: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    for code in codes {
        writer.put(if bits == 1 { u32::from(*code > 0) } else { *code as u8 as u32 }, bits);
    }
    writer.finish()
}

/// `count` codes of a stream; codes beyond its end are zero bits.
#[must_use]
pub fn unpack(stream: &[u8], bits: u32, count: usize) -> Vec<i8> {
    let mut reader = BitReader::new(stream);
    let shift = 8 - bits;
    (0..count)
        .map(|_| {
            let field = reader.take(bits);
            if bits == 1 { field as i8 * 2 - 1 } else { ((field << shift) as u8 as i8) >> shift }
        })
        .collect()
}

/// Packs places in a table, from 0.
#[must_use]
pub fn pack_places(places: &[u8], bits: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    places.iter().for_each(|place| writer.put(u32::from(*place), bits));
    writer.finish()
}

/// `count` places of a stream; those beyond its end are 0.
#[must_use]
pub fn unpack_places(stream: &[u8], bits: u32, count: usize) -> Vec<u8> {
    let mut reader = BitReader::new(stream);
    (0..count).map(|_| reader.take(bits) as u8).collect()
}

/// Writes fields of up to 24 bits.
#[derive(Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    pending: u32,
    held: u32,
}

impl BitWriter {
    /// Appends the low `bits` bits of `field`.
    pub fn put(&mut self, field: u32, bits: u32) {
        self.pending |= (field & ((1 << bits) - 1)) << self.held;
        self.held += bits;
        while self.held >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.held -= 8;
        }
    }

    /// The stream.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        if self.held > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// Reads what [`BitWriter`] wrote; zeros beyond the end.
pub struct BitReader<'a> {
    bytes: std::slice::Iter<'a, u8>,
    pending: u32,
    held: u32,
}

impl<'a> BitReader<'a> {
    /// From the start of `stream`.
    #[must_use]
    pub fn new(stream: &'a [u8]) -> Self {
        Self { bytes: stream.iter(), pending: 0, held: 0 }
    }

    /// The next `bits` bits, at most 24.
    pub fn take(&mut self, bits: u32) -> u32 {
        while self.held < bits {
            self.pending |= u32::from(self.bytes.next().copied().unwrap_or(0)) << self.held;
            self.held += 8;
        }
        let field = self.pending & ((1 << bits) - 1);
        self.pending >>= bits;
        self.held -= bits;
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantization::max_code;

    #[test]
    fn every_width_and_length_comes_back() {
        for bits in 1..=8 {
            let max = max_code(bits);
            for count in [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 257] {
                let codes: Vec<i8> = (0..count as i32)
                    .map(|i| if bits == 1 { (i % 3 % 2 * 2 - 1) as i8 } else { ((i * 37) % (2 * max + 1) - max) as i8 })
                    .collect();
                let stream = pack(&codes, bits);
                assert_eq!(stream.len(), bytes(count, bits), "{bits} bits × {count}");
                assert_eq!(unpack(&stream, bits, count), codes, "{bits} bits × {count}");
                let places: Vec<u8> = (0..count).map(|i| (i * 37 % (1 << bits)) as u8).collect();
                let stream = pack_places(&places, bits);
                assert_eq!(stream.len(), bytes(count, bits), "{bits} bits × {count}");
                assert_eq!(unpack_places(&stream, bits, count), places, "{bits} bits × {count}");
            }
        }
    }
}
