/** Sealing keys (X-Wing), HPKE, and grants: a grant carries one key of a case to one agency. */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { Refused, UUID, base64urlPadded, unbase64urlPadded, utf8 } from "./bytes.js";
import { type Signer, keyId, preAuthenticationEncoding, verify } from "./signature.js";

const KEM = new XWing();
const SUITE = new CipherSuite({ kem: KEM, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const LABEL = "stafett grant v1";
const PAYLOAD_TYPE = "application/vnd.stafett.grant.v1+json";
const ENCAPSULATED = 1120;
const WRAPPED = ENCAPSULATED + 32 + 16;
const MAX_BYTES = 4096;
const AGENCY = /^[a-z][a-z0-9-]{1,62}$/;

/** The fields of a grant in their order, with the form of each. */
const FORMS = {
  case_id: UUID,
  compartment: /^[a-z]{1,32}$/,
  kid: /^[A-Za-z0-9_-]{21}[AQgw]$/,
  recipient: AGENCY,
  granter: AGENCY,
  wrapped: /^/,
  key_id: /^[0-9a-f]{32}$/,
  signature: /^/,
} as const;

type Grant = Record<keyof typeof FORMS, string>;

/** An epoch key of a part of a case. */
export interface ContentKey {
  caseId: string;
  compartment: string;
  kid: string;
  secret: Buffer;
}

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

/** An agency's private sealing key. The seed *is* X-Wing's private key; it is no input keying material. */
export class SealingKey {
  private constructor(
    private readonly pair: CryptoKeyPair,
    readonly publicKey: Buffer,
  ) {}

  static async fromSeed(seed: Uint8Array): Promise<SealingKey> {
    const pair = await KEM.generateKeyPairDerand(Uint8Array.from(seed));
    return new SealingKey(pair, Buffer.from(await KEM.serializePublicKey(pair.publicKey)));
  }

  /** Opens a wrapped secret: HPKE's encapsulated key, then the ciphertext with its tag. Throws `Refused`. */
  async open(wrapped: Uint8Array, info: string): Promise<Buffer> {
    try {
      const recipient = await SUITE.createRecipientContext({
        recipientKey: this.pair.privateKey,
        enc: buffer(wrapped.subarray(0, ENCAPSULATED)),
        info: buffer(utf8(info)),
      });
      return Buffer.from(await recipient.open(buffer(wrapped.subarray(ENCAPSULATED))));
    } catch {
      throw new Refused("cannot-open");
    }
  }
}

/** Wraps a secret to an agency's public sealing key, from the directory. */
export async function wrap(secret: Uint8Array, publicKey: Uint8Array, info: string): Promise<Buffer> {
  const recipientPublicKey = await KEM.deserializePublicKey(buffer(publicKey));
  const sender = await SUITE.createSenderContext({ recipientPublicKey, info: buffer(utf8(info)) });
  const sealed = await sender.seal(buffer(secret));
  return Buffer.concat([Buffer.from(sender.enc), Buffer.from(sealed)]);
}

export const infoOf = (key: Omit<ContentKey, "secret">, recipient: string): string =>
  JSON.stringify([LABEL, key.caseId, key.compartment, key.kid, recipient]);

function signedBytes(grant: Grant): Buffer {
  const wrapped = unbase64urlPadded(grant.wrapped).toString("base64"); // here in the standard alphabet
  const { case_id, compartment, kid, recipient, granter, key_id } = grant;
  const fields = [LABEL, case_id, compartment, kid, recipient, granter, key_id, wrapped];
  return preAuthenticationEncoding(PAYLOAD_TYPE, utf8(JSON.stringify(fields)));
}

/** Reads a grant in its only spelling, at its place; throws `Refused`. */
export function readGrant(data: string, subject: string): Grant {
  try {
    if (utf8(data).length > MAX_BYTES) throw new Error("too large");
    const said = JSON.parse(data);
    const names = Object.keys(FORMS) as (keyof Grant)[];
    const grant = Object.fromEntries(names.map((name) => [name, said[name]])) as Grant;
    if (JSON.stringify(grant) !== data) throw new Error("not in its only spelling");
    if (!names.every((name) => typeof grant[name] === "string" && FORMS[name].test(grant[name]))) throw new Error("form");
    if (unbase64urlPadded(grant.wrapped).length !== WRAPPED || unbase64urlPadded(grant.signature).length !== 64) {
      throw new Error("length");
    }
    if (subject.slice(0, subject.lastIndexOf(".")) !== placeOf(grant)) throw new Error("another place");
    return grant;
  } catch {
    throw new Refused("malformed");
  }
}

const placeOf = (grant: Grant): string =>
  `key.${grant.case_id}.${grant.compartment}.${grant.kid}.${grant.recipient}.${grant.granter}`;

/** Takes a grant to us. `publicKey`: the granter's, from the directory, by the key id in the grant. */
export async function accept(
  grant: Grant,
  recipient: string,
  publicKey: Uint8Array | null,
  keys: readonly SealingKey[],
): Promise<ContentKey> {
  if (grant.recipient !== recipient) throw new Refused("not-for-us");
  if (publicKey === null || keyId(publicKey) !== grant.key_id) throw new Refused("bad-signature");
  if (!verify(publicKey, unbase64urlPadded(grant.signature), signedBytes(grant))) throw new Refused("bad-signature");
  const { case_id: caseId, compartment, kid } = grant;
  const info = infoOf({ caseId, compartment, kid }, recipient);
  const wrapped = unbase64urlPadded(grant.wrapped);
  for (const key of keys) {
    const secret = await key.open(wrapped, info).catch(() => null);
    if (secret !== null) return { caseId, compartment, kid, secret };
  }
  throw new Refused("cannot-open");
}

/** Writes a grant. `since`: the version of the case's last event after which a reader may have been lost. */
export function writeGrant(key: ContentKey, recipient: string, wrapped: Uint8Array, since: number, signer: Signer) {
  const grant: Grant = {
    case_id: key.caseId,
    compartment: key.compartment,
    kid: key.kid,
    recipient,
    granter: signer.agency,
    wrapped: base64urlPadded(wrapped),
    key_id: signer.keyId,
    signature: "",
  };
  const signed = signedBytes(grant);
  grant.signature = base64urlPadded(signer.sign(signed));
  return { signed, subject: `${placeOf(grant)}.${since}`, data: JSON.stringify(grant) };
}
