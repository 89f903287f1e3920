"""The certificate of an admission webhook: one authority per installation, one certificate per service name."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from workshop import paths, secrets
from workshop.cluster import apply

_LIFETIME = datetime.timedelta(days=825)


@dataclass(frozen=True)
class ServerCertificate:
    """PEM texts: the authority that clients trust, the server's certificate and its key."""

    authority: str
    certificate: str
    key: str

    @property
    def digest(self) -> str:
        """Another one for another certificate."""
        return hashlib.sha256(self.certificate.encode()).hexdigest()[:16]

    def secret(self, name: str, namespace: str) -> apply.Secret:
        """The Secret from which the server reads its certificate."""
        pair = {"tls.crt": self.certificate, "tls.key": self.key}
        return apply.Secret(name, namespace, pair, type="kubernetes.io/tls")


def for_service(dns_name: str) -> ServerCertificate:
    """The certificate of that service; made on first use, the same afterwards."""
    names = _names(dns_name)
    if not all(secrets.exists(name) for name in names):
        for name, text in zip(names, _make(dns_name), strict=True):
            secrets.store(name, text)
    return ServerCertificate(*(secrets.read(name) + "\n" for name in names))


def forget(dns_name: str) -> None:
    """Remove the certificate of that service, with its authority: the next use makes both anew."""
    for name in _names(dns_name):
        (paths.SECRETS / name).unlink(missing_ok=True)


def _names(dns_name: str) -> list[str]:
    return [f"webhook-{part}-{dns_name}.pem" for part in ("authority", "certificate", "key")]


def _make(dns_name: str) -> tuple[str, str, str]:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "image-promotion workshop")])
    authority = (
        _builder(authority_name, authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, dns_name)]), authority_name, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(dns_name)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return authority.public_bytes(pem).decode(), certificate.public_bytes(pem).decode(), private.decode()


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # clocks of machine and container may differ
        .not_valid_after(now + _LIFETIME)
    )
