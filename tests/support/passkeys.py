"""A passkey made of software: answers what a browser would hand to one."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
)

_PRESENT_AND_VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


@dataclass
class SoftPasskey:
    """One key pair for one site; it always finds its owner present and verified."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: str = ""
    signatures: int = 0

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Register: the credential for ``creation_options``."""
        public = options["publicKey"]
        self.user_handle = public["user"]["id"]
        data = AttestedCredentialData.create(
            Aaguid(bytes(16)),
            self.credential_id,
            ES256.from_cryptography_key(self.key.public_key()),
        )
        authenticator = AuthenticatorData.create(
            self._site(), _PRESENT_AND_VERIFIED | AuthenticatorData.FLAG.AT, 0, data
        )
        attested = AttestationObject.create("none", authenticator, {})
        return self._credential(
            {
                "clientDataJSON": self._client_data("webauthn.create", public["challenge"]),
                "attestationObject": websafe_encode(bytes(attested)),
            },
            {"credProps": {"rk": True}},
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Sign in: the assertion for ``request_options``."""
        self.signatures += 1
        authenticator = AuthenticatorData.create(
            self._site(), _PRESENT_AND_VERIFIED, self.signatures
        )
        client = json.dumps(
            {
                "type": "webauthn.get",
                "challenge": options["publicKey"]["challenge"],
                "origin": self.origin,
            }
        ).encode()
        signed = bytes(authenticator) + hashlib.sha256(client).digest()
        return self._credential(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(bytes(authenticator)),
                "signature": websafe_encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
                "userHandle": self.user_handle,
            },
            {},
        )

    def _site(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _client_data(self, kind: str, challenge: str) -> str:
        return websafe_encode(
            json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
        )

    def _credential(self, response: dict[str, Any], extensions: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {
            "type": "public-key",
            "id": name,
            "rawId": name,
            "authenticatorAttachment": "platform",
            "response": response,
            "clientExtensionResults": extensions,
        }


def a_stored_credential() -> dict[str, Any]:
    """A credential as the library keeps it, of a key that nobody has."""
    options = {"publicKey": {"challenge": "AAAA", "user": {"id": "AAAA"}}}
    return SoftPasskey().create(options)
