//! What the page knows, and how an event changes it.
