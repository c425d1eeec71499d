//! Weights entropy-coded, tensor by tensor: each in whichever way comes out shortest.
//!
//! A tensor begins with its way, [`way`]. Symbols are codes: of whole numbers plus 128, of floats of 8 bits and of shared weights as they are.

use super::{
    ArtifactError, Layout,
    data::{self, Cursor, Plan},
    deflate::{Search, expand, squeeze},
    huffman::{Code, Decoder, count},
    sparse,
    write::varint,
};
use crate::engine::packed::{Values, Weights};

/// How a tensor lies in the data; the numbers are those of the file.
mod way {
    /// As in the packed layout.
    pub const PACKED: u8 = 0;
    /// All symbols in Huffman codes.
    pub const HUFFMAN: u8 = 1;
    /// Bits of a gap; how many weights are stored, as *n*; gaps, then symbols of the weights that are stored, each in Huffman codes of their own.
    pub const GAPS: u8 = 2;
    /// Length of the stream as *n*, then a deflate stream of the layout of bytes.
    pub const DEFLATE: u8 = 3;
}

/// Widths of a gap whose fields are symbols.
const GAPS: std::ops::RangeInclusive<u32> = 1..=8;
/// Bytes that a tensor may take beyond its packed form.
pub const SLACK: u64 = 1;

/// Appends the weights.
pub fn write(out: &mut Vec<u8>, weights: &Weights) {
    let mut best = vec![way::PACKED];
    data::packed(&mut best, weights);
    let mut consider = |stream: Vec<u8>| {
        if stream.len() < best.len() {
            best = stream;
        }
    };
    consider(deflated(weights, Search::Runs));
    if let Some(symbols) = symbols(weights) {
        let counts = count(&symbols);
        let code = Code::of(&counts);
        let mut stream = vec![way::HUFFMAN];
        code.write(&symbols, &mut stream);
        consider(stream);
        if let Some(stream) = gaps(weights, &symbols) {
            consider(stream);
        }
    } else {
        consider(deflated(weights, Search::Nothing));
    }
    out.extend(best);
}

fn deflated(weights: &Weights, search: Search) -> Vec<u8> {
    let mut plain = Vec::new();
    data::bytewise(&mut plain, weights);
    let squeezed = squeeze(&plain, search);
    let mut stream = vec![way::DEFLATE];
    varint(&mut stream, squeezed.len());
    stream.extend(squeezed);
    stream
}

/// Positions and symbols of what is no zero; `None` where nothing is one.
fn gaps(weights: &Weights, symbols: &[u8]) -> Option<Vec<u8>> {
    let zero = zeros(&weights.values)?;
    let (mut positions, mut kept) = (Vec::new(), Vec::new());
    for (at, symbol) in symbols.iter().enumerate() {
        if *symbol != zero(weights.place(at / weights.inputs.max(1), at % weights.inputs.max(1))) {
            positions.push(at as u32);
            kept.push(*symbol);
        }
    }
    if kept.len() == symbols.len() {
        return None;
    }
    let fields = |g: u32| -> Vec<u8> { sparse::fields(&positions, g).map(|field| field as u8).collect() };
    let cost = |g: &u32| {
        let counts = count(&fields(*g));
        Code::of(&counts).bytes(&counts)
    };
    let g = GAPS.min_by_key(cost)?;
    let mut stream = vec![way::GAPS, g as u8];
    varint(&mut stream, kept.len());
    for part in [fields(g), kept] {
        Code::of(&count(&part)).write(&part, &mut stream);
    }
    Some(stream)
}

/// Codes `[N, K]` as symbols; `None` for those of more than 8 bits.
fn symbols(weights: &Weights) -> Option<Vec<u8>> {
    match &weights.values {
        Values::Int { .. } => Some(weights.codes().iter().map(|code| (*code as u8).wrapping_add(128)).collect()),
        Values::Codebook { .. } => Some(weights.places()),
        Values::Float { kind, codes, .. } if kind.bits() == 8 => Some(codes.iter().map(|code| *code as u8).collect()),
        Values::Float { .. } | Values::F32(_) => None,
    }
}

/// The symbol of 0 on each grid; `None` where there is none.
fn zeros(values: &Values) -> Option<impl Fn(usize) -> u8 + '_> {
    match values {
        Values::Codebook { table, .. } if table.first() != Some(&0.0) => return None,
        _ => {}
    }
    Some(move |grid: usize| match values {
        Values::Int { zeros, .. } => (zeros.get(grid).copied().unwrap_or(0) as u8).wrapping_add(128),
        _ => 0,
    })
}

/// Reads the weights that `plan` expects. Errors: whatever is wrong with them.
pub fn read(plan: &Plan, cursor: &mut Cursor<'_>) -> Result<Values, ArtifactError> {
    match cursor.take(1)? {
        [way::PACKED] => plan.plain(cursor, Layout::Packed),
        [way::DEFLATE] => {
            let len = cursor.number()?;
            let stream = cursor.take(len)?;
            let most = usize::try_from(plan.weight_bytes(Layout::Bytes)).unwrap_or(usize::MAX);
            let plain = expand(stream, most).filter(|plain| plain.len() == most);
            let plain = plain.ok_or_else(|| ArtifactError::Invalid { what: "its data cannot be inflated".into() })?;
            plan.plain(&mut Cursor::new(&plain), Layout::Bytes)
        }
        [way::HUFFMAN] => {
            let symbols = huffman(cursor, plan.len())?;
            values(plan, symbols)
        }
        [way::GAPS] => {
            let (g, count) = (u32::from(cursor.take(1)?[0]), cursor.number()?);
            let empty = plan.empty()?;
            let Some(zero) = zeros(&empty.values).filter(|_| GAPS.contains(&g) && count <= plan.len()) else {
                return Err(ArtifactError::Invalid { what: "its positions are those of no weights".into() });
            };
            let mut decoder = Decoder::new(cursor.rest())?;
            let positions = sparse::positions(g, count, plan.len(), || decoder.next().map(u32::from))?;
            cursor.take(decoder.bytes())?;
            let kept = huffman(cursor, count)?;
            let mut all: Vec<u8> = (0..plan.len()).map(|at| zero(empty.place(at / plan.inputs, at % plan.inputs))).collect();
            for (at, symbol) in positions.iter().zip(kept) {
                all[*at as usize] = symbol;
            }
            values(plan, all)
        }
        _ => Err(ArtifactError::Invalid { what: "a layer is coded in an unknown way".into() }),
    }
}

fn huffman(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<u8>, ArtifactError> {
    let mut decoder = Decoder::new(cursor.rest())?;
    let symbols = (0..count).map(|_| decoder.next()).collect::<Result<_, _>>()?;
    cursor.take(decoder.bytes())?;
    Ok(symbols)
}

/// The weights of these symbols: what the layout of bytes says of them.
fn values(plan: &Plan, mut symbols: Vec<u8>) -> Result<Values, ArtifactError> {
    if plan.is_whole() {
        symbols.iter_mut().for_each(|symbol| *symbol = symbol.wrapping_sub(128));
    }
    plan.plain(&mut Cursor::new(&symbols), Layout::Bytes)
}
