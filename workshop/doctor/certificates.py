"""Reading certificates: until when, since when, for whom, by whom."""

from __future__ import annotations

import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from workshop.doctor.check import Finding, bad, good

MARGIN: Final = datetime.timedelta(days=7)
"""A talk, and the rehearsals before it."""


def examine(pem: bytes, name: str, fix: str) -> Finding:
    """Is it valid now, for some days more, and made for that DNS name (any, where empty)?"""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
    except ValueError:
        return bad("não é um certificado", fix)
    now = datetime.datetime.now(datetime.UTC)
    until = certificate.not_valid_after_utc
    if until < now:
        return bad(f"o certificado venceu em {until:%d/%m/%Y}", fix)
    if until < now + MARGIN:
        return bad(f"o certificado vence já em {until:%d/%m/%Y %H:%M} UTC", fix)
    if certificate.not_valid_before_utc > now:
        since = certificate.not_valid_before_utc
        return bad(f"o certificado só vale a partir de {since:%d/%m/%Y %H:%M} UTC: o relógio voltou?", fix)
    if name and name not in _names(certificate):
        return bad(f"o certificado não é de {name}", fix)
    return good(f"vale até {until:%d/%m/%Y}")


def is_signed_by(pem: bytes, authority: bytes) -> bool:
    """Whether one of the certificates in `authority` signed the certificate."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        issuers = x509.load_pem_x509_certificates(authority)
    except ValueError:
        return False
    return any(_signed(certificate, issuer) for issuer in issuers)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)
