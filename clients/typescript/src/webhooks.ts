// Verifies the messages of webhooks.

import { Webhook } from "standardwebhooks";

import { WebhookRefusedError } from "./errors.js";

/** A message that a service signed. `data`: as docs/webhooks.md says. It may come twice: keep its `id`. */
export interface Message {
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  data: Record<string, unknown>;
}

const MOST_BYTES = 1_000_000;
const LONGEST_HEADER = 2_000;

/** Knows its messages by any of some secrets: after a rotation, hold the new one and the former. */
export class Receiver {
  private readonly known: Webhook[];

  constructor(secrets: string[]) {
    if (secrets.length === 0) throw new TypeError("a receiver needs a secret");
    this.known = secrets.map((secret) => new Webhook(secret));
  }

  /** The message in a request, whose bytes are as they came. Throws WebhookRefusedError: answer 401. */
  read(body: Buffer | string, headers: Record<string, string | string[] | undefined>): Message {
    const given: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === "string" && name.toLowerCase().startsWith("webhook-")) given[name.toLowerCase()] = value;
    }
    const tooLong = Object.values(given).some((value) => value.length > LONGEST_HEADER);
    if (Buffer.byteLength(body) > MOST_BYTES || tooLong) throw new WebhookRefusedError("larger than any message");
    const message = this.verified(body, given);
    const texts = ["id", "source", "type", "subject", "time"] as const;
    const fits = typeof message === "object" && message !== null && texts.every((one) => typeof message[one] === "string");
    if (!fits || typeof message.data !== "object" || message.id !== given["webhook-id"]) {
      throw new WebhookRefusedError("signed, and no message of a service");
    }
    return message;
  }

  private verified(body: Buffer | string, given: Record<string, string>): Message {
    for (const known of this.known) {
      try {
        return known.verify(body, given) as Message;
      } catch {
        continue; // another secret may have signed it
      }
    }
    throw new WebhookRefusedError("not signed by the secret, or not now");
  }
}
