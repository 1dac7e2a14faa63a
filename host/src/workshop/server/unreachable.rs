//! Why a server cannot be reached, and what to do about it.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::CertificateError;

use super::url::ServerUrl;

/// In words that help.
pub(super) fn why(server: &ServerUrl, error: &reqwest::Error) -> String {
    let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidCertificate(problem)) = tls {
        return why_untrusted(problem);
    }
    // reqwest's own text leaves its causes out, and I/O errors are worded as theirs.
    let mut texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    texts.dedup();
    let advice = match tls {
        Some(_) if error.is_builder() => {
            "; nobody would be trusted: install the system's CA certificates, or correct SSL_CERT_FILE and SSL_CERT_DIR"
        }
        _ if server.is_plain() && may_speak_https(error) => "; if it speaks https there, write https://",
        _ if !server.is_plain() && may_speak_plain_http(error) => "; if it speaks plain http there, write http://",
        _ => "",
    };
    texts.join(": ") + advice
}

/// An error and what is behind it.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&error| {
        // An I/O error passes over the error that it wraps.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

/// What is wrong with a certificate.
fn why_untrusted(problem: &CertificateError) -> String {
    match problem {
        // Of a CA that was made anew under its old name, it is the signature that does not fit.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is signed by nobody whom this machine trusts; make the system trust the CA that signed it \
             or, on Linux, set SSL_CERT_FILE to a file with the CA's certificate"
                .to_owned()
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "its certificate is not for {}, but for {}; use a name that the certificate has, or give the server a \
             certificate for this one",
            expected.to_str(),
            if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") },
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; the server needs a new one, unless this machine's clock is wrong".to_owned()
        }
        // What the verifier says has no type of its own here.
        other if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is a CA's, as self-signed ones are by default; the server needs one that a CA has signed \
             and that is none itself"
                .to_owned()
        }
        other => format!("its certificate is not valid: {other}"),
    }
}

/// Whether this may be TLS that is talked to in plain words: connected, and then nothing like HTTP.
fn may_speak_https(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout()
}

/// Whether this may be plain HTTP that is offered TLS: it answers with something else, or hangs up.
fn may_speak_plain_http(error: &reqwest::Error) -> bool {
    let is_no_tls = |cause: &(dyn Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(cause.downcast_ref(), Some(rustls::Error::InvalidMessage(_)))
            || matches!(kind, Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset))
    };
    error.is_connect() && causes(error).any(is_no_tls)
}
