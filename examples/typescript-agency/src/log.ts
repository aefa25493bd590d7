/** The log as every agency follows it: which messages join their case's chain, and the heads of the chains. */

import { DIRECTORY, GENESIS, Refused } from "./bytes.js";
import { Directory } from "./directory.js";
import { type Envelope, type Message, parse } from "./envelope.js";

export interface Head {
  version: number;
  hash: string;
  /** The place of the chain's last event in the log. */
  sequence: number;
}

export interface Outcome {
  outcome: string;
  envelope: Envelope | null;
}

export class Chains {
  readonly heads = new Map<string, Head>();
  readonly directory: Directory;

  constructor(root: Buffer) {
    this.directory = new Directory(root);
  }

  head(caseId: string): Head {
    return this.heads.get(caseId) ?? { version: 0, hash: GENESIS, sequence: 0 };
  }

  /** Takes the next message of the log: `accepted`, `void`, or the reason for which it joins no chain. */
  take(message: Message, sequence: number): Outcome {
    try {
      const envelope = parse(message);
      this.directory.believe(envelope);
      const head = this.head(envelope.caseId);
      if (envelope.version <= head.version) throw new Refused("stale-version");
      if (envelope.version > head.version + 1) throw new Refused("gap");
      if (envelope.previous !== head.hash) throw new Refused("broken-chain");
      this.heads.set(envelope.caseId, { version: envelope.version, hash: envelope.hash, sequence });
      const effect = envelope.caseId !== DIRECTORY || this.directory.apply(envelope);
      return { outcome: effect ? "accepted" : "void", envelope };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { outcome: error.reason, envelope: null };
    }
  }
}

const PUSHED = /^\$JS\.ACK\.(?:[^.]+\.[^.]+\.)?([^.]+)\.([^.]+)\.\d+\.(\d+)\.(\d+)\.\d+\.\d+$/;

/** The messages that our own push consumer delivers, in turn. */
export class Delivery {
  private delivered = 0;

  constructor(
    private readonly stream: string,
    private readonly consumer: string,
    private after: number | null,
  ) {}

  /** Returns the message's place in the stream; null when it is not from our consumer. Throws `Refused`. */
  sequence(reply: string): number | null {
    const [, stream, consumer, place, count] = PUSHED.exec(reply) ?? [];
    if (stream !== this.stream || consumer !== this.consumer) return null;
    this.delivered += 1;
    if (Number(count) !== this.delivered) throw new Refused("lost-on-the-way");
    if (this.after !== null) {
      if (Number(place) !== this.after + 1) throw new Refused("hole");
      this.after += 1;
    }
    return Number(place);
  }
}

const CONFLICTS = new Set([10071, 10158, 10163, 10164]);
const QUEUE_IS_FULL = 10167;

export type AppendOutcome = { outcome: "appended"; sequence: number } | { outcome: "conflict" | "unread" | "unknown" };

/** The meaning of the broker's answer to an append; null: none came. */
export function outcomeOf(answer: string | null): AppendOutcome {
  if (answer === null) return { outcome: "unknown" };
  const content = JSON.parse(answer);
  if (content.error === undefined) return { outcome: "appended", sequence: content.seq };
  if (CONFLICTS.has(content.error.err_code)) return { outcome: "conflict" };
  return { outcome: content.error.err_code === QUEUE_IS_FULL ? "unread" : "unknown" };
}

/** The rulesets: the day from which each judges, and the moment of its adoption. */
const RULESETS: readonly (readonly [string, string, string])[] = [
  ["SE-2016", "2016-01-01", "2015-12-31T23:00:00Z"],
  ["SE-2022-08", "2022-08-01", "2022-07-31T22:00:00Z"],
  ["SE-2024-04", "2024-04-01", "2026-11-28T12:00:00Z"],
  ["SE-2025-07", "2025-07-01", "2026-11-28T12:00:00Z"],
  ["SE-2026-07", "2026-07-15", "2026-11-28T12:00:00Z"],
  ["SE-2026-11", "2026-11-29", "2026-11-28T23:00:00Z"],
];

export function rulesetInForce(occurredOn: string, recordedAt: string): string {
  const known = RULESETS.filter(([, from, adopted]) => from <= occurredOn && Date.parse(adopted) <= Date.parse(recordedAt));
  return (known.at(-1) ?? RULESETS[0]!)[0];
}
