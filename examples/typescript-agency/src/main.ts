/**
 * The agency as a process: it joins, then reads one command from each line of its input and answers with one line.
 *
 *   node dist/main.js <agency> <server> <folder of the agency> <root.pub> [<program>]
 */

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Agency, type EventKind } from "./agency.js";
import { Bus } from "./bus.js";
import { unhex } from "./bytes.js";
import { SealingKey } from "./grant.js";
import { Signer, publicKeyFromPem } from "./signature.js";

const EVENTS = join(dirname(fileURLToPath(import.meta.url)), "../../../contracts/vectors/events.json");

const sealingKey = (path: string): Promise<SealingKey> => {
  const { form, xwing_seed } = JSON.parse(readFileSync(path, "utf8"));
  if (form !== "stafett sealing key v2") throw new Error(`${path} has no seed: rotate the sealing key`);
  return SealingKey.fromSeed(unhex(xwing_seed));
};

type Command = any;

async function answer(agency: Agency, command: Command): Promise<object> {
  switch (command.do) {
    case "status":
      await agency.level();
      return {
        agencies: [...agency.chains.directory.entries.keys()].sort(),
        heads: Object.fromEntries(agency.chains.heads),
        refused: Object.fromEntries(agency.refused),
      };
    case "history":
      await agency.level();
      return { events: agency.history(command.case) };
    case "issue":
      return agency.issue(command.case, command.event, command.core, command.details ?? null, command.faults ?? {});
    case "open":
      return agency.open(command.event, command.core, command.details ?? null);
    default:
      throw new Error(`there is no command ${command.do}`);
  }
}

const [name = "", server = "", home = "", root = "", program = null] = process.argv.slice(2);
const bus = await Bus.join(name, server, home, program);
const files = readdirSync(home).filter((file) => /^sealing(-[0-9a-f]+)?\.key$/.test(file));
const keys = await Promise.all(files.map((file) => sealingKey(join(home, file))));
const signer = Signer.fromPem(name, readFileSync(join(home, "signing.pem")));
const kinds: Record<string, EventKind> = JSON.parse(readFileSync(EVENTS, "utf8")).case;
const agency = new Agency(bus, signer, keys, kinds, publicKeyFromPem(readFileSync(root)));
await agency.join();
console.log(JSON.stringify({ joined: name }));
for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(agency, JSON.parse(line)).catch((error: Error) => ({ error: error.message }));
  console.log(JSON.stringify(said));
}
await bus.close();
