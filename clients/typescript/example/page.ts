// What docs/clients.md shows, so that the compiler sees it.

import { follow, issue, RuleRefusedError, Service } from "stafett-client";

declare const url: string;
declare let position: string;
declare function presentToken(): Promise<string>;

const ngo = new Service(url, { token: () => presentToken() });
const { data: cases } = await ngo.GET("/v1/cases", { params: { query: { status: "open" } } });
for await (const part of follow(ngo, { after: position })) {
  for (const entry of part.entries) {
    if (entry.kind === "event" && entry.type === "se.nrm.NeedsAssessed.v1") console.log(entry.data?.risk);
  }
  position = part.position;
}
try {
  await issue(ngo, cases!.items[0]!.case_id, { type: "CaseClosed", data: { reason: "returned" } });
} catch (error) {
  if (error instanceof RuleRefusedError) console.log(error.problem.rule, error.problem.missing?.sv);
}
