/**
 * An agency on the bus: it follows the log, verifies every event, opens what it may, and appends its own events. The file is
 * long because which keys open, seal and are granted follows from the same events of a case.
 */

import { randomBytes, randomUUID } from "node:crypto";
import { DIRECTORY, Refused, utf8 } from "./bytes.js";
import type { Bus } from "./bus.js";
import { type HeldKey, type Sections, open, readSections, split } from "./content.js";
import { CLEAR, type Draft, type Envelope, IN_SECTIONS, type Message, place } from "./envelope.js";
import { type ContentKey, type SealingKey, accept, infoOf, readGrant, wrap, writeGrant } from "./grant.js";
import { Chains, rulesetInForce } from "./log.js";
import { OFFERS, type Said, offshoot, previewOf, readPreview, sealedSections } from "./offer.js";
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
  ...["ReferralHandedBack", "PoliceAlertAnswered", "InvestigationOpened", "AgeAssessed", "AppealDecided", "ReceiptShown"],
]);

/** The events that offer a case to an agency; the id of the event is that of the offer. */
const OFFERING: ReadonlySet<string> = new Set(["CaseReferred", "TransnationalReferralOffered"]);

/** A key that may open a section; `base`: the key of the case that it is or follows from, null for a key of an offer alone. */
interface Opener {
  key: HeldKey;
  base: HeldKey | null;
}

/** An offer to us, with the keys of the offer that opened its latest preview and what was said within it. */
interface OfferToUs {
  id: string;
  key: HeldKey;
  talk: HeldKey | null;
}

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
    if (this.joined && envelope.name === "ReferralAccepted") {
      this.grantFor(envelope.caseId, envelope).catch(() => this.count("grant not given")); // the next start gives it
    }
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
  private read(envelope: Envelope): Partial<Sections> & { preview?: string | null; refused?: string } {
    const text = envelope.data.toString("utf8");
    const kind = this.kinds[envelope.name];
    if (envelope.headers["ce-datacontenttype"] === CLEAR) return { core: text, details: null, whole: text };
    const [core, part] = ["case", kind?.compartment ?? "case"].map((each) => this.openers(envelope, each).map(({ key }) => key));
    const place = placeOf(envelope);
    try {
      const read = readSections(envelope.headers["ce-datacontenttype"] ?? "", text, core!, part!, place);
      return { ...read, preview: readPreview(text, this.held(envelope.caseId, "offer"), place)?.text ?? null };
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

  /** The keys that may open a section of an event: those of the part, those of offers that follow from them, and offers to us. */
  private openers({ caseId, eventId }: Envelope, compartment: string): Opener[] {
    const held = this.held(caseId, compartment);
    const [found, offered] = [held.map((key): Opener => ({ key, base: key })), OFFERS[compartment]];
    if (offered === undefined) return found;
    const offering = (this.cases.get(caseId) ?? []).filter(({ envelope }) => OFFERING.has(envelope.name));
    const offers = new Set([eventId, ...offering.map(({ envelope }) => envelope.eventId)]);
    for (const base of held) {
      for (const offer of offers) found.push({ key: offshoot(base, caseId, offered, offer), base });
    }
    return [...found, ...this.held(caseId, offered).map((key) => ({ key, base: null }))];
  }

  /** The offer of a case that we cannot read: the latest preview of an offer to us, and the keys for our answer. */
  private offerToUs(caseId: string): OfferToUs | null {
    let found = null as OfferToUs | null;
    for (const { envelope } of this.cases.get(caseId) ?? []) {
      try {
        const text = envelope.data.toString("utf8");
        const told = readPreview(text, this.held(caseId, "offer"), placeOf(envelope));
        const { case_id, offers } = told === null ? ({} as any) : JSON.parse(told.text);
        if (told !== null && case_id === caseId && offers?.length === 1 && offers[0].recipient === this.bus.agency) {
          const [{ id, referrer }] = offers;
          const begins = id === envelope.eventId && referrer === envelope.agency;
          if (begins || found?.id === id) found = { id, key: told.key, talk: begins ? null : (found?.talk ?? null) };
        }
        const { details } = split(text);
        const opens = (key: HeldKey): boolean => details !== null && open([key], details, placeOf(envelope)) !== null;
        if (found !== null) found.talk = this.held(caseId, "offertalk").find(opens) ?? found.talk;
      } catch {
        continue; // its writer harms no event but this one
      }
    }
    return found;
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
      const { core, details } = split(envelope.data.toString("utf8"));
      first ??= this.opener("case", core, envelope);
      if (first === null) return null;
      if (compartment === "case") return first;
      const inPart = this.kinds[envelope.name]?.compartment === compartment && details !== null;
      if (!inPart || this.opener("case", core, envelope)?.kid !== first.kid) continue;
      const key = this.opener(compartment, details, envelope);
      if (key !== null) return key;
    }
    return null;
  }

  private opener(compartment: string, sealed: string, envelope: Envelope): HeldKey | null {
    try {
      return this.openers(envelope, compartment).find(({ key }) => open([key], sealed, placeOf(envelope)) !== null)?.base ?? null;
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

  /** Grants a key to an agency, and holds it, unless it is the key of an offer, which follows from one that we hold. */
  private async grant(key: ContentKey, recipient: string, hold = true): Promise<void> {
    const entry = this.chains.directory.entries.get(recipient);
    if (entry === undefined || entry.suspended) throw new Error(`${recipient} can be granted nothing`);
    const wrapped = await wrap(key.secret, entry.sealingKey, infoOf(key, recipient));
    const { subject, data } = writeGrant(key, recipient, wrapped, 0, this.signer);
    await this.bus.put(subject, data);
    if (hold && !this.held(key.caseId, key.compartment).some((each) => each.kid === key.kid)) this.hold(key);
  }

  /**
   * Grants the keys of the case to an agency that has accepted an offer: each reader owes it those that it holds. This
   * program cannot judge, so it believes an answer by the recipient, under the offer's key, in time, and before any
   * narrowing event. A second grant does no harm.
   */
  private async grantFor(caseId: string, acceptance: Envelope): Promise<void> {
    if (acceptance.agency === this.bus.agency || this.firstKeyBefore(acceptance) === null) return;
    const offer = this.said(caseId).find(({ id }) => id === this.coreOf(acceptance)?.offer_id);
    if (offer?.name !== "CaseReferred" || offer.core.recipient !== acceptance.agency) return;
    if (Date.parse(acceptance.headers["ce-recordedat"] ?? "") > Date.parse(offer.core.respond_by)) return;
    for (const compartment of ["dialogue", "case"]) {
      for (const key of this.keys.get(`${caseId}/${compartment}`) ?? []) await this.grant(key, acceptance.agency);
    }
  }

  /** The case's first key, if no narrowing event came before this one; else null. */
  private firstKeyBefore(envelope: Envelope): HeldKey | null {
    const events = this.cases.get(envelope.caseId) ?? [];
    const before = events.slice(0, envelope.version - 1);
    if (before.some((each) => NARROWING.has(each.envelope.name))) return null;
    const first = events[0]?.envelope;
    return first === undefined ? null : this.opener("case", split(first.data.toString("utf8")).core, first);
  }

  private coreOf(envelope: Envelope): any {
    const { core } = this.read(envelope);
    try {
      return core ? JSON.parse(core) : null;
    } catch {
      return null; // any participant may write anything
    }
  }

  /** The events of a case whose core we read. */
  private said(caseId: string): Said[] {
    const events = (this.cases.get(caseId) ?? []).map(({ envelope }) => ({
      id: envelope.eventId,
      name: envelope.name,
      core: this.coreOf(envelope),
    }));
    return events.filter(({ core }) => core !== null);
  }

  /** Grants again what acceptances owe: the process may have ended between an event and its grants. */
  private async grantForAll(): Promise<void> {
    for (const [caseId, events] of this.cases) {
      for (const { envelope } of events.filter((each) => each.envelope.name === "ReferralAccepted")) {
        await this.grantFor(caseId, envelope);
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
    const draft = await this.draft(caseId, name, core, details);
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
        return { outcome: "accepted", event_id: draft.eventId, version: found.envelope.version, sequence: found.sequence };
      }
      if (faults.previous !== undefined) break;
    }
    return { outcome: "not accepted", event_id: draft.eventId };
  }

  private async draft(caseId: string, name: string, core: any, details: object | null): Promise<Draft> {
    const kind = this.kind(name);
    const eventId = randomUUID();
    const recordedAt = `${new Date().toISOString().slice(0, 23)}000Z`;
    return {
      eventId,
      caseId,
      type: kind.type,
      schema: kind.schema,
      contentType: kind.sealed ? IN_SECTIONS : CLEAR,
      data: utf8(kind.sealed ? await this.sealed(caseId, name, core, details, eventId) : JSON.stringify(core)),
      ruleset: rulesetInForce(swedishDay(core.occurred_at), recordedAt),
      recordedAt,
      correlationId: eventId,
      causationId: eventId,
    };
  }

  private async sealed(caseId: string, name: string, core: object, details: object | null, id: string): Promise<string> {
    const [kind, place] = [this.kind(name), { agency: this.bus.agency, id }];
    const key = this.keyOf(caseId);
    if (OFFERING.has(name)) return this.offering(caseId, { id, name, core }, details, key("case"));
    const sections = [core, details].map((each, n): [HeldKey, string] | null =>
      each === null ? null : [key(n === 0 ? "case" : kind.compartment), JSON.stringify(each)],
    );
    return sealedSections(sections, place);
  }

  /** Names our key for the next event of each compartment: of a case that is only offered to us, the offer's key. */
  private keyOf(caseId: string): (compartment: string) => HeldKey {
    const events = this.cases.get(caseId);
    const first = events?.[0]?.envelope;
    const reads = first !== undefined && this.opener("case", split(first.data.toString("utf8")).core, first) !== null;
    const offer = reads ? null : this.offerToUs(caseId);
    if (reads) this.requireNoOpenOffer(caseId);
    return (compartment) => {
      const ofOffer = { case: offer?.key, dialogue: offer?.talk }[compartment];
      const ofCase = events === undefined ? this.held(caseId, compartment)[0] : reads && this.firstKey(caseId, compartment);
      const found = ofOffer ?? ofCase;
      if (!found) throw new Error(`we hold no key of the ${compartment}`);
      return found;
    };
  }

  /** An event may change the preview of an offer that waits, and we do not fold cases: then a service writes next. */
  private requireNoOpenOffer(caseId: string): void {
    const said = this.said(caseId);
    const answered = new Set(said.filter(({ name }) => name.endsWith("ReferralAccepted")).map(({ core }) => core.offer_id));
    if (said.some(({ id, name }) => OFFERING.has(name) && !answered.has(id))) {
      throw new Error("an offer waits for its answer: a service that judges writes next");
    }
  }

  /** The data of an offer of ours: under the offer's keys, which its recipient has when this returns, with the preview. */
  private async offering(caseId: string, offer: Said, details: object | null, core: HeldKey): Promise<string> {
    const events = this.cases.get(caseId) ?? [];
    if (offer.name !== "CaseReferred" || events.some(({ envelope }) => envelope.agency !== this.bus.agency)) {
      throw new Error("others have written in the case: a service that judges refers it");
    }
    const preview = previewOf(caseId, this.said(caseId), this.bus.agency, offer);
    const talk = this.held(caseId, "dialogue")[0] ?? { kid: randomBytes(16).toString("base64url"), secret: randomBytes(32) };
    await this.grant({ caseId, compartment: "dialogue", ...talk }, this.bus.agency);
    const keys = [offshoot(core, caseId, "offer", offer.id), offshoot(talk, caseId, "offertalk", offer.id)] as const;
    for (const [n, compartment] of ["offer", "offertalk"].entries()) {
      await this.grant({ caseId, compartment, ...keys[n]! }, offer.core.recipient, false);
    }
    // The section of the details is there even when it says nothing: its key id is the one of the recipient's replies.
    const said = details ?? Object.fromEntries(this.kind(offer.name).details.map((each) => [each, null]));
    const texts = [offer.core, said, preview].map((each) => JSON.stringify(each)) as [string, string, string];
    const sections: [HeldKey, string][] = [[keys[0], texts[0]], [keys[1], texts[1]], [keys[0], texts[2]]];
    return sealedSections(sections, { agency: this.bus.agency, id: offer.id });
  }
}

const placeOf = (envelope: Envelope) => ({ agency: envelope.agency, id: envelope.eventId });

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

