/** Ed25519 by the bus's strict rule, key ids, and the bytes that DSSE signs. */

import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes, type KeyObject } from "node:crypto";
import { hex, sha256, unhex, utf8 } from "./bytes.js";

const SPKI = unhex("302a300506032b6570032100");
const PKCS8 = unhex("302e020100300506032b657004220420");
const P = 2n ** 255n - 19n;

/** The y coordinates of the eight points of small order, with those that are not in their only spelling. */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  P,
  P + 1n,
  little(unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
  little(unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")),
]);

function little(bytes: Uint8Array): bigint {
  return BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);
}

function y(point: Uint8Array): bigint {
  return little(point) & (2n ** 255n - 1n);
}

export function keyId(publicKey: Uint8Array): string {
  return hex(sha256(publicKey)).slice(0, 32);
}

/** OpenSSL checks without the cofactor, refuses a large S and compares R byte for byte; the rest stands in front. */
export function verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const a = y(publicKey);
  if (a >= P || SMALL_ORDER.has(a) || SMALL_ORDER.has(y(signature.subarray(0, 32)))) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" });
  return verifyBytes(null, message, key, signature);
}

export function preAuthenticationEncoding(type: string, payload: Uint8Array): Buffer {
  const kind = utf8(type);
  return Buffer.concat([utf8(`DSSEv1 ${kind.length} `), kind, utf8(` ${payload.length} `), payload]);
}

/** An agency's private signing key. */
export class Signer {
  readonly publicKey: Buffer;
  readonly keyId: string;

  private constructor(
    readonly agency: string,
    private readonly key: KeyObject,
  ) {
    this.publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI.length);
    this.keyId = keyId(this.publicKey);
  }

  static fromBytes(agency: string, secret: Uint8Array): Signer {
    return new Signer(agency, createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: "der", type: "pkcs8" }));
  }

  static fromPem(agency: string, pem: Buffer): Signer {
    return new Signer(agency, createPrivateKey(pem));
  }

  sign(message: Uint8Array): Buffer {
    return signBytes(null, message, this.key);
  }
}

export function publicKeyFromPem(pem: Buffer): Buffer {
  return createPublicKey(pem).export({ format: "der", type: "spki" }).subarray(SPKI.length);
}
