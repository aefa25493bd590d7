/** Sealed content: a compact JWE, padded to blocks, and an event's two sections. */

import { createCipheriv, createDecipheriv } from "node:crypto";
import { Refused, unbase64url, utf8 } from "./bytes.js";
import { IN_ONE_SECTION, IN_SECTIONS } from "./envelope.js";

const BLOCK = 512;
const MAX_BYTES = 256 * 1024;
const KID = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const NAME = /^[A-Za-z0-9-]{1,64}$/;
const NAMES = ["alg", "enc", "iss", "kid", "sub"];

export interface HeldKey {
  kid: string;
  secret: Buffer;
}

/** Who sealed it, and for which event or record. */
export interface Place {
  agency: string;
  id: string;
}

export function seal(key: HeldKey, content: string, place: Place, nonce: Buffer): string {
  if (content === "" || content.charCodeAt(content.length - 1) <= 0x20) throw new Refused("malformed");
  const header = { alg: "dir", enc: "A256GCM", kid: key.kid, iss: place.agency, sub: place.id };
  const first = utf8(JSON.stringify(header)).toString("base64url");
  const text = utf8(content);
  const padded = Buffer.concat([text, Buffer.alloc((BLOCK - (text.length % BLOCK)) % BLOCK, " ")]);
  const cipher = createCipheriv("aes-256-gcm", key.secret, nonce).setAAD(utf8(first));
  const sealed = Buffer.concat([cipher.update(padded), cipher.final()]);
  return [first, "", nonce.toString("base64url"), sealed.toString("base64url"), cipher.getAuthTag().toString("base64url")].join(".");
}

interface Jwe {
  kid: string;
  first: string;
  nonce: Buffer;
  sealed: Buffer;
  tag: Buffer;
}

function headerOf(content: string): { kid: string; iss: string; sub: string } {
  try {
    const text = unbase64url(content.slice(0, content.indexOf("."))).toString("utf8");
    const header = JSON.parse(text);
    if (JSON.stringify(header) !== text) throw new Error("not in its only spelling");
    if (Object.keys(header).sort().join() !== NAMES.join()) throw new Error("not the five names");
    if (header.alg !== "dir" || header.enc !== "A256GCM") throw new Error("another algorithm");
    if (!KID.test(header.kid) || !NAME.test(header.iss) || !NAME.test(header.sub)) throw new Error("a value");
    return header;
  } catch {
    throw new Refused("malformed");
  }
}

function read(content: string, kid: string): Jwe {
  try {
    const [first, second, nonce, sealed, tag, ...more] = content.split(".");
    if (second !== "" || more.length > 0) throw new Error("not five parts");
    const parts = { nonce: unbase64url(nonce ?? ""), sealed: unbase64url(sealed ?? ""), tag: unbase64url(tag ?? "") };
    if (parts.nonce.length !== 12 || parts.tag.length !== 16) throw new Error("lengths");
    return { kid, first: first ?? "", ...parts };
  } catch {
    throw new Refused("malformed");
  }
}

function decrypted(jwe: Jwe, secret: Buffer): string | null {
  let padded: Buffer;
  try {
    const cipher = createDecipheriv("aes-256-gcm", secret, jwe.nonce).setAAD(utf8(jwe.first)).setAuthTag(jwe.tag);
    padded = Buffer.concat([cipher.update(jwe.sealed), cipher.final()]);
  } catch {
    return null;
  }
  const content = padded.toString("utf8").replace(/ +$/, "");
  if (padded.length % BLOCK !== 0 || content === "" || content.charCodeAt(content.length - 1) <= 0x20) {
    throw new Refused("broken-padding");
  }
  return content;
}

/** Opens sealed content with one of the keys; null when none of them opens it. Throws `Refused`. */
export function open(keys: readonly HeldKey[], content: string, place: Place): string | null {
  if (content.length > MAX_BYTES) throw new Refused("malformed");
  const header = headerOf(content);
  if (header.iss !== place.agency || header.sub !== place.id) throw new Refused("wrong-place");
  for (const key of keys.filter((each) => each.kid === header.kid)) {
    const opened = decrypted(read(content, header.kid), key.secret);
    if (opened !== null) return opened;
  }
  return null;
}

export interface Sections {
  core: string | null;
  details: string | null;
  whole: string | null;
}

/** The sealed texts in an event's data; `details`: null when the event has none, also where previews follow. */
export function split(data: string): { core: string; details: string | null; previews: string[] } {
  const [core = "", details = null, ...previews] = data.split("\n");
  return { core, details: details === "" && previews.length > 0 ? null : details, previews };
}

/** Reads a sealed event with our keys of its core and of its part. */
export function readSections(
  contentType: string,
  data: string,
  coreKeys: readonly HeldKey[],
  partKeys: readonly HeldKey[],
  place: Place,
): Sections {
  if (contentType !== IN_SECTIONS) {
    throw new Refused(contentType === IN_ONE_SECTION ? "not-in-sections" : "not-sealed");
  }
  const sealed = split(data);
  const core = open(coreKeys, sealed.core, place);
  if (sealed.details === null) return { core, details: null, whole: core };
  const details = open(partKeys, sealed.details, place);
  return { core, details, whole: core === null || details === null ? null : merged(core, details) };
}

function merged(core: string, details: string): string {
  const [said, more] = [object(core), object(details)];
  if (Object.keys(more).some((name) => Object.hasOwn(said, name))) throw new Refused("unreadable");
  return JSON.stringify({ ...said, ...more });
}

function object(text: string): object {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // it is no JSON
  }
  throw new Refused("unreadable");
}

/** One event, as it concerns the keys of one part. `kid`: the key that opened its section of the part, or null. */
export interface EpochEvent {
  kid: string | null;
  effect: boolean;
  reader_lost: boolean;
}

/** Under which key the next event's section of a part is sealed, after these events. */
export function epochAfter(events: readonly EpochEvent[]): { current: string | null; new_epoch: boolean } {
  const used = new Set<string>();
  let current: string | null = null;
  let newEpoch = false;
  for (const { kid, effect, reader_lost } of events) {
    const begins = kid !== null && !used.has(kid);
    if (begins) used.add(kid);
    if (begins && effect) {
      current = kid;
      newEpoch = reader_lost;
    } else {
      newEpoch ||= reader_lost;
    }
  }
  return { current, new_epoch: newEpoch };
}
