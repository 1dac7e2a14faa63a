//! The words of the domain and its state machines. No I/O, no framework.
