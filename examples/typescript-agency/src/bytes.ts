/** Bytes, hexadecimal and base64 as the bus writes them. */

import { createHash } from "node:crypto";

/** The input must be refused; `reason` is the code that the page names. */
export class Refused extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

export const utf8 = (text: string): Buffer => Buffer.from(text, "utf8");
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const unhex = (text: string): Buffer => Buffer.from(text, "hex");
export const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Standard base64 with padding; throws when the text is not exactly that. */
export function unbase64(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new Error("not base64");
  return bytes;
}

/** base64url with padding, as grants hold bytes; throws when the text is not exactly that. */
export function unbase64urlPadded(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (base64urlPadded(bytes) !== text) throw new Error("not padded base64url");
  return bytes;
}

export function base64urlPadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** base64url without padding, as a JWE holds bytes; throws when the text is not exactly that. */
export function unbase64url(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw new Error("not base64url");
  return bytes;
}

export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
export const DIRECTORY = "00000000-0000-0000-0000-000000000000";
export const GENESIS = "0".repeat(64);
