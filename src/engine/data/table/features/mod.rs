//! Columns of a table as inputs of a network. What is learnt of them (what stands in for gaps, which categories there are, how numbers are scaled) is learnt from the
//! training rows alone.

mod encode;
mod impute;
mod scale;

use super::{Column, Fault, Kind, MAX_INPUTS, NOTHING, params};
use crate::engine::{error::grouped, params::Values};
use encode::Encoder;
pub(in crate::engine) use impute::number as stand_in;
pub(super) use scale::Scaler;

/// What a column becomes.
enum Fitted<'t> {
    /// One input: `(x − shift) · scale`, with `fill` for gaps, NaN where they stay.
    Number { numbers: &'t [f64], fill: f64, scaler: Scaler },
    /// One input for each category.
    OneHot(Encoder<'t>),
    /// One input, the category's number.
    Ordinal(Encoder<'t>, Scaler),
}

/// The inputs of a table.
pub(super) struct Features<'t> {
    columns: Vec<Fitted<'t>>,
    /// Names of the inputs.
    pub names: Vec<String>,
}

impl<'t> Features<'t> {
    /// Learns from rows `train` what `settings` ask for; gaps among numbers stay where `gaps` says so, and nothing is learnt of them. Errors: too many inputs.
    pub fn fit(columns: impl Iterator<Item = &'t Column>, train: &[usize], settings: &Values, gaps: bool) -> Result<Self, Fault> {
        let mut features = Self { columns: Vec::new(), names: Vec::new() };
        for column in columns {
            match column.kind {
                Kind::Ignored => {}
                Kind::Number | Kind::Date => features.number(column, train, settings, gaps),
                Kind::Category => features.category(column, train, settings),
            }
            if features.names.len() > MAX_INPUTS {
                let reason =
                    format!("the columns become more than the {} inputs allowed here: keep fewer categories", grouped(MAX_INPUTS as u64));
                return Err(Fault::new("data.most", reason));
            }
        }
        Ok(features)
    }

    fn number(&mut self, column: &'t Column, train: &[usize], settings: &Values, gaps: bool) {
        let known: Vec<f64> = train.iter().map(|row| column.numbers[*row]).filter(|v| !v.is_nan()).collect();
        let mut fill = impute::number(&known, settings.usize(&params::IMPUTE));
        let whole: Vec<f64> =
            if gaps && !known.is_empty() { known } else { train.iter().map(|row| known_or(column.numbers[*row], fill)).collect() };
        if gaps {
            fill = f64::NAN;
        }
        let scaler = Scaler::fit(&whole, settings.usize(&params::SCALING));
        self.names.push(column.name.clone());
        self.columns.push(Fitted::Number { numbers: &column.numbers, fill, scaler });
    }

    fn category(&mut self, column: &'t Column, train: &[usize], settings: &Values) {
        let encoder = Encoder::fit(column, train, settings);
        if settings.usize(&params::ENCODE) == 0 {
            self.names.extend(encoder.names().into_iter().map(|name| format!("{} = {name}", column.name)));
            self.columns.push(Fitted::OneHot(encoder));
        } else {
            let codes: Vec<f64> = train.iter().map(|row| encoder.ordinal(*row)).collect();
            self.names.push(column.name.clone());
            self.columns.push(Fitted::Ordinal(encoder, Scaler::fit(&codes, settings.usize(&params::SCALING))));
        }
    }

    /// Shift and scale of each input; 0 and 1 where it is not scaled.
    pub fn scaling(&self) -> Vec<(f32, f32)> {
        let mut all = Vec::with_capacity(self.names.len());
        for column in &self.columns {
            match column {
                Fitted::Number { scaler, .. } | Fitted::Ordinal(_, scaler) => all.push(scaler.pair()),
                Fitted::OneHot(encoder) => all.resize(all.len() + encoder.width(), (0.0, 1.0)),
            }
        }
        all
    }

    /// Appends the inputs of a row.
    pub fn row(&self, row: usize, inputs: &mut Vec<f32>) {
        for column in &self.columns {
            match column {
                Fitted::Number { numbers, fill, scaler } => inputs.push(scaler.of(known_or(numbers[row], *fill))),
                Fitted::Ordinal(encoder, scaler) => inputs.push(scaler.of(encoder.ordinal(row))),
                Fitted::OneHot(encoder) => {
                    let from = inputs.len();
                    inputs.resize(from + encoder.width(), 0.0);
                    if let Some(slot) = encoder.slot(row) {
                        inputs[from + slot] = 1.0;
                    }
                }
            }
        }
    }
}

fn known_or(value: f64, fill: f64) -> f64 {
    if value.is_nan() { fill } else { value }
}
