//! Whittle: a playground, in the browser, for making machine-learning models small and fast.
