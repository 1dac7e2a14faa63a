//! What a designer does at a server: [publish](publish) plugins there, and [deploy](channels) their versions.

pub mod channels;
pub mod client;
pub mod publish;
mod unreachable;
pub mod url;
