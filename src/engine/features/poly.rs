//! Products of columns.

use super::{Fitted, Rows};
use crate::engine::{
    catalog::Entry,
    data::table::MAX_INPUTS,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "poly",
    label: "Polynomial",
    help: teach!(
        "Adds the products of columns with each other, and their powers, so that a linear model can bend and see what only counts together. Columns multiply fast: thirty become 495 at degree two."
    ),
    formula: teach!(r"\prod_i x_i^{e_i},\quad 1 \le \sum_i e_i \le d"),
    source: teach!("Gergonne 1815, Application de la méthode des moindres quarrés à l'interpolation des suites"),
    params: &[DEGREE, WITH],
    build: fit,
};

const DEGREE: ParamSpec = ParamSpec {
    key: "degree",
    label: "Degree",
    range: (2.0, 4.0),
    scale: Scale::Integer,
    default: 2.0,
    help: teach!("Most factors of a product. Beyond two, scale behind this step: powers of large numbers are very large."),
    ..ParamSpec::NEW
};
const WITH: ParamSpec = ParamSpec {
    key: "with",
    label: "With",
    range: (0.0, 1.0),
    scale: Scale::Choice(&[Word { key: "powers", label: "Powers and products" }, Word { key: "products", label: "Products only" }]),
    help: teach!("Products only leaves out every product in which a column comes twice. Those of one-hot columns say nothing new."),
    ..ParamSpec::NEW
};

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    let (degree, once) = (values.usize(&DEGREE), values.usize(&WITH) == 1);
    let n = rows.width();
    let mut products: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut last = 0;
    for _ in 1..degree {
        let end = products.len();
        for at in last..end {
            let from = products[at].last().map_or(0, |i| i + usize::from(once));
            for i in from..n {
                if products.len() == MAX_INPUTS {
                    return Err(format!(
                        "{n} columns become more than the {MAX_INPUTS} allowed here: select some first, or take a lower degree"
                    ));
                }
                products.push([&products[at][..], &[i]].concat());
            }
        }
        last = end;
    }
    let names = products.iter().map(|factors| name(factors, rows.names)).collect();
    Ok(Fitted::new(
        names,
        Box::new(move |row, out| out.extend(products.iter().map(|factors| factors.iter().map(|i| row[*i]).product::<f64>()))),
    ))
}

/// "a²·b" of factors in order.
fn name(factors: &[usize], names: &[String]) -> String {
    let power = |run: &[usize]| format!("{}{}", names[run[0]], ["", "²", "³", "⁴"].get(run.len() - 1).unwrap_or(&""));
    factors.chunk_by(|a, b| a == b).map(power).collect::<Vec<_>>().join("·")
}
