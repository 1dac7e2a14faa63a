//! The designer's tools: from a plugin's source to bytes that can be published.

pub mod build;
