//! Numbers as the bin that they fall into.

use super::{
    Fitted, Rows,
    stats::{bin, quantile_edges},
};
use crate::{
    engine::{
        catalog::Entry,
        params::{ParamSpec, Scale, Values, Word},
    },
    order,
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "bin",
    label: "Bin",
    help: teach!(
        "Tells a network only which of a few bins a number falls into. With one input per bin even a linear model follows curves, and outliers weigh no more than others; what happens within a bin is lost."
    ),
    formula: teach!(r"x \mapsto [\,b_k \le x < b_{k+1}\,]_k"),
    source: teach!("Dougherty, Kohavi & Sahami 1995, Supervised and unsupervised discretization of continuous features"),
    params: &[BINS, EDGES, AS],
    build: fit,
};

const BINS: ParamSpec = ParamSpec {
    key: "bins",
    label: "Bins",
    range: (2.0, 32.0),
    scale: Scale::Integer,
    default: 5.0,
    help: teach!("Most bins of a column. More follow it more closely, with fewer rows in each."),
    ..ParamSpec::NEW
};
const EDGES: ParamSpec = ParamSpec {
    key: "edges",
    label: "Edges",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "quantile", label: "At quantiles" }, Word { key: "uniform", label: "At even distances" }]),
    help: teach!(
        "At quantiles about equally many training rows fall into each bin. Even distances keep the shape, and leave bins empty where there are outliers."
    ),
    ..ParamSpec::NEW
};
const AS: ParamSpec = ParamSpec {
    key: "as",
    label: "Bins become",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "one-hot", label: "One-hot" }, Word { key: "ordinal", label: "Ordinal" }]),
    help: teach!(
        "One-hot gives each bin an input of its own, 0 or 1. Ordinal numbers them in one input, which keeps their order and the size of the first layer."
    ),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let (bins, uniform, ordinal) = (values.usize(&BINS), values.usize(&EDGES) == 1, values.usize(&AS) == 1);
    let edges_of = |at: usize| {
        let column = rows.column(at);
        if uniform { even_edges(&order::ascending(&column), bins) } else { quantile_edges(&column, bins) }
    };
    let edges: Vec<Vec<f64>> = (0..rows.width()).map(edges_of).collect();
    let named = |(name, edges): (&String, &Vec<f64>)| -> Vec<String> {
        if ordinal { vec![format!("{name} (bin)")] } else { (0..=edges.len()).map(|i| format!("{name}: bin {}", i + 1)).collect() }
    };
    let names = rows.names.iter().zip(&edges).flat_map(named).collect();
    Ok(Fitted::new(
        names,
        Box::new(move |row, out| {
            for (value, edges) in row.iter().zip(&edges) {
                let place = bin(edges, *value);
                if ordinal {
                    out.push(place as f64);
                } else {
                    out.extend((0..=edges.len()).map(|i| f64::from(u8::from(i == place))));
                }
            }
        }),
    ))
}

/// Edges at even distances, the outermost two left out; none where all values are equal.
fn even_edges(sorted: &[f64], bins: usize) -> Vec<f64> {
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    if least == most {
        return Vec::new();
    }
    (1..bins).map(|i| least + (most - least) * (i as f64 / bins as f64)).collect()
}
