/** Runs every vector of `contracts/vectors/`: each valid one must be taken, each other one refused for its reason. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Refused, hex, sha256, unhex, utf8 } from "./bytes.js";
import { type HeldKey, epochAfter, open, readSections, seal } from "./content.js";
import { IN_SECTIONS, type Message, parse, place, signedBytes } from "./envelope.js";
import { SealingKey, accept, infoOf, readGrant, writeGrant } from "./grant.js";
import { Chains, Delivery, outcomeOf, rulesetInForce } from "./log.js";
import { offshoot, readPreview, sealedSections } from "./offer.js";
import { Signer, keyId, verify } from "./signature.js";

type Given = any;

const message = (given: Given): Message => ({ ...given, data: utf8(given.data) });
const keys = (held: Given[]) => held.map((key) => ({ kid: key.kid, secret: unhex(key.secret) }));
const utc = (moment: string) => moment.replace("+00:00", "Z");

const STEPS: Record<string, (given: Given) => unknown> = {
  "delivery": (given) => {
    const delivery = new Delivery(given.stream, given.consumer, given.after);
    return { taken: given.replies.map((reply: string) => delivery.sequence(reply)).filter((each: unknown) => each !== null) };
  },
  "key-id": (given) => ({ key_id: keyId(unhex(given.public)), base64: unhex(given.public).toString("base64") }),
  "signature": (given) => {
    if (!verify(unhex(given.public), unhex(given.signature), unhex(given.message))) throw new Refused("bad-signature");
    return {};
  },
  "envelope": (given) => {
    const envelope = parse(message(given));
    return {
      hash: envelope.hash,
      version: envelope.version,
      case: envelope.caseId,
      agency: envelope.agency,
      event: envelope.name,
      key_id: envelope.keyId,
      signature: hex(envelope.signature),
      signed: hex(signedBytes(envelope)),
    };
  },
  "writing": (given) => {
    const draft = {
      eventId: given.event_id,
      caseId: given.case,
      type: given.type,
      schema: given.schema,
      contentType: given.content_type,
      data: utf8(given.data),
      ruleset: given.ruleset,
      recordedAt: utc(given.recorded_at),
      correlationId: given.correlation_id,
      causationId: given.causation_id,
    };
    const signer = Signer.fromBytes(given.agency, unhex(given.private));
    const { subject, headers, hash } = place(draft, given.version, given.previous, signer);
    return { subject, headers, hash };
  },
  "log": (given) => {
    const chains = new Chains(unhex(given.root));
    const outcomes = given.messages.map((each: Given, n: number) => chains.take(message(each), n + 1).outcome);
    const heads = Object.fromEntries([...chains.heads].map(([id, { version, hash }]) => [id, { version, hash }]));
    const directory = Object.fromEntries(
      [...chains.directory.entries].map(([agency, entry]) => [
        agency,
        {
          kind: entry.kind,
          key_id: entry.keyId,
          earlier_keys: entry.earlierKeys,
          sealing_key_sha256: hex(sha256(entry.sealingKey)),
          duties: [...entry.duties].sort(),
          suspended: entry.suspended,
        },
      ]),
    );
    return { outcomes, heads, directory };
  },
  "sealing-key": async (given) => ({
    public: (await SealingKey.fromSeed(unhex(given.seed))).publicKey.toString("base64"),
  }),
  "hpke": async (given) => {
    const key = await SealingKey.fromSeed(unhex(given.seed));
    return { secret: hex(await key.open(unhex(given.wrapped), given.info)) };
  },
  "grant": async (given) => {
    const seeds = await Promise.all(given.seeds.map((seed: string) => SealingKey.fromSeed(unhex(seed))));
    const key = await accept(readGrant(given.data, given.subject), given.recipient, unhex(given.public), seeds);
    return { case: key.caseId, compartment: key.compartment, kid: key.kid, secret: hex(key.secret) };
  },
  "granting": (given) => {
    const key = { caseId: given.case, compartment: given.compartment, kid: given.kid, secret: unhex(given.secret) };
    const signer = Signer.fromBytes(given.granter, unhex(given.private));
    const { signed, subject, data } = writeGrant(key, given.recipient, unhex(given.wrapped), given.since, signer);
    return { info: infoOf(key, given.recipient), signed: hex(signed), subject, data };
  },
  "opening": (given) => {
    const content = open(keys(given.keys), given.sealed, given);
    if (content === null) throw new Refused("no-key");
    return { content };
  },
  "sealing": (given) => ({ sealed: seal(keys([given.key])[0]!, given.content, given, unhex(given.nonce)) }),
  "sections": (given) =>
    readSections(given.content_type, given.data, keys(given.core_keys), keys(given.part_keys), given),
  "offshoot": (given) => {
    const { kid, secret } = offshoot({ secret: unhex(given.secret) }, given.case, given.compartment, given.offer);
    return { kid, secret: hex(secret) };
  },
  "preview": (given) => {
    const [offer, talk] = [keys(given.offer_keys), keys(given.talk_keys)];
    const { core, details } = readSections(IN_SECTIONS, given.data, offer, talk, given);
    return { core, details, preview: readPreview(given.data, offer, given)?.text ?? null };
  },
  "answer": (given) => {
    const [offer, talk] = keys([given.offer_key, given.talk_key]) as [HeldKey, HeldKey];
    const [first, second] = given.nonces.map(unhex);
    const details: [HeldKey, string, Buffer] | null = given.details === null ? null : [talk, given.details, second];
    return { data: sealedSections([[offer, given.core, first], details], given) };
  },
  "epochs": (given) => epochAfter(given.events),
  "ruleset": (given) => ({ ruleset: rulesetInForce(given.occurred_on, given.recorded_at) }),
  "outcome": (given) => outcomeOf(given.answer),
};

async function run(step: (given: Given) => unknown, given: Given): Promise<Given> {
  try {
    return { result: await step(given) };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.reason };
    throw error;
  }
}

async function main(folder: string): Promise<number> {
  let [passed, wrong] = [0, 0];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "events.json").sort()) {
    const { step, vectors } = JSON.parse(readFileSync(join(folder, file), "utf8"));
    for (const { name, given, ...expected } of vectors) {
      const does = STEPS[step];
      const outcome = does === undefined ? "no such step" : await run(does, given);
      if (isDeepStrictEqual(outcome, expected)) passed += 1;
      else (wrong += 1), console.error(`${step}, ${name}: ${JSON.stringify(outcome)} instead of ${JSON.stringify(expected)}`);
    }
  }
  console.log(JSON.stringify({ passed, wrong }));
  return wrong === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? "../../contracts/vectors");
