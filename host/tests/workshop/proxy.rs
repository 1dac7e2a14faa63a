//! A proxy that terminates TLS, as studios have one before a server.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::fixture::Server;

/// A proxy, with a certificate that was made for it.
pub(crate) struct Proxy {
    /// Where it takes connections; when this goes, so does the proxy.
    _runtime: Runtime,
    folder: TempDir,
    /// The server's port behind it, and its own.
    ports: [String; 2],
    url: String,
}

/// What a certificate may be for, and of.
pub(crate) fn certificate(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    CertificateParams::new(names).unwrap()
}

/// A CA of this name.
pub(crate) fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut certificate = CertificateParams::default();
    certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    certificate.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(certificate, KeyPair::generate().unwrap()).unwrap()
}

impl Proxy {
    /// A proxy before a server, with such a certificate from a CA of its own.
    pub(crate) fn start(server: &Server, certificate: CertificateParams) -> Self {
        let ca = authority("A studio");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), ca.pem()).unwrap();

        let key = KeyPair::generate().unwrap();
        let certificate = certificate.signed_by(&key, &ca).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();

        let behind = server.url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let ports = [behind.rsplit(':').next().unwrap().to_owned(), port];
        runtime.spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), behind));
        Self { _runtime: runtime, folder, ports, url: server.url.clone() }
    }

    /// The server's address by way of the proxy.
    pub(crate) fn url(&self, scheme: &str, host: &str) -> String {
        let [behind, port] = &self.ports;
        self.url.replace(&format!("http://127.0.0.1:{behind}"), &format!("{scheme}://{host}:{port}"))
    }

    /// The file with the certificate of the CA.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Has a command trust the CA, and nobody else.
    pub(crate) fn trusted_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("SSL_CERT_FILE", self.ca()).env_remove("SSL_CERT_DIR")
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, behind: String) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, behind) = (tls.clone(), behind.clone());
        tokio::spawn(async move {
            // Whoever does not like the certificate hangs up.
            if let Ok(mut outside) = tls.accept(stream).await {
                let mut inside = TcpStream::connect(behind).await.unwrap();
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            }
        });
    }
}
