// Open a case and issue an event, each under a key that all its attempts share; judge one only; wait for one that is kept.

import { randomUUID } from "node:crypto";

import { BadAnswerError, StafettError } from "./errors.js";
import type { components, paths } from "./schema.js";
import type { Service } from "./service.js";

type Schemas = components["schemas"];
type Body<P extends "/v1/cases" | "/v1/cases/{case_id}/events"> =
  paths[P]["post"]["requestBody"]["content"]["application/json"];

export type Detection = Body<"/v1/cases">;
export type CaseEvent = Body<"/v1/cases/{case_id}/events">;

/** `key`: the idempotency key; keep it on a disk to be sure across a restart of your own. `ifMatch`: the case's ETag. */
export interface Issuing {
  key?: string;
  ifMatch?: string;
  correlationId?: string;
  causationId?: string;
  /** The writer was warned of a free text, and answers that no personal details stand there. */
  freeTextChecked?: boolean;
}

/** The event is in the log. `etag`: the case as the event left it, for `ifMatch`; absent when others have written since. */
export type Recorded = Schemas["Recorded"] & { etag?: string };

/** The service has the event on its disk, and it is not in the log yet. Look at it again later. */
export class NotYetKnownError extends StafettError {
  constructor(readonly eventId: string) {
    super("the event is kept, and is not in the log yet");
  }
}

/** The rules refused an event that the service had kept: a caseworker decides. `rule`: its id. */
export class RefusedLaterError extends StafettError {
  constructor(
    readonly eventId: string,
    readonly rule: string | null,
  ) {
    super(`refused by ${rule} when it could be sent`);
  }
}

/** Open a case. Throws NotYetKnownError after `within` seconds; the same call with the same key goes on waiting. */
export async function openCase(service: Service, event: Detection, issuing: Issuing = {}, within = 60): Promise<Recorded> {
  const params = { header: headers(issuing) };
  const { data, response } = await service.POST("/v1/cases", { params, body: event });
  return untilKnown(service, data, response, within);
}

/** Issue an event about a case, and wait until it is in the log. Throws what `openCase` throws, or RefusedLaterError. */
export async function issue(
  service: Service,
  caseId: string,
  event: CaseEvent,
  issuing: Issuing = {},
  within = 60,
): Promise<Recorded> {
  const params = { path: { case_id: caseId }, header: headers(issuing) };
  const { data, response } = await service.POST("/v1/cases/{case_id}/events", { params, body: event });
  return untilKnown(service, data, response, within);
}

/** Only judge an event: nothing is stored or sent. Throws what the event itself would be answered. */
export async function dryRun(service: Service, caseId: string, event: CaseEvent, ifMatch?: string): Promise<void> {
  const header = ifMatch === undefined ? {} : { "If-Match": ifMatch };
  const params = { path: { case_id: caseId }, query: { dry_run: true }, header };
  await service.POST("/v1/cases/{case_id}/events", { params, body: event });
}

async function untilKnown(service: Service, data: unknown, response: Response, within: number): Promise<Recorded> {
  const answer = data as Partial<Schemas["Recorded"]>;
  if (typeof answer?.event_id !== "string" || typeof answer.case_id !== "string") {
    throw new BadAnswerError("no receipt", response.status);
  }
  if (response.status !== 202) {
    const etag = response.headers.get("etag");
    return { ...(answer as Schemas["Recorded"]), ...(etag === null ? {} : { etag }) };
  }
  let waited = 0;
  for (let pause = service.patience.least; waited <= within; pause = Math.min(5, pause * 2)) {
    const params = { path: { event_id: answer.event_id } };
    const state = (await service.GET("/v1/submissions/{event_id}", { params })).data!;
    const { event_id, case_id, version, sequence } = state;
    if (typeof version === "number" && typeof sequence === "number") return { event_id, case_id, version, sequence };
    if (state.status !== "pending") throw new RefusedLaterError(event_id, state.reason);
    waited += pause;
    if (waited <= within) await service.patience.sleep(pause);
  }
  throw new NotYetKnownError(answer.event_id);
}

function headers(issuing: Issuing): Record<string, string> & { "Stafett-Free-Text"?: "checked" } {
  return {
    "Idempotency-Key": issuing.key ?? randomUUID(),
    ...(issuing.ifMatch === undefined ? {} : { "If-Match": issuing.ifMatch }),
    ...(issuing.correlationId === undefined ? {} : { "X-Correlation-ID": issuing.correlationId }),
    ...(issuing.causationId === undefined ? {} : { "X-Causation-ID": issuing.causationId }),
    ...(issuing.freeTextChecked ? { "Stafett-Free-Text": "checked" as const } : {}),
  };
}
