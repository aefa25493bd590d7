/** Offers: the keys that follow from the keys of the case, and the preview that an agency reads before it accepts. */

import { createHmac, randomBytes } from "node:crypto";
import { utf8 } from "./bytes.js";
import { type HeldKey, type Place, open, seal, split } from "./content.js";

/** The compartments whose keys follow from the keys of a part, for an offer to an agency outside the case. */
export const OFFERS: Readonly<Record<string, string>> = { case: "offer", dialogue: "offertalk" };

const hmac = (secret: Uint8Array, text: string): Buffer => createHmac("sha256", secret).update(utf8(text)).digest();

/** The key of an offer that follows from a key of the case: it opens nothing else, and nobody finds the other from it. */
export function offshoot(key: Pick<HeldKey, "secret">, caseId: string, compartment: string, offer: string): HeldKey {
  const secret = hmac(key.secret, JSON.stringify(["stafett offshoot v1", caseId, compartment, offer]));
  return { kid: hmac(secret, "stafett key id v1").subarray(0, 16).toString("base64url"), secret };
}

/** The preview in an event that is for us, and the key that opened it; null when there is none. Throws `Refused`. */
export function readPreview(data: string, keys: readonly HeldKey[], place: Place): { text: string; key: HeldKey } | null {
  for (const sealed of split(data).previews) {
    for (const key of keys) {
      const text = open([key], sealed, place);
      if (text !== null) return { text, key };
    }
  }
  return null;
}

/** The data of an event about an offer: its sections, each with its key and its nonce; an absent one stays empty. */
export function sealedSections(sections: readonly ([HeldKey, string, Buffer?] | null)[], place: Place): string {
  const sealed = sections.map((each) => (each === null ? "" : seal(each[0], each[1], place, each[2] ?? randomBytes(12))));
  while (sealed.at(-1) === "") sealed.pop();
  return sealed.join("\n");
}

/** An event of ours, as the preview needs it. */
export interface Said {
  id: string;
  name: string;
  core: any;
}

/**
 * The case as the recipient of our offer knows it. It is right only for a case in which we have written all events:
 * one detection, then consents. Throws `Error` for every other case, which a service that folds cases has to refer.
 */
export function previewOf(caseId: string, before: readonly Said[], agency: string, offer: Said): object {
  const [detection, ...consents] = before;
  if (detection?.name !== "VictimDetected" || consents.some((each) => each.name !== "ConsentGiven")) {
    throw new Error("the case has more than a detection and consents: a service that judges refers it");
  }
  const found = detection.core;
  const { recipient, purposes, services = [], occurred_at, respond_by, programme = false, urgency } = offer.core;
  return {
    case_id: caseId,
    version: before.length + 1,
    status: "open",
    participants: [{ agency: recipient, participation: "offered", since: occurred_at }],
    identification: "presumed",
    exploitation_forms: found.exploitation_forms,
    age_band: found.age_band,
    unaccompanied: (found.indicators ?? []).includes("unaccompanied-minor"),
    immediate_danger: found.immediate_danger ?? false,
    residence: found.residence,
    region: found.region,
    municipality: found.municipality ?? null,
    language: found.language ?? null,
    interpreter_needed: found.interpreter_needed,
    consents: consents.filter((each) => each.core.recipients.includes(recipient)).map((each) => ({
      id: each.id,
      recipients: [recipient],
      purposes: each.core.purposes,
      data_classes: [],
      given_at: each.core.occurred_at,
      valid_until: each.core.valid_until,
    })),
    offers: [
      { id: offer.id, referrer: agency, recipient, purposes, services, offered_at: occurred_at, respond_by, programme, urgency },
    ],
  };
}
