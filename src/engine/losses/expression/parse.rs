//! From text to operations, by recursive descent.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = signed { ("*" | "/") signed }
//! signed  = ("-" | "+") signed | power
//! power   = atom [ "^" signed ]
//! atom    = number | "y" | "p" | "e" | "pi" | function "(" sum { "," sum } ")" | "(" sum ")"
//! ```

use super::{Binary, Fault, Function, MAX_TEXT, Operation};

/// Most levels of brackets, signs and powers within each other.
const MAX_DEPTH: usize = 32;

const FUNCTIONS: [(&str, Function); 7] = [
    ("abs", Function::Abs),
    ("exp", Function::Exp),
    ("log", Function::Log),
    ("sqrt", Function::Sqrt),
    ("sigmoid", Function::Sigmoid),
    ("tanh", Function::Tanh),
    ("step", Function::Step),
];
const PAIRS: [(&str, Binary); 2] = [("min", Binary::Min), ("max", Binary::Max)];
const CONSTANTS: [(&str, f64); 2] = [("e", core::f64::consts::E), ("pi", core::f64::consts::PI)];

/// The operations of `text`. Errors: see [`super::Expression::parse`].
pub fn parse(text: &str) -> Result<Vec<Operation>, Fault> {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() > MAX_TEXT {
        return Err(Fault { at: MAX_TEXT + 1, what: format!("the formula is longer than {MAX_TEXT} characters") });
    }
    let mut parser = Parser { letters, at: 0, depth: 0, operations: Vec::new() };
    parser.sum()?;
    match parser.peek() {
        None => Ok(parser.operations),
        Some(other) => Err(parser.fault(format!("\"{other}\" was not expected here"))),
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    depth: usize,
    operations: Vec<Operation>,
}

impl Parser {
    /// The next character that is no space.
    fn peek(&mut self) -> Option<char> {
        while self.letters.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
        self.letters.get(self.at).copied()
    }

    /// Takes the next character if it is `wanted`.
    fn takes(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn fault(&self, what: String) -> Fault {
        Fault { at: self.at + 1, what }
    }

    fn sum(&mut self) -> Result<(), Fault> {
        self.chain([('+', Binary::Add), ('-', Binary::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<(), Fault> {
        self.chain([('*', Binary::Multiply), ('/', Binary::Divide)], Self::signed)
    }

    /// Parts joined by any of two signs, from left to right.
    fn chain(&mut self, signs: [(char, Binary); 2], part: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        part(self)?;
        while let Some((_, binary)) = signs.into_iter().find(|(sign, _)| self.takes(*sign)) {
            part(self)?;
            self.operations.push(Operation::Two(binary));
        }
        Ok(())
    }

    fn signed(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(format!("more than {MAX_DEPTH} levels within each other")));
        }
        if self.takes('-') {
            self.signed()?;
            self.operations.push(Operation::Minus);
        } else if self.takes('+') {
            self.signed()?;
        } else {
            self.power()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn power(&mut self) -> Result<(), Fault> {
        self.atom()?;
        if self.takes('^') {
            self.signed()?;
            self.operations.push(Operation::Two(Binary::Power));
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some('(') => {
                self.at += 1;
                self.sum()?;
                self.close()
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.name(),
            Some(c) => Err(self.fault(format!("\"{c}\" was not expected here"))),
            None => Err(self.fault("something is missing".into())),
        }
    }

    fn close(&mut self) -> Result<(), Fault> {
        if self.takes(')') { Ok(()) } else { Err(self.fault("a closing bracket is missing".into())) }
    }

    /// Digits with at most one point, and an exponent.
    fn number(&mut self) -> Result<(), Fault> {
        let from = self.at;
        let digits = |parser: &mut Self, point: bool| {
            while parser.letters.get(parser.at).is_some_and(|c| c.is_ascii_digit() || (point && *c == '.')) {
                parser.at += 1;
            }
        };
        digits(self, true);
        // An e that no digit follows is Euler's number, which cannot stand here: it is left to be refused.
        let signed = usize::from(self.letters.get(self.at + 1).is_some_and(|c| matches!(c, '+' | '-')));
        let exponent = self.letters.get(self.at).is_some_and(|c| matches!(c, 'e' | 'E'));
        if exponent && self.letters.get(self.at + 1 + signed).is_some_and(char::is_ascii_digit) {
            self.at += 1 + signed;
            digits(self, false);
        }
        let text: String = self.letters[from..self.at].iter().collect();
        let value = text.parse().ok().filter(|value: &f64| value.is_finite());
        let value = value.ok_or_else(|| Fault { at: from + 1, what: format!("\"{text}\" is no number") })?;
        self.operations.push(Operation::Number(value));
        Ok(())
    }

    fn name(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while self.letters.get(self.at).is_some_and(char::is_ascii_alphanumeric) {
            self.at += 1;
        }
        let name: String = self.letters[from..self.at].iter().collect();
        if let Some((_, function)) = FUNCTIONS.into_iter().find(|(known, _)| *known == name) {
            self.arguments(&name, 1)?;
            self.operations.push(Operation::One(function));
        } else if let Some((_, binary)) = PAIRS.into_iter().find(|(known, _)| *known == name) {
            self.arguments(&name, 2)?;
            self.operations.push(Operation::Two(binary));
        } else if let Some((_, value)) = CONSTANTS.into_iter().find(|(known, _)| *known == name) {
            self.operations.push(Operation::Number(value));
        } else {
            let known =
                || FUNCTIONS.iter().map(|(name, _)| *name).chain(PAIRS.iter().map(|(name, _)| *name)).collect::<Vec<_>>().join(", ");
            self.operations.push(match name.as_str() {
                "y" => Operation::Wanted,
                "p" => Operation::Said,
                _ => return Err(Fault { at: from + 1, what: format!("there is no \"{name}\"; known are y, p, e, pi, {}", known()) }),
            });
        }
        Ok(())
    }

    fn arguments(&mut self, name: &str, count: usize) -> Result<(), Fault> {
        if !self.takes('(') {
            return Err(self.fault(format!("{name} needs an opening bracket")));
        }
        for i in 0..count {
            if i > 0 && !self.takes(',') {
                return Err(self.fault(format!("{name} takes {count} values, separated by a comma")));
            }
            self.sum()?;
        }
        self.close()
    }
}
