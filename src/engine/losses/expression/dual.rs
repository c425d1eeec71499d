//! Numbers with their slope: what they change by where `p` does (dual numbers, Clifford 1873).

use super::{Binary, Function};

/// A number and its slope.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dual {
    pub value: f64,
    pub slope: f64,
}

impl Dual {
    pub fn negative(self) -> Self {
        Self { value: -self.value, slope: -self.slope }
    }

    /// A function of it. At a corner the slope is 0, as PyTorch has it.
    pub fn apply(self, function: Function) -> Self {
        let x = self.value;
        let (value, by_x) = match function {
            Function::Abs => (x.abs(), if x == 0.0 { 0.0 } else { 1.0_f64.copysign(x) }),
            Function::Exp => {
                let e = libm::exp(x);
                (e, e)
            }
            Function::Log => (libm::log(x), 1.0 / x),
            Function::Sqrt => {
                let root = x.sqrt();
                (root, 0.5 / root)
            }
            Function::Sigmoid => {
                let s = 1.0 / (1.0 + libm::exp(-x));
                (s, s * (1.0 - s))
            }
            Function::Tanh => {
                let t = libm::tanh(x);
                (t, 1.0 - t * t)
            }
            Function::Step => (if x.is_nan() { x } else { f64::from(u8::from(x > 0.0)) }, 0.0),
        };
        Self { value, slope: times(by_x, self.slope) }
    }

    /// It and another one.
    pub fn meet(self, other: Self, binary: Binary) -> Self {
        let (a, b) = (self, other);
        match binary {
            Binary::Add => Self { value: a.value + b.value, slope: a.slope + b.slope },
            Binary::Subtract => Self { value: a.value - b.value, slope: a.slope - b.slope },
            Binary::Multiply => Self { value: a.value * b.value, slope: times(b.value, a.slope) + times(a.value, b.slope) },
            Binary::Divide => {
                let value = a.value / b.value;
                Self { value, slope: times(1.0 / b.value, a.slope) - times(value / b.value, b.slope) }
            }
            Binary::Power => {
                let value = libm::pow(a.value, b.value);
                // d(aᵇ) = b aᵇ⁻¹ da + aᵇ ln a db; a power of 0 is 1 everywhere.
                let by_a = if b.value == 0.0 { 0.0 } else { b.value * libm::pow(a.value, b.value - 1.0) };
                let by_b = if value == 0.0 { 0.0 } else { value * libm::log(a.value) };
                Self { value, slope: times(by_a, a.slope) + times(by_b, b.slope) }
            }
            // NaN is to be seen.
            Binary::Min => {
                if a.value.is_nan() || a.value <= b.value {
                    a
                } else {
                    b
                }
            }
            Binary::Max => {
                if a.value.is_nan() || a.value >= b.value {
                    a
                } else {
                    b
                }
            }
        }
    }
}

/// A product in which what does not change counts for nothing, however steep the other is.
fn times(by: f64, slope: f64) -> f64 {
    if slope == 0.0 { 0.0 } else { by * slope }
}
