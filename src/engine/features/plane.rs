//! What a playground offers of a point of the plane.

use super::{Fitted, Rows};
use crate::engine::{
    catalog::Entry,
    params::{ParamSpec, Scale, Values, Word},
};

pub(super) const ENTRY: Entry<super::Build> = Entry {
    key: "plane",
    label: "Of the plane",
    help: teach!(
        "Gives a point of the plane further inputs besides x and y: squares, product and sines, each to be switched. With the right ones a network without hidden layers draws a circle; only for data of two columns."
    ),
    formula: teach!(r"(x, y) \mapsto \left(x, y, x^2, y^2, xy, \sin x, \sin y\right)"),
    source: teach!("Smilkov et al. 2017, Direct-manipulation visualization of deep networks"),
    params: &[SQUARE_X, SQUARE_Y, PRODUCT, SINE_X, SINE_Y],
    build: fit,
};

const OFF_ON: &[Word] = &[Word { key: "off", label: "Off" }, Word { key: "on", label: "On" }];

const fn switch(key: &'static str, label: &'static str, help: &'static str, default: f64) -> ParamSpec {
    ParamSpec { key, label, scale: Scale::Choice(OFF_ON), help, default, ..ParamSpec::NEW }
}

const SQUARE_X: ParamSpec = switch("x2", "x²", teach!("The square of x. With that of y a circle becomes a line."), 1.0);
const SQUARE_Y: ParamSpec = switch("y2", "y²", teach!("The square of y. With that of x a circle becomes a line."), 1.0);
const PRODUCT: ParamSpec = switch("xy", "x·y", teach!("The product of both. Alone it solves XOR."), 1.0);
const SINE_X: ParamSpec = switch(
    "sinx",
    "sin x",
    teach!("A wave along x, a little less than two lengths from edge to edge. It helps with spirals and rings."),
    0.0,
);
const SINE_Y: ParamSpec = switch(
    "siny",
    "sin y",
    teach!("A wave along y, a little less than two lengths from edge to edge. It helps with spirals and rings."),
    0.0,
);

fn fit(values: &Values, rows: &Rows<'_>) -> Result<Fitted, String> {
    if rows.width() != 2 {
        return Err(format!("it needs two columns, and {} come in", rows.width()));
    }
    let (x, y) = (&rows.names[0], &rows.names[1]);
    let mut names = vec![x.clone(), y.clone()];
    let more = [format!("{x}²"), format!("{y}²"), format!("{x}·{y}"), format!("sin {x}"), format!("sin {y}")];
    let on = [SQUARE_X, SQUARE_Y, PRODUCT, SINE_X, SINE_Y].map(|spec| values.usize(&spec) == 1);
    names.extend(more.into_iter().zip(on).filter(|(_, on)| *on).map(|(name, _)| name));
    let map = move |row: &[f64], out: &mut Vec<f64>| {
        let (x, y) = (row[0], row[1]);
        out.extend([x, y]);
        out.extend([x * x, y * y, x * y, libm::sin(x), libm::sin(y)].into_iter().zip(on).filter(|(_, on)| *on).map(|(v, _)| v));
    };
    Ok(Fitted::new(names, Box::new(map)))
}
