//! Losses as they are written: an expression of what was wanted, `y`, and what was said, `p`.
//!
//! `parse.rs` makes a list of operations of the text, in the order in which a stack of numbers takes them; `dual.rs` computes them, each together with its slope by
//! `p`.

mod dual;
mod parse;

use dual::Dual;

/// Most characters, so that any experiment fits into a link.
pub const MAX_TEXT: usize = 120;
/// Most numbers that an expression may have under way at once.
const MAX_STACK: usize = 64;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Character, counted from 1.
    pub at: usize,
    /// In words.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at character {}: {}", self.at, self.what)
    }
}

/// An operation: it takes numbers from the stack and leaves one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operation {
    Number(f64),
    Wanted,
    Said,
    Minus,
    One(Function),
    Two(Binary),
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Abs,
    Exp,
    Log,
    Sqrt,
    Sigmoid,
    Tanh,
    Step,
}

/// Operations on two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
}

/// An expression that can be computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    operations: Vec<Operation>,
}

impl Expression {
    /// Reads `text`. Errors: what is no expression of `y` and `p`; one without `p`, of which nothing could be learnt; one too long or too deep.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let operations = parse::parse(text)?;
        if !operations.contains(&Operation::Said) {
            return Err(Fault { at: 1, what: "p, what the network says, is missing, so nothing could be learnt".into() });
        }
        let mut depth = 0;
        for operation in &operations {
            match operation {
                Operation::Number(_) | Operation::Wanted | Operation::Said => depth += 1,
                Operation::Minus | Operation::One(_) => {}
                Operation::Two(_) => depth -= 1,
            }
            if depth > MAX_STACK {
                return Err(Fault { at: 1, what: format!("more than {MAX_STACK} numbers would be under way at once") });
            }
        }
        Ok(Self { operations })
    }

    /// Its value, and its slope by `p`. What has no value, as the logarithm of a negative number, is NaN.
    #[must_use]
    pub fn at(&self, y: f64, p: f64) -> (f64, f64) {
        let mut stack = [Dual::default(); MAX_STACK];
        let mut top = 0;
        for operation in &self.operations {
            match operation {
                Operation::Number(value) => (stack[top], top) = (Dual { value: *value, slope: 0.0 }, top + 1),
                Operation::Wanted => (stack[top], top) = (Dual { value: y, slope: 0.0 }, top + 1),
                Operation::Said => (stack[top], top) = (Dual { value: p, slope: 1.0 }, top + 1),
                Operation::Minus => stack[top - 1] = stack[top - 1].negative(),
                Operation::One(function) => stack[top - 1] = stack[top - 1].apply(*function),
                Operation::Two(binary) => {
                    top -= 1;
                    stack[top - 1] = stack[top - 1].meet(stack[top], *binary);
                }
            }
        }
        (stack[0].value, stack[0].slope)
    }
}

#[cfg(test)]
mod tests;
