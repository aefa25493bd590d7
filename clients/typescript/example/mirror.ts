// Opens a case, and mirrors all that the agency reads: killed at any point and started again, it misses nothing.

import { type CaseEvent, type Detection, dryRun, FeedWentBackError, follow, openCase, PositionFile, RuleRefusedError, Service } from "stafett-client";

const ngo = new Service(process.env.STAFETT_URL!, { token: process.env.STAFETT_TOKEN! });

const DETECTION: Detection = {
  type: "VictimDetected",
  data: {
    exploitation_forms: ["labour"],
    indicators: ["wages-withheld"],
    age_band: "adult",
    residence: "irregular",
    region: "01",
    language: "ro",
    interpreter_needed: true,
  },
};

const REFERRAL: CaseEvent = {
  type: "CaseReferred",
  data: {
    recipient: "municipality-0180",
    purposes: ["support"],
    services: ["safe-accommodation"],
    respond_by: new Date(Date.now() + 86_400_000).toISOString(),
  },
};

async function open(): Promise<void> {
  const opened = await openCase(ngo, DETECTION);
  console.log(JSON.stringify({ opened: opened.case_id, etag: opened.etag }));
  try {
    await dryRun(ngo, opened.case_id, REFERRAL); // nobody has consented to it yet
  } catch (error) {
    if (!(error instanceof RuleRefusedError)) throw error;
    console.log(JSON.stringify({ rule: error.problem.rule, missing: error.problem.missing?.sv }));
  }
}

async function mirror(): Promise<void> {
  const kept = new PositionFile(process.env.STAFETT_POSITION!);
  try {
    for await (const part of follow(ngo, { after: await kept.load(), types: ["event"], limit: 2 })) {
      for (const entry of part.entries) {
        if (entry.kind !== "event") continue;
        const forms = entry.type === "se.nrm.VictimDetected.v2" ? entry.data?.exploitation_forms : undefined;
        console.log(JSON.stringify({ case: entry.case_id, version: entry.version, forms }));
      }
      await kept.save(part.position);
    }
  } catch (error) {
    if (!(error instanceof FeedWentBackError)) throw error;
    await kept.save(error.begin); // and where it is empty, drop what is kept
  }
}

await (process.argv[2] === "open" ? open() : mirror());
