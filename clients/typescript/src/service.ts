// A service: every path of its OpenAPI document as a typed call, with idempotency keys, patience and typed problems.

import { randomUUID } from "node:crypto";
import createClient, { type Client, type Middleware } from "openapi-fetch";

import { errorOf } from "./errors.js";
import { asNoAnswer, PATIENCE, type Patience, pauseAfter, textOf } from "./patience.js";
import type { paths } from "./schema.js";

type HeadersOfPost<P extends keyof paths> = paths[P] extends { post: { parameters: { header?: infer H } } }
  ? NonNullable<H>
  : never;
type KeysOf<H> = [H] extends [never] ? never : keyof H;
/** The paths whose POST takes an idempotency key. */
type Keyed = {
  [P in keyof paths]: "Idempotency-Key" extends KeysOf<HeadersOfPost<P>> ? P : never;
}[keyof paths];

// The compiler refuses a list that differs from the document.
const KEYED: Record<Keyed, true> = {
  "/v1/cases": true,
  "/v1/cases/{case_id}/events": true,
  "/v1/cases/{case_id}/erasures": true,
  "/v1/cases/{case_id}/personal-details": true,
  "/v1/directory/events": true,
};
const SAFE_AGAIN = ["/v1/tasks/{task_id}/done", "/v1/needs-attention/{event_id}/dismissed"];

export interface Options {
  /** The bearer token, or a function that gives the present one. */
  token: string | (() => string | Promise<string>);
  patience?: Partial<Patience>;
  /** The largest answer that is read, in bytes; eight megabytes when left out. */
  mostBytes?: number;
  /** Within how many seconds an answer must have come; sixty when left out. */
  within?: number;
}

/** An agency's service. `GET`, `POST` and the others are those of openapi-fetch; an answer that is not good is thrown. */
export class Service {
  readonly patience: Patience;
  readonly mostBytes: number;
  readonly calls: Client<paths>;

  constructor(
    readonly url: string,
    private readonly options: Options,
  ) {
    this.patience = { ...PATIENCE, ...options.patience };
    this.mostBytes = options.mostBytes ?? 8 * 1024 * 1024;
    this.calls = createClient<paths>({
      baseUrl: url.replace(/\/$/, ""),
      fetch: (request) => this.patiently(request),
      querySerializer: { array: { style: "form", explode: false } },
    });
    this.calls.use(keys);
  }

  get GET(): Client<paths>["GET"] {
    return this.calls.GET;
  }
  get POST(): Client<paths>["POST"] {
    return this.calls.POST;
  }
  get PATCH(): Client<paths>["PATCH"] {
    return this.calls.PATCH;
  }
  get DELETE(): Client<paths>["DELETE"] {
    return this.calls.DELETE;
  }

  /** Sends a request once; its answer is not read. Throws NoAnswerError. */
  async sendOnce(request: Request, signal: AbortSignal): Promise<Response> {
    const token = typeof this.options.token === "string" ? this.options.token : await this.options.token();
    request.headers.set("Authorization", `Bearer ${token}`);
    request.headers.set("Accept-Encoding", "identity");
    try {
      return await fetch(request, { redirect: "manual", signal });
    } catch (error) {
      throw asNoAnswer(error);
    }
  }

  private async patiently(request: Request): Promise<Response> {
    const again = repeatable.has(request);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.whole(request.clone());
      } catch (error) {
        const pause = pauseAfter(error, attempt, this.patience, again);
        if (pause === undefined) throw error;
        await this.patience.sleep(pause);
      }
    }
  }

  /** The whole of a good answer. Throws the error that another one tells. */
  private async whole(request: Request): Promise<Response> {
    const response = await this.sendOnce(request, AbortSignal.timeout((this.options.within ?? 60) * 1000));
    let text: string;
    try {
      text = await textOf(response, this.mostBytes);
    } catch (error) {
      throw asNoAnswer(error);
    }
    if (!response.ok) throw errorOf(response.status, response.headers, text);
    return new Response(text === "" ? null : text, { status: response.status, headers: response.headers });
  }
}

/** The requests that are safe to send again, from one hook of openapi-fetch to the other. */
const repeatable = new WeakSet<Request>();

/** Gives each write a key, which all its attempts share, and marks the requests that are safe to send again. */
const keys: Middleware = {
  onRequest({ request, schemaPath, params }) {
    const keyed = request.method === "POST" && schemaPath in KEYED;
    const dry = (params.query as { dry_run?: boolean } | undefined)?.dry_run === true;
    if (keyed && !dry && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", randomUUID());
    }
    const safe = request.method === "GET" || request.method === "PATCH" || SAFE_AGAIN.includes(schemaPath);
    if (safe || keyed) repeatable.add(request);
    return request;
  },
};
