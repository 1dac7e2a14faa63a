//! What HTTP is asked with.
//!
//! A client of reqwest's own making panics for want of cryptography; clippy.toml sends everybody here.

use reqwest::ClientBuilder;
use rustls::crypto::ring;

/// A client for `https://`, which trusts whom the system trusts. On Linux, `SSL_CERT_FILE` and `SSL_CERT_DIR` say whom.
///
/// It does not come into being where nobody is trusted.
pub fn verifying() -> ClientBuilder {
    builder()
}

/// A client for `http://`. It trusts nobody, so that no certificates are read, and none need be there.
pub fn plain() -> ClientBuilder {
    builder().tls_certs_only([])
}

#[expect(clippy::disallowed_methods, reason = "here it has its cryptography")]
fn builder() -> ClientBuilder {
    // Whoever came first has installed the same.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder()
}
