//! **TLS**: whose word is taken for who a server is.
//!
//! In: nothing, or a file of certificate authorities (PEM). Out: the settings of a client. There is
//! no way to leave out the check.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// The cryptography that every connection uses.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificate authorities that are trusted: those of the file, or those of the system.
///
/// # Errors
/// When there are none.
pub fn authorities(ca_file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>> {
    let Some(path) = ca_file else { return of_system() };
    let what = || format!("cannot use the certificate authorities in {}", path.display());
    let remedy = "name a file of certificates in PEM form, as `ca_file`";
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<CertificateDer<'static>> =
        read.map_err(|error| Error::new(what(), error, remedy))?;
    if found.is_empty() {
        return Err(Error::new(what(), "it holds no certificate", remedy));
    }
    Ok(found)
}

fn of_system() -> Result<Vec<CertificateDer<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why = found.errors.first().map_or("there are none".into(), ToString::to_string);
        return Err(Error::new(
            "cannot use the certificate authorities of the system",
            why,
            "install them (on Debian: apt-get install ca-certificates), or name a file with `ca_file`",
        ));
    }
    Ok(found.certs)
}

/// The settings of a client that trusts these authorities.
///
/// # Errors
/// When there are none that can be used.
pub fn client(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    // a system's list may hold old forms that nothing can use; the others count
    let (added, _) = roots.add_parsable_certificates(authorities(ca_file)?);
    if added == 0 {
        return Err(Error::new(
            "cannot use the certificate authorities",
            "none of them is an X.509 version 3 certificate",
            "name a file of certificates in PEM form, as `ca_file`",
        ));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new("cannot use TLS", error, "please report this as a bug"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
