//! Rules: WebAssembly plugins in a sandbox.
