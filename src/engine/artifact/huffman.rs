//! Canonical Huffman codes (Huffman 1952, A method for the construction of minimum-redundancy codes; Schwartz & Kallick 1964): frequent symbols in few
//! bits, and of the code only the lengths are stored.
//!
//! A coded stream begins with the first symbol that has a code, how many there are from it to the last, less one, and their lengths in four bits each, the
//! earlier one in the lower half of a byte; a length of 0 means that a symbol does not occur. Symbols follow without gaps, the first bit of each code first, from
//! the low bits of a byte on. Where one symbol alone occurs it takes no bits.

use super::ArtifactError;
use crate::engine::quantization::bits::{BitReader, BitWriter};

/// Longest code, bits.
const LONGEST: usize = 15;

/// How often each symbol occurs.
pub type Counts = [u32; 256];

/// Counts symbols.
pub fn count(symbols: &[u8]) -> Counts {
    let mut counts = [0; 256];
    symbols.iter().for_each(|symbol| counts[usize::from(*symbol)] += 1);
    counts
}

/// The code that is shortest for symbols of these counts, of those whose longest is [`LONGEST`].
pub struct Code {
    lengths: [u8; 256],
    first: usize,
    last: usize,
}

impl Code {
    /// See [`Code`].
    pub fn of(counts: &Counts) -> Self {
        let mut lengths = [0; 256];
        let mut leaves: Vec<(u64, u8)> =
            (0..=255_u8).filter(|s| counts[usize::from(*s)] > 0).map(|s| (u64::from(counts[usize::from(s)]), s)).collect();
        leaves.sort_unstable();
        if leaves.len() > 1 {
            let mut found = depths(&leaves);
            if found.iter().any(|depth| usize::from(*depth) > LONGEST) {
                found = limited(&leaves);
            }
            leaves.iter().zip(found).for_each(|((_, symbol), length)| lengths[usize::from(*symbol)] = length);
        }
        let occurs = |s: &usize| counts[*s] > 0;
        Self { lengths, first: (0..256).find(occurs).unwrap_or(0), last: (0..256).rfind(occurs).unwrap_or(0) }
    }

    /// Bytes of the stream of symbols of these counts, with all that it begins with.
    pub fn bytes(&self, counts: &Counts) -> usize {
        let bits: u64 = counts.iter().zip(self.lengths).map(|(count, length)| u64::from(*count) * u64::from(length)).sum();
        2 + (self.last - self.first + 1).div_ceil(2) + bits.div_ceil(8) as usize
    }

    /// Appends the stream of `symbols`.
    pub fn write(&self, symbols: &[u8], out: &mut Vec<u8>) {
        out.extend([self.first as u8, (self.last - self.first) as u8]);
        let lengths = &self.lengths[self.first..=self.last];
        out.extend(lengths.chunks(2).map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0) << 4));
        // Codes of a length follow each other, in the order of their symbols.
        let (mut codes, mut next) = ([0_u32; 256], 0_u32);
        for length in 1..=LONGEST as u8 {
            next <<= 1;
            for symbol in (0..256).filter(|s| self.lengths[*s] == length) {
                codes[symbol] = next.reverse_bits() >> (32 - u32::from(length));
                next += 1;
            }
        }
        let mut writer = BitWriter::default();
        for symbol in symbols {
            let at = usize::from(*symbol);
            writer.put(codes[at], u32::from(self.lengths[at]));
        }
        out.extend(writer.finish());
    }
}

/// How deep each leaf, in rising order of counts, lies in Huffman's tree.
fn depths(leaves: &[(u64, u8)]) -> Vec<u8> {
    let n = leaves.len();
    // Inner nodes come into being in rising order, too: the two smallest of all are at the front of either list.
    let (mut inner, mut above): (Vec<u64>, Vec<usize>) = (Vec::with_capacity(n), vec![0; 2 * n - 1]);
    let (mut leaf, mut node) = (0, 0);
    for made in 0..n - 1 {
        let mut sum = 0;
        for _ in 0..2 {
            let of_leaf = leaf < n && (node >= inner.len() || leaves[leaf].0 <= inner[node]);
            let (weight, at) = if of_leaf { (leaves[leaf].0, leaf) } else { (inner[node], n + node) };
            if of_leaf {
                leaf += 1
            } else {
                node += 1
            }
            sum += weight;
            above[at] = n + made;
        }
        inner.push(sum);
    }
    let mut depth = vec![0_u8; 2 * n - 1];
    for at in (0..2 * n - 2).rev() {
        depth[at] = depth[above[at]].saturating_add(1);
    }
    depth.truncate(n);
    depth
}

/// The shortest lengths of at most [`LONGEST`] (Larmore & Hirschberg 1990, package-merge) for leaves in rising order of counts.
fn limited(leaves: &[(u64, u8)]) -> Vec<u8> {
    let n = leaves.len();
    let single = |i: usize| (leaves[i].0, vec![i as u8]);
    let mut row: Vec<(u64, Vec<u8>)> = (0..n).map(single).collect();
    for _ in 1..LONGEST {
        let packages = row.chunks_exact(2).map(|pair| (pair[0].0 + pair[1].0, [&pair[0].1[..], &pair[1].1[..]].concat()));
        let mut merged: Vec<(u64, Vec<u8>)> = (0..n).map(single).chain(packages).collect();
        merged.sort_by_key(|(weight, _)| *weight);
        row = merged;
    }
    let mut lengths = vec![0; n];
    row.iter().take(2 * n - 2).flat_map(|(_, members)| members).for_each(|leaf| lengths[usize::from(*leaf)] += 1);
    lengths
}

/// Reads what [`Code::write`] wrote, symbol by symbol.
pub struct Decoder<'a> {
    /// Symbols by their codes.
    symbols: Vec<u8>,
    /// How many codes there are of each length.
    of_length: [u32; LONGEST + 1],
    reader: BitReader<'a>,
    header: usize,
    taken: u64,
    there: u64,
}

impl<'a> Decoder<'a> {
    /// From the front of `data`. Errors: an early end, or lengths that no code has.
    pub fn new(data: &'a [u8]) -> Result<Self, ArtifactError> {
        let ended = ArtifactError::Truncated { what: "code" };
        let [first, more, rest @ ..] = data else { return Err(ended) };
        let count = usize::from(*more) + 1;
        let (lengths, stream) = rest.split_at_checked(count.div_ceil(2)).ok_or(ended)?;
        let length = |i: usize| lengths[i / 2] >> (4 * (i % 2)) & 0x0F;
        let mut of_length = [0; LONGEST + 1];
        (0..count).for_each(|i| of_length[usize::from(length(i))] += 1);
        of_length[0] = 0;
        let mut symbols = Vec::with_capacity(count);
        for wanted in 1..=LONGEST as u8 {
            symbols.extend((0..count).filter(|i| length(*i) == wanted).map(|i| i as u8));
        }
        let fits = usize::from(*first) + count <= 256;
        // Codes that fill the tree and no more, or a single symbol that needs none.
        let filled: u32 = (1..=LONGEST).map(|length| of_length[length] << (LONGEST - length)).sum();
        if !fits || !(filled == 1 << LONGEST || (count == 1 && filled == 0)) {
            return Err(ArtifactError::Invalid { what: "its lengths are those of no code".into() });
        }
        if symbols.is_empty() {
            symbols.push(0);
        }
        symbols.iter_mut().for_each(|symbol| *symbol += first);
        let header = 2 + lengths.len();
        Ok(Self { symbols, of_length, reader: BitReader::new(stream), header, taken: 0, there: stream.len() as u64 * 8 })
    }

    /// The next symbol. Errors: an early end.
    pub fn next(&mut self) -> Result<u8, ArtifactError> {
        if let [only] = self.symbols[..] {
            return Ok(only);
        }
        let (mut code, mut least, mut at) = (0, 0, 0);
        for length in 1..=LONGEST {
            if self.taken == self.there {
                break;
            }
            self.taken += 1;
            code |= self.reader.take(1);
            let here = self.of_length[length];
            if code - least < here {
                return Ok(self.symbols[at + (code - least) as usize]);
            }
            at += here as usize;
            least = (least + here) << 1;
            code <<= 1;
        }
        Err(ArtifactError::Truncated { what: "code" })
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> usize {
        self.header + self.taken.div_ceil(8) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    fn encoded(symbols: &[u8]) -> Vec<u8> {
        let counts = count(symbols);
        let (code, mut stream) = (Code::of(&counts), Vec::new());
        code.write(symbols, &mut stream);
        assert_eq!(stream.len(), code.bytes(&counts), "what is said is what is written");
        stream
    }

    fn decoded(stream: &[u8], count: usize) -> Result<(Vec<u8>, usize), ArtifactError> {
        let mut decoder = Decoder::new(stream)?;
        let symbols = (0..count).map(|_| decoder.next()).collect::<Result<_, _>>()?;
        Ok((symbols, decoder.bytes()))
    }

    /// Symbols as different kinds of tensors have them.
    fn samples() -> Vec<Vec<u8>> {
        let mut rng = Rng::new(1, 0);
        let mut all = vec![vec![], vec![7], vec![255; 100], vec![0, 255], vec![3, 3, 4], (0..=255).collect()];
        for spread in [0.4, 3.0, 20.0, 60.0] {
            for len in [2, 17, 1000, 70_000] {
                all.push((0..len).map(|_| (128.0 + spread * rng.normal()).clamp(0.0, 255.0) as u8).collect());
            }
        }
        // Counts of Fibonacci's numbers make the deepest of trees: codes have to be cut to the longest that is allowed.
        let (mut a, mut b, mut deep) = (1, 1, Vec::new());
        for symbol in 0..24 {
            deep.extend(std::iter::repeat_n(symbol, a));
            (a, b) = (b, a + b);
        }
        all.push(deep);
        all
    }

    #[test]
    fn symbols_come_back_and_the_bytes_are_counted() {
        for symbols in samples() {
            let mut stream = encoded(&symbols);
            let bytes = stream.len();
            stream.extend([0xA5, 0x5A]);
            assert_eq!(decoded(&stream, symbols.len()), Ok((symbols, bytes)));
        }
    }

    /// No code of whole bits is shorter than the entropy, and Huffman's is less than a bit a symbol longer (Shannon 1948).
    #[test]
    fn lengths_are_within_a_bit_of_the_entropy() {
        for symbols in samples().iter().filter(|s| s.len() > 1) {
            let (counts, n) = (count(symbols), symbols.len() as f64);
            let code = Code::of(&counts);
            let bits: f64 = counts.iter().zip(code.lengths).map(|(c, l)| f64::from(*c) * f64::from(l)).sum();
            let entropy: f64 = counts.iter().filter(|c| **c > 0).map(|c| -f64::from(*c) * libm::log2(f64::from(*c) / n)).sum();
            assert!(entropy - 1e-6 <= bits && bits < entropy + n, "{bits} bits, entropy {entropy}");
            assert!(code.lengths.iter().all(|l| usize::from(*l) <= LONGEST));
        }
    }

    /// Package-merge finds Huffman's lengths where those are short enough, and a whole code where they are not.
    #[test]
    fn limited_lengths_cost_no_more_than_they_must() {
        for symbols in samples() {
            let counts = count(&symbols);
            let mut leaves: Vec<(u64, u8)> = counts.iter().zip(0..=255).filter(|(c, _)| **c > 0).map(|(c, s)| (u64::from(*c), s)).collect();
            leaves.sort_unstable();
            if leaves.len() < 2 {
                continue;
            }
            let cost = |lengths: &[u8]| leaves.iter().zip(lengths).map(|((c, _), l)| c * u64::from(*l)).sum::<u64>();
            let (free, cut) = (depths(&leaves), limited(&leaves));
            assert_eq!(cut.iter().map(|l| 1_u32 << (LONGEST - usize::from(*l))).sum::<u32>(), 1 << LONGEST);
            if free.iter().all(|l| usize::from(*l) <= LONGEST) {
                assert_eq!(cost(&cut), cost(&free));
            } else {
                assert!(cost(&cut) > cost(&free) && cost(&cut) < cost(&free) * 101 / 100);
            }
        }
    }

    #[test]
    fn no_stream_makes_the_decoder_panic() {
        let mut rng = Rng::new(2, 0);
        let (mut refused, mut read) = (0, 0);
        for symbols in samples().iter().filter(|s| s.len() <= 1000) {
            let good = encoded(symbols);
            for _ in 0..400 {
                let mut bad = good.clone();
                for _ in 0..1 + rng.below(3) {
                    let place = rng.below(bad.len().clamp(1, 40) as u32) as usize;
                    match rng.below(3) {
                        0 if place < bad.len() => bad[place] ^= 1 << rng.below(8),
                        1 => bad.truncate(place),
                        _ => bad.insert(place, rng.below(256) as u8),
                    }
                }
                match decoded(&bad, symbols.len()) {
                    Ok((_, bytes)) => {
                        assert!(bytes <= bad.len());
                        read += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > 500 && read > 100, "{refused} refused, {read} read");
    }
}
