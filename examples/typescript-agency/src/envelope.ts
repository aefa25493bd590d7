/** The envelope: CloudEvents attributes as headers, the digest of them, and its signature in a DSSE envelope. */

import { Refused, UUID, hex, sha256, unbase64, unhex, utf8 } from "./bytes.js";
import { type Signer, preAuthenticationEncoding } from "./signature.js";

export const CLEAR = "application/json";
export const IN_ONE_SECTION = "application/jose";
export const IN_SECTIONS = "application/vnd.stafett.sections+jose";
export const MAX_BYTES = 256 * 1024;

const PAYLOAD_TYPE = "https://cloudevents.io/verifiability/dsse/v0.1";
const EXTENSIONS = ["caseversion", "previous", "ruleset", "recordedat", "correlationid", "causationid"] as const;
const SIGNED = EXTENSIONS.join(",");
const REQUIRED: ReadonlySet<string> = new Set(
  [
    ...["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"],
    ...["signedextattrs", "dssematerial", ...EXTENSIONS],
  ].map((name) => `ce-${name}`),
);
const TRACE = "ce-traceparent";
const IN_ANY_WORDS = ["source", "time", "dataschema", "previous", "ruleset", "recordedat", "correlationid", "causationid"];

export type Headers = Record<string, string>;

export interface Message {
  subject: string;
  headers: Headers;
  data: Buffer;
}

export interface Envelope {
  headers: Headers;
  data: Buffer;
  version: number;
  hash: string;
  keyId: string;
  signature: Buffer;
  eventId: string;
  agency: string;
  caseId: string;
  type: string;
  name: string;
  previous: string;
}

export const signedBytes = (envelope: Envelope): Buffer =>
  preAuthenticationEncoding(PAYLOAD_TYPE, unhex(envelope.hash));

/** The digest that an agency signs: that is also the event's hash. */
export function digest(headers: Headers, data: Uint8Array): Buffer {
  const of = (name: string): Buffer => sha256(headers[`ce-${name}`] ?? "");
  return sha256(
    ...["id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time"].map(of),
    sha256(data),
    ...EXTENSIONS.flatMap((name) => [sha256(name), of(name)]),
  );
}

/** Reads a message's envelope and compares its digest and its subject. The signature needs the directory. */
export function parse(message: Message): Envelope {
  if (message.data.length > MAX_BYTES) throw new Refused("too-large");
  const headers = Object.fromEntries(Object.entries(message.headers).filter(([name]) => name.startsWith("ce-")));
  const envelope = formed(headers, message.data);
  if (envelope === null) throw new Refused("malformed-envelope");
  if (hex(digest(headers, message.data)) !== envelope.hash) throw new Refused("altered");
  if (subjectOf(envelope) !== message.subject) throw new Refused("wrong-subject");
  return envelope;
}

export const subjectOf = (envelope: Envelope): string =>
  `case.${envelope.caseId}.${envelope.name}.${envelope.agency}`;

function formed(headers: Headers, data: Buffer): Envelope | null {
  const names = Object.keys(headers);
  const known = names.filter((name) => REQUIRED.has(name)).length;
  if (known !== REQUIRED.size || names.some((name) => !REQUIRED.has(name) && name !== TRACE)) return null;
  const of = (name: string): string => headers[`ce-${name}`] ?? "";
  if (of("specversion") !== "1.0" || of("signedextattrs") !== SIGNED) return null;
  if (![CLEAR, IN_ONE_SECTION, IN_SECTIONS].includes(of("datacontenttype"))) return null;
  const version = Number(of("caseversion"));
  if (!Number.isSafeInteger(version) || version < 1 || String(version) !== of("caseversion")) return null;
  if (!UUID.test(of("id")) || !UUID.test(of("subject"))) return null;
  if (!/^se\.nrm\.[A-Za-z]+\.v[1-9][0-9]*$/.test(of("type"))) return null;
  if (!/^[\x20-\x7e]*$/.test(IN_ANY_WORDS.map(of).join("") + (headers[TRACE] ?? ""))) return null;
  if (!isMoment(of("recordedat")) || !utf8(data.toString("utf8")).equals(data)) return null;
  try {
    const { material, keyId, signature } = readDsse(of("dssematerial"));
    return {
      headers,
      data,
      version,
      hash: hex(material),
      keyId,
      signature,
      eventId: of("id"),
      agency: of("source"),
      caseId: of("subject"),
      type: of("type"),
      name: of("type").split(".")[2] ?? "",
      previous: of("previous"),
    };
  } catch {
    return null;
  }
}

/** A moment has one spelling, and its day exists; the year zero does not. */
function isMoment(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/.test(text) || text.startsWith("0000")) return false;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

function readDsse(encoded: string): { material: Buffer; keyId: string; signature: Buffer } {
  const content = JSON.parse(unbase64(encoded).toString("utf8"));
  const [signature, ...more] = content.signatures;
  const material = unbase64(content.payload);
  if (content.payloadType !== PAYLOAD_TYPE || material.length !== 32 || more.length > 0) throw new Error("not ours");
  if (typeof signature.keyid !== "string") throw new Error("no key id");
  const signed = unbase64(signature.sig);
  if (dsse(material, signature.keyid, signed) !== encoded) throw new Error("not in its only spelling");
  return { material, keyId: signature.keyid, signature: signed };
}

/** The DSSE envelope in its only spelling. */
function dsse(material: Buffer, keyid: string, signature: Buffer): string {
  const signatures = [{ keyid, sig: signature.toString("base64") }];
  const content = { payload: material.toString("base64"), payloadType: PAYLOAD_TYPE, signatures };
  return utf8(JSON.stringify(content)).toString("base64");
}

/** An event before it has its place in its chain. Its id stays the same each time that it is placed again. */
export interface Draft {
  eventId: string;
  caseId: string;
  type: string;
  schema: string;
  contentType: string;
  data: Buffer;
  ruleset: string;
  /** RFC 3339 in UTC with six decimals and `Z`. */
  recordedAt: string;
  correlationId: string;
  causationId: string;
}

export function place(draft: Draft, version: number, previous: string, signer: Signer): Message & { hash: string } {
  const headers: Headers = {
    "ce-specversion": "1.0",
    "ce-id": draft.eventId,
    "ce-source": signer.agency,
    "ce-type": draft.type,
    "ce-subject": draft.caseId,
    "ce-time": `${draft.recordedAt.slice(0, 19)}Z`,
    "ce-datacontenttype": draft.contentType,
    "ce-dataschema": draft.schema,
    "ce-caseversion": String(version),
    "ce-previous": previous,
    "ce-ruleset": draft.ruleset,
    "ce-recordedat": draft.recordedAt,
    "ce-correlationid": draft.correlationId,
    "ce-causationid": draft.causationId,
    "ce-signedextattrs": SIGNED,
  };
  const material = digest(headers, draft.data);
  const signature = signer.sign(preAuthenticationEncoding(PAYLOAD_TYPE, material));
  headers["ce-dssematerial"] = dsse(material, signer.keyId, signature);
  const subject = `case.${draft.caseId}.${draft.type.split(".")[2]}.${signer.agency}`;
  return { subject, headers, data: draft.data, hash: hex(material) };
}
