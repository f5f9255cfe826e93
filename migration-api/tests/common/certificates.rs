//! Makes certificates for tests, and credentials folders.

use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
};
use openssl::x509::{X509, X509Builder, X509Crl, X509Name, X509NameRef};

/// A certificate authority.
pub struct Authority {
    key: PKey<Private>,
    certificate: X509,
}

/// Contents of a certificate.
#[derive(Clone, Copy)]
pub struct Leaf<'a> {
    /// `server` or `client`.
    pub side: &'a str,
    /// The common name. The rest of the name is always the same.
    pub name: &'a str,
    /// DNS names and IP addresses.
    pub hosts: &'a [&'a str],
    /// Days until the certificate expires.
    pub days: i64,
}

/// A server certificate for this host.
pub const SERVER: Leaf<'_> =
    Leaf { side: "server", name: "server", hosts: &["localhost", "127.0.0.1"], days: 9 };
/// A client certificate.
pub const CLIENT: Leaf<'_> = Leaf { side: "client", name: "client", hosts: &[], days: 9 };

impl Authority {
    /// Makes an authority of this name.
    pub fn new(common: &str) -> Self {
        let key = key();
        let mut builder = builder(&key, &name(common), &name(common), 9);
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        let usage = KeyUsage::new().critical().key_cert_sign().crl_sign().build().unwrap();
        builder.append_extension(usage).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { key, certificate: builder.build() }
    }

    /// Writes the authority's own certificate into a folder.
    pub fn trust(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("ca-cert.pem"), self.certificate.to_pem().unwrap()).unwrap();
    }

    /// Writes a CRL with the certificates of other folders into a folder. OpenSSL's bindings can
    /// only read CRLs, so this encodes it.
    pub fn revoke(&self, folder: &Path, revoked: &[&Path]) {
        const INTEGER: u8 = 2;
        const BIT_STRING: u8 = 3;
        const UTC_TIME: u8 = 0x17;
        const ECDSA_WITH_SHA256: [u8; 10] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
        let time = |text: &str| tagged(UTC_TIME, text.as_bytes());
        let entries = revoked.iter().map(|certificate| {
            let certificate = X509::from_pem(&std::fs::read(certificate).unwrap()).unwrap();
            let mut number = certificate.serial_number().to_bn().unwrap().to_vec();
            if number[0] >= 0x80 {
                number.insert(0, 0);
            }
            sequence(&[tagged(INTEGER, &number), time("250101000000Z")])
        });
        let algorithm = sequence(&[ECDSA_WITH_SHA256.to_vec()]);
        let issuer = self.certificate.subject_name().to_der().unwrap();
        let mut list =
            vec![algorithm.clone(), issuer, time("250101000000Z"), time("491231235959Z")];
        if !revoked.is_empty() {
            list.push(sequence(&entries.collect::<Vec<_>>()));
        }
        let list = sequence(&list);
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key).unwrap();
        let signature = [vec![0], signer.sign_oneshot_to_vec(&list).unwrap()].concat();
        let der = sequence(&[list, algorithm, tagged(BIT_STRING, &signature)]);
        std::fs::create_dir_all(folder).unwrap();
        let pem = X509Crl::from_der(&der).unwrap().to_pem().unwrap();
        std::fs::write(folder.join("ca-crl.pem"), pem).unwrap();
    }

    /// Writes a certificate with its key, and the authority's own, into a folder.
    pub fn issue(&self, folder: &Path, leaf: Leaf<'_>) {
        self.trust(folder);
        let key = key();
        let mut builder =
            builder(&key, &name(leaf.name), self.certificate.subject_name(), leaf.days);
        let usage =
            KeyUsage::new().critical().digital_signature().key_encipherment().build().unwrap();
        builder.append_extension(usage).unwrap();
        let mut purpose = ExtendedKeyUsage::new();
        if leaf.side == "server" {
            purpose.server_auth()
        } else {
            purpose.client_auth()
        };
        builder.append_extension(purpose.build().unwrap()).unwrap();
        if !leaf.hosts.is_empty() {
            let mut hosts = SubjectAlternativeName::new();
            for host in leaf.hosts {
                if host.parse::<std::net::IpAddr>().is_ok() {
                    hosts.ip(host)
                } else {
                    hosts.dns(host)
                };
            }
            let hosts =
                hosts.build(&builder.x509v3_context(Some(&self.certificate), None)).unwrap();
            builder.append_extension(hosts).unwrap();
        }
        builder.sign(&self.key, MessageDigest::sha256()).unwrap();
        let file = |what: &str| folder.join(format!("{}-{what}.pem", leaf.side));
        std::fs::write(file("cert"), builder.build().to_pem().unwrap()).unwrap();
        std::fs::write(file("key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    }
}

/// Encodes a DER value: a tag, a length, the content.
fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(length as u8),
        0x80..0x100 => out.extend([0x81, length as u8]),
        _ => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}

/// Encodes a DER sequence.
fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name(common: &str) -> X509Name {
    let mut name = X509Name::builder().unwrap();
    for (key, value) in [("C", "GB"), ("O", "Example"), ("CN", common)] {
        name.append_entry_by_text(key, value).unwrap();
    }
    name.build()
}

/// Begins a certificate that is valid since yesterday for some days.
fn builder(
    key: &PKey<Private>,
    subject: &X509NameRef,
    issuer: &X509NameRef,
    days: i64,
) -> X509Builder {
    const DAY: i64 = 24 * 3600;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
        as i64;
    let at = |days: i64| Asn1Time::from_unix(now + days * DAY).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut number = BigNum::new().unwrap();
    number.rand(100, MsbOption::ONE, false).unwrap();
    builder.set_serial_number(&number.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(subject).unwrap();
    builder.set_issuer_name(issuer).unwrap();
    builder.set_not_before(&at(days.min(0) - 1)).unwrap();
    builder.set_not_after(&at(days)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder
}
