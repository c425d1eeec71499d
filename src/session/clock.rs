//! Time, handed in from outside so that the session stays pure.

/// A clock that never goes back.
pub trait Clock {
    /// Milliseconds since some fixed moment. Browsers round to 5 to 100 µs; measurements here allow for it.
    fn now(&self) -> f64;
}

impl<F: Fn() -> f64> Clock for F {
    fn now(&self) -> f64 {
        self()
    }
}
