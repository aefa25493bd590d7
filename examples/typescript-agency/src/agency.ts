/** An agency on the bus: it follows the log, verifies every event, opens what it may, and appends its own events. */

import { randomBytes, randomUUID } from "node:crypto";
import { DIRECTORY, Refused, utf8 } from "./bytes.js";
import type { Bus } from "./bus.js";
import { type HeldKey, type Sections, readSections, seal } from "./content.js";
import { CLEAR, type Draft, type Envelope, IN_SECTIONS, type Message, place } from "./envelope.js";
import { type ContentKey, type SealingKey, accept, infoOf, readGrant, wrap, writeGrant } from "./grant.js";
import { Chains, rulesetInForce } from "./log.js";
import type { Signer } from "./signature.js";

/** From `contracts/vectors/events.json`: an event's type and schema, and in which part its details lie. */
export interface EventKind {
  type: string;
  schema: string;
  sealed: boolean;
  compartment: string;
  details: string[];
}

/** After these events a reader of some part may be lost, so that the next event begins a new epoch. */
const NARROWING: ReadonlySet<string> = new Set([
  ...["ConsentWithdrawn", "ConsentExpired", "ReferralDeclined", "ReferralWithdrawn", "ReferralExpired"],
  ...["TransnationalReferralDeclined", "CaseClosed", "InvestigationClosed", "LeadHandedOver", "ErasureRequested"],
  ...["ReferralHandedBack", "PoliceAlertAnswered", "InvestigationOpened", "AgeAssessed", "AppealDecided"],
  "ReceiptShown",
]);

interface Placed {
  envelope: Envelope;
  sequence: number;
}

export interface Issued {
  outcome: string;
  event_id: string;
  version?: number;
  sequence?: number;
}

/** Faults that a test wants: an answer or a request that is lost, a wrong hash of the event before. */
export interface Faults {
  loseAnswer?: boolean;
  loseRequest?: boolean;
  previous?: string;
}

export class Agency {
  readonly chains: Chains;
  readonly refused = new Map<string, number>();
  private readonly cases = new Map<string, Placed[]>();
  private readonly keys = new Map<string, ContentKey[]>();
  private readonly waitingGrants = new Map<string, string>();
  private readonly erasures = new Map<string, string>();
  private readonly erased = new Set<string>();
  private joined = false;
  private taking: Promise<void> = Promise.resolve();
  private reached = 0;
  private granted = 0;
  private waiting: { sequence: number; done: () => void }[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly signer: Signer,
    private readonly sealingKeys: readonly SealingKey[],
    private readonly kinds: Record<string, EventKind>,
    root: Buffer,
  ) {
    this.chains = new Chains(root);
  }

  /** Joins: reads the log to its end, then the grants. */
  async join(): Promise<void> {
    await this.bus.followLog((message, sequence) => this.takeMessage(message, sequence));
    await this.level();
    const waiting = await this.bus.followGrants((message) => {
      this.takeGrant(message.subject, message.data.toString("utf8"));
      this.granted += 1;
    });
    while (this.granted < waiting) await new Promise((later) => setImmediate(later));
    await this.level();
    await this.grantForAll();
    this.joined = true;
    this.confirmErasures();
  }

  /** Waits until everything that is in the log now was taken, and every grant that has come. */
  async level(): Promise<void> {
    const last = await this.bus.last();
    if (this.reached < last) await new Promise<void>((done) => this.waiting.push({ sequence: last, done }));
    await this.taking;
  }

  private takeMessage(message: Message, sequence: number): void {
    const { outcome, envelope } = this.chains.take(message, sequence);
    if (envelope === null) this.count(outcome);
    else if (envelope.caseId === DIRECTORY) this.tryGrantsAgain();
    else this.keep(envelope, sequence);
    this.reached = sequence;
    this.waiting = this.waiting.filter((each) => each.sequence > sequence || (each.done(), false));
  }

  private keep(envelope: Envelope, sequence: number): void {
    const events = [...(this.cases.get(envelope.caseId) ?? []), { envelope, sequence }];
    this.cases.set(envelope.caseId, events);
    if (envelope.name !== "ErasureConfirmed") return;
    const request = clear(envelope).request_id;
    if (envelope.agency === this.bus.agency) this.erasures.delete(request);
    else if (envelope.agency === events[0]?.envelope.agency) this.eraseFor(request, events);
  }

  /**
   * Destroys our keys of a case for an erasure that the case's opener has confirmed: any agency can write a request, and
   * this program cannot judge it. Then it owes its own confirmation.
   */
  private eraseFor(request: string, events: readonly Placed[]): void {
    const asked = events.find(({ envelope }) => envelope.eventId === request && envelope.name === "ErasureRequested");
    if (asked === undefined) return;
    const { scope, holders } = clear(asked.envelope);
    if (scope === "case") {
      this.erased.add(asked.envelope.caseId);
      for (const place of this.keys.keys()) if (place.startsWith(`${asked.envelope.caseId}/`)) this.keys.delete(place);
    }
    const confirmed = events.some(
      ({ envelope }) =>
        envelope.agency === this.bus.agency &&
        envelope.name === "ErasureConfirmed" &&
        clear(envelope).request_id === request,
    );
    if (!Array.isArray(holders) || !holders.includes(this.bus.agency) || confirmed) return;
    this.erasures.set(request, asked.envelope.caseId);
    if (this.joined) this.confirmErasures();
  }

  private confirmErasures(): void {
    const owed = [...this.erasures];
    this.erasures.clear();
    for (const [request, caseId] of owed) {
      const confirmation = { occurred_at: new Date().toISOString(), request_id: request };
      this.issue(caseId, "ErasureConfirmed", confirmation, null).catch(() => this.erasures.set(request, caseId));
    }
  }

  private takeGrant(subject: string, data: string): void {
    this.taking = this.taking.then(async () => {
      try {
        const grant = readGrant(data, subject);
        const known = this.chains.directory.publicKey(grant.granter, grant.key_id);
        if (known === null) this.waitingGrants.set(subject, data); // its key may come with the log
        else this.hold(await accept(grant, this.bus.agency, known, this.sealingKeys));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.count(`grant ${error.reason}`);
      }
    });
  }

  private tryGrantsAgain(): void {
    const waiting = [...this.waitingGrants];
    this.waitingGrants.clear();
    for (const [subject, data] of waiting) this.takeGrant(subject, data);
  }

  private hold(key: ContentKey): void {
    if (this.erased.has(key.caseId)) return;
    const place = `${key.caseId}/${key.compartment}`;
    this.keys.set(place, [...(this.keys.get(place) ?? []), key]);
  }

  private held(caseId: string, compartment: string): readonly HeldKey[] {
    return this.keys.get(`${caseId}/${compartment}`) ?? [];
  }

  private count(reason: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  /** The sections that we read of an event; `refused` when its sections are not as they must be. */
  private read(envelope: Envelope): Partial<Sections> & { refused?: string } {
    const text = envelope.data.toString("utf8");
    const kind = this.kinds[envelope.name];
    if (envelope.headers["ce-datacontenttype"] === CLEAR) return { core: text, details: null, whole: text };
    const [core, part] = [this.held(envelope.caseId, "case"), this.held(envelope.caseId, kind?.compartment ?? "case")];
    try {
      return readSections(envelope.headers["ce-datacontenttype"] ?? "", text, core, part, {
        agency: envelope.agency,
        id: envelope.eventId,
      });
    } catch (error) {
      if (error instanceof Refused) return { refused: error.reason };
      throw error;
    }
  }

  /** Everything that we read of a case. */
  history(caseId: string): object[] {
    return (this.cases.get(caseId) ?? []).map(({ envelope, sequence }) => ({
      version: envelope.version,
      sequence,
      event_id: envelope.eventId,
      event: envelope.name,
      agency: envelope.agency,
      ...this.read(envelope),
    }));
  }

  /**
   * The first epoch key of a compartment, as the case's events show it. Only events whose core is under the case's
   * first key count: nobody outside the case has that one. This program does not judge by the rules, so it cannot know
   * whether a reader was lost; after a narrowing event it leaves the writing to a service that does.
   */
  private firstKey(caseId: string, compartment: string): HeldKey | null {
    let first: HeldKey | null = null;
    for (const { envelope } of this.cases.get(caseId) ?? []) {
      if (NARROWING.has(envelope.name)) throw new Error("an epoch may have ended: a service that judges writes next");
      if (envelope.headers["ce-datacontenttype"] === CLEAR) continue;
      const [core, details] = envelope.data.toString("utf8").split("\n");
      first ??= this.opener(caseId, "case", core ?? "", envelope);
      if (first === null) return null;
      if (compartment === "case") return first;
      const inPart = this.kinds[envelope.name]?.compartment === compartment && details !== undefined;
      if (!inPart || this.opener(caseId, "case", core ?? "", envelope)?.kid !== first.kid) continue;
      const key = this.opener(caseId, compartment, details, envelope);
      if (key !== null) return key;
    }
    return null;
  }

  private opener(caseId: string, compartment: string, sealed: string, envelope: Envelope): HeldKey | null {
    const place = { agency: envelope.agency, id: envelope.eventId };
    const opens = (key: HeldKey): boolean => readSections(IN_SECTIONS, sealed, [key], [], place).core !== null;
    try {
      return this.held(caseId, compartment).find(opens) ?? null;
    } catch (error) {
      if (error instanceof Refused) return null; // its writer harms no event but this one
      throw error;
    }
  }

  /** Opens a case with its first event. The key of its core is granted before the event is sent. */
  async open(name: string, core: object, details: object | null): Promise<Issued & { case: string }> {
    const caseId = randomUUID();
    for (const compartment of new Set(["case", ...(details === null ? [] : [this.kind(name).compartment])])) {
      const kid = randomBytes(16).toString("base64url");
      await this.grant({ caseId, compartment, kid, secret: randomBytes(32) }, this.bus.agency);
    }
    return { case: caseId, ...(await this.issue(caseId, name, core, details)) };
  }

  /** Grants a key to an agency, and holds it. */
  private async grant(key: ContentKey, recipient: string): Promise<void> {
    const entry = this.chains.directory.entries.get(recipient);
    if (entry === undefined || entry.suspended) throw new Error(`${recipient} can be granted nothing`);
    const wrapped = await wrap(key.secret, entry.sealingKey, infoOf(key, recipient));
    const { subject, data } = writeGrant(key, recipient, wrapped, 0, this.signer);
    await this.bus.put(subject, data);
    if (!this.held(key.caseId, key.compartment).some((each) => each.kid === key.kid)) this.hold(key);
  }

  /** Grants what an event of ours owes to those whom it brings into the case. A second grant does no harm. */
  private async grantFor(caseId: string, name: string, core: any): Promise<void> {
    for (const [recipient, compartments] of joiningWith(name, core)) {
      for (const compartment of compartments) {
        for (const key of this.keys.get(`${caseId}/${compartment}`) ?? []) await this.grant(key, recipient);
      }
    }
  }

  /** Grants again what our events owe: the process may have ended between an event and its grants. */
  private async grantForAll(): Promise<void> {
    for (const [caseId, events] of this.cases) {
      for (const { envelope } of events.filter((each) => each.envelope.agency === this.bus.agency)) {
        const { core } = this.read(envelope);
        if (core) await this.grantFor(caseId, envelope.name, JSON.parse(core)); // our own, so it is JSON
      }
    }
  }

  private kind(name: string): EventKind {
    const kind = this.kinds[name];
    if (kind === undefined) throw new Error(`there is no event ${name}`);
    return kind;
  }

  /** Appends an event, and places it again where somebody else came first. The event keeps its id all the while. */
  async issue(caseId: string, name: string, core: any, details: object | null, faults: Faults = {}): Promise<Issued> {
    await this.level();
    const draft = this.draft(caseId, name, core, details);
    let { loseAnswer = false, loseRequest = false } = faults;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const expected = await this.bus.last(caseId); // messages that joined no chain count too
      await this.level();
      const head = this.chains.head(caseId);
      const message = place(draft, head.version + 1, faults.previous ?? head.hash, this.signer);
      if (loseRequest) loseRequest = false;
      else await this.bus.append(message, caseId, expected, loseAnswer);
      loseAnswer = false;
      // The log says what became of it, whether or not the broker answered.
      await this.level();
      const found = this.cases.get(caseId)?.find(({ envelope }) => envelope.eventId === draft.eventId);
      if (found !== undefined) {
        await this.grantFor(caseId, name, core);
        return { outcome: "accepted", event_id: draft.eventId, version: found.envelope.version, sequence: found.sequence };
      }
      if (faults.previous !== undefined) break;
    }
    return { outcome: "not accepted", event_id: draft.eventId };
  }

  private draft(caseId: string, name: string, core: any, details: object | null): Draft {
    const kind = this.kind(name);
    const eventId = randomUUID();
    const recordedAt = `${new Date().toISOString().slice(0, 23)}000Z`;
    return {
      eventId,
      caseId,
      type: kind.type,
      schema: kind.schema,
      contentType: kind.sealed ? IN_SECTIONS : CLEAR,
      data: utf8(kind.sealed ? this.sealed(caseId, kind, core, details, eventId) : JSON.stringify(core)),
      ruleset: rulesetInForce(swedishDay(core.occurred_at), recordedAt),
      recordedAt,
      correlationId: eventId,
      causationId: eventId,
    };
  }

  private sealed(caseId: string, kind: EventKind, core: object, details: object | null, id: string): string {
    const place = { agency: this.bus.agency, id };
    const opened = this.cases.has(caseId);
    const key = (compartment: string): HeldKey => {
      const found = opened ? this.firstKey(caseId, compartment) : this.held(caseId, compartment)[0];
      if (found === null || found === undefined) throw new Error(`we hold no key of the ${compartment}`);
      return found;
    };
    const first = seal(key("case"), JSON.stringify(core), place, randomBytes(12));
    if (details === null) return first;
    return `${first}\n${seal(key(kind.compartment), JSON.stringify(details), place, randomBytes(12))}`;
  }
}

/** Whom an event brings into a case, and the compartments whose keys its writer owes them; the core comes last. */
function joiningWith(name: string, core: any): [string, string[]][] {
  if (name === "CaseReferred") return [[core.recipient, ["dialogue", "case"]]];
  return [];
}

/** The data of an event in clear; empty where it is no JSON object, since any agency may write anything. */
function clear(envelope: Envelope): any {
  try {
    return JSON.parse(envelope.data.toString("utf8")) ?? {};
  } catch {
    return {};
  }
}

/** The Swedish day of a moment, by which rulesets count. */
function swedishDay(moment: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Stockholm" }).format(new Date(moment));
}

