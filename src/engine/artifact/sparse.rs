//! Positions of nonzero weights as gaps (Han et al. 2016, Deep compression): how many zeros lie between one weight and the next.
//!
//! A gap takes `g` bits, 1 to 12; the largest field, `2^g − 1`, means "skip so many, and no weight here". The width with the shortest
//! stream is taken; with one bit the stream is a bitmap.

use super::ArtifactError;
use crate::engine::quantization::bits::{BitReader, BitWriter};

/// Widths of a gap.
pub const WIDTHS: std::ops::RangeInclusive<u32> = 1..=12;

/// The width whose stream for these `positions` (rising) is shortest.
pub fn width(positions: &[u32]) -> u32 {
    WIDTHS.min_by_key(|g| count(positions, *g) * u64::from(*g)).unwrap_or(1)
}

fn count(positions: &[u32], g: u32) -> u64 {
    let escape = (1 << g) - 1;
    // Most gaps are short: the division is left to the few that need it.
    gaps(positions).map(|gap| if gap < escape { 1 } else { 1 + u64::from(gap / escape) }).sum()
}

fn gaps(positions: &[u32]) -> impl Iterator<Item = u32> + '_ {
    positions.iter().scan(0, |next, at| {
        let gap = at - *next;
        *next = at + 1;
        Some(gap)
    })
}

/// The fields of `positions` with gaps of `g` bits.
pub fn fields(positions: &[u32], g: u32) -> impl Iterator<Item = u32> + '_ {
    let escape = (1 << g) - 1;
    gaps(positions).flat_map(move |gap| std::iter::repeat_n(escape, (gap / escape) as usize).chain([gap % escape]))
}

/// The stream of `positions` with gaps of `g` bits.
pub fn write(positions: &[u32], g: u32) -> Vec<u8> {
    let mut writer = BitWriter::default();
    fields(positions, g).for_each(|field| writer.put(field, g));
    writer.finish()
}

/// Reads `count` positions below `len` from the front of `stream`, and how many bytes they took.
pub fn read(stream: &[u8], g: u32, count: usize, len: usize) -> Result<(Vec<u32>, usize), ArtifactError> {
    let mut reader = BitReader::new(stream);
    let mut fields = 0_u64;
    let positions = positions(g, count, len, || {
        fields += 1;
        if fields * u64::from(g) > stream.len() as u64 * 8 {
            return Err(ArtifactError::Truncated { what: "list of positions" });
        }
        Ok(reader.take(g))
    })?;
    Ok((positions, (fields * u64::from(g)).div_ceil(8) as usize))
}

/// `count` positions below `len` from fields of `g` bits, which `field` gives one by one. Errors: its own, or a position beyond.
pub fn positions(
    g: u32,
    count: usize,
    len: usize,
    mut field: impl FnMut() -> Result<u32, ArtifactError>,
) -> Result<Vec<u32>, ArtifactError> {
    let escape = (1 << g) - 1;
    let (mut positions, mut next) = (Vec::with_capacity(count.min(len)), 0_usize);
    while positions.len() < count {
        let field = field()?;
        next += field as usize;
        if next >= len {
            return Err(ArtifactError::Invalid { what: format!("a weight lies at {next} of {len}") });
        }
        if field != escape {
            positions.push(next as u32);
            next += 1;
        }
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn positions_come_back_at_every_width() {
        let mut rng = Rng::new(1, 0);
        for share in [0.0, 0.01, 0.3, 1.0] {
            for len in [0, 1, 2, 9, 1000, 20_000] {
                let positions: Vec<u32> = (0..len as u32).filter(|_| rng.uniform() < share).collect();
                for g in WIDTHS {
                    let mut stream = write(&positions, g);
                    let bytes = stream.len();
                    stream.extend([0xFF, 0x00]);
                    assert_eq!(read(&stream, g, positions.len(), len), Ok((positions.clone(), bytes)), "{share} of {len}, {g} bits");
                }
                let best = write(&positions, width(&positions)).len();
                assert!(WIDTHS.into_iter().all(|g| write(&positions, g).len() >= best));
            }
        }
    }
}
