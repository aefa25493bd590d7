/** The directory: each agency's keys and duties, folded from the directory's chain in the log. */

import { DIRECTORY, Refused, unbase64 } from "./bytes.js";
import { type Envelope, signedBytes } from "./envelope.js";
import { keyId, verify } from "./signature.js";

const BY_ROOT: ReadonlySet<string> = new Set([
  "AgencyAdmitted",
  "AgencyDutiesChanged",
  "AgencyKeyRotated",
  "AgencySuspended",
]);
export const DIRECTORY_EVENTS: ReadonlySet<string> = new Set([
  ...BY_ROOT,
  ...["ProviderCertified", "CapacityAnnounced", "DelegateNamed", "TrainingHeld"],
]);
const COORDINATOR = "coordinator";

export interface Entry {
  kind: string;
  keyId: string;
  earlierKeys: string[];
  sealingKey: Buffer;
  duties: Set<string>;
  suspended: boolean;
}

export class Directory {
  readonly entries = new Map<string, Entry>();
  private readonly keys = new Map<string, { agency: string; publicKey: Buffer }>();
  private readonly rootId: string;

  constructor(root: Buffer) {
    this.rootId = keyId(root);
    this.keys.set(this.rootId, { agency: COORDINATOR, publicKey: root });
  }

  publicKey(agency: string, id: string): Buffer | null {
    const known = this.keys.get(id);
    return known?.agency === agency ? known.publicKey : null;
  }

  /** Requires that the agency may write this envelope here; throws `Refused`. */
  believe(envelope: Envelope): void {
    if (DIRECTORY_EVENTS.has(envelope.name) !== (envelope.caseId === DIRECTORY)) throw new Refused("wrong-chain");
    const known = this.keys.get(envelope.keyId);
    if (known === undefined || known.agency !== envelope.agency) throw new Refused("unknown-issuer");
    if (!verify(known.publicKey, envelope.signature, signedBytes(envelope))) throw new Refused("bad-signature");
    const byRoot = envelope.keyId === this.rootId;
    if (byRoot !== BY_ROOT.has(envelope.name)) throw new Refused("not-by-root");
    if (byRoot) return;
    const entry = this.entries.get(envelope.agency);
    if (entry === undefined) throw new Refused("unknown-issuer");
    if (entry.suspended) throw new Refused("suspended");
    if (entry.keyId !== envelope.keyId) throw new Refused("retired-key");
    if (!entry.duties.has(envelope.name)) throw new Refused("not-a-duty");
  }

  /** Applies an event of the directory that joined its chain. Returns false when it has no effect. */
  apply(envelope: Envelope): boolean {
    const year = Number(envelope.headers["ce-recordedat"]?.slice(0, 4));
    if (year < 1900 || year > 2200) return false;
    if (!BY_ROOT.has(envelope.name)) return true; // no keys, no duties: nothing that this program needs
    try {
      return this.changed(envelope.name, JSON.parse(envelope.data.toString("utf8")));
    } catch {
      return false;
    }
  }

  private changed(name: string, event: any): boolean {
    const entry = this.entries.get(event.agency);
    if (name === "AgencyAdmitted") {
      if (entry !== undefined || this.keys.has(event.key_id)) return false;
      this.entries.set(event.agency, {
        kind: text(event.kind),
        keyId: this.learn(event.agency, event.key_id, event.public_key),
        earlierKeys: [],
        sealingKey: unbase64(event.sealing_key),
        duties: new Set(event.duties.map(text)),
        suspended: false,
      });
      return true;
    }
    if (entry === undefined || entry.suspended) return false;
    if (name === "AgencySuspended") text(event.suspended_from), (entry.suspended = true);
    if (name === "AgencyDutiesChanged") entry.duties = new Set(event.duties.map(text));
    if (name === "AgencyKeyRotated") return this.rotated(entry, event);
    return true;
  }

  private rotated(entry: Entry, event: any): boolean {
    if (event.key_id != null) {
      if (event.replaces !== entry.keyId || this.keys.has(event.key_id)) return false;
      const id = this.learn(event.agency, event.key_id, event.public_key);
      entry.earlierKeys.push(entry.keyId);
      entry.keyId = id;
    }
    if (event.sealing_key != null) entry.sealingKey = unbase64(event.sealing_key);
    return true;
  }

  private learn(agency: string, id: string, publicKey: string): string {
    const bytes = unbase64(publicKey);
    if (keyId(bytes) !== id) throw new Error("the key id is not that of the key");
    this.keys.set(id, { agency, publicKey: bytes });
    return id;
  }
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("not text");
  return value;
}
