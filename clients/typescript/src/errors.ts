// The errors of the client. Each says who has to act, and shows nothing of what was sent or answered.

import type { components } from "./schema.js";

type Schemas = components["schemas"];
/** A problem as a service tells it (RFC 9457), with a rule's objection or with what does not fit, where there is some. */
export type Problem = Schemas["Problem"] &
  Partial<Omit<Schemas["Refusal"], keyof Schemas["Problem"]>> &
  Partial<Omit<Schemas["Invalid"], keyof Schemas["Problem"]>> & { begin?: string };

/** Base of all that the client throws. */
export class StafettError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** No answer came. Do the same call again, under the same key: it is done once. `sent`: the service can have got it. */
export class NoAnswerError extends StafettError {
  constructor(
    reason: string,
    readonly sent: boolean,
  ) {
    super(`no answer: ${reason}`);
  }
}

/** An answer that no service gives. It is not shown. */
export class BadAnswerError extends StafettError {
  constructor(
    reason: string,
    readonly status = 0,
  ) {
    super(`${reason} (status ${status})`);
  }
}

/** An answer of more bytes than the client reads: ask for less at once. */
export class AnswerTooLargeError extends BadAnswerError {}

/** A message that is not signed by the secret, or not now: answer 401, and keep nothing of it. */
export class WebhookRefusedError extends StafettError {}

/** The service does not do what was asked. `problem` says why, `problem.text` in English and Swedish. */
export class ProblemError extends StafettError {
  constructor(
    readonly problem: Problem,
    readonly retryAfter: number | undefined,
  ) {
    super(`${problem.status} ${problem.title}: ${problem.detail}`);
  }

  /** The end of the problem's type, such as `rule-refused`. */
  get kind(): string {
    return this.problem.type.slice(this.problem.type.lastIndexOf(":") + 1);
  }
}

/** A rule objects: `problem.rule`, `problem.missing` and `problem.supplied_by` say which, what and who. */
export class RuleRefusedError extends ProblemError {}

/** The service cannot now, and has done nothing. Ask again after `retryAfter` seconds. */
export class AskLaterError extends ProblemError {}

/** The event may be recorded or not. Do the same call again, under the same key. */
export class OutcomeNotKnownError extends ProblemError {}

/** The service's store was rolled back. Read on from `begin`; where it is empty, drop what is kept. */
export class FeedWentBackError extends ProblemError {
  get begin(): string {
    return this.problem.begin ?? "";
  }
}

const KINDS: Record<string, typeof ProblemError> = {
  "rule-refused": RuleRefusedError,
  "outcome-unknown": OutcomeNotKnownError,
  "feed-rolled-back": FeedWentBackError,
  "idempotency-key-in-flight": AskLaterError,
};

/** The error that an answer tells which is not good. */
export function errorOf(status: number, headers: Headers, body: string): StafettError {
  const problem = problemIn(body);
  if (problem?.status !== status) return new BadAnswerError("neither an answer nor a problem of a service", status);
  const asked = headers.get("retry-after") ?? "";
  const retryAfter = /^[0-9]{1,9}$/.test(asked) ? Number(asked) : undefined;
  const kind = problem.type.slice(problem.type.lastIndexOf(":") + 1);
  const found = KINDS[kind] ?? (status === 429 || status === 503 ? AskLaterError : ProblemError);
  return new found(problem, retryAfter);
}

function problemIn(body: string): Problem | undefined {
  try {
    const read: unknown = JSON.parse(body);
    const texts = ["type", "title", "detail"] as const;
    const one = read as Problem;
    const fits = typeof read === "object" && read !== null && texts.every((name) => typeof one[name] === "string");
    return fits && typeof one.text?.en === "string" && typeof one.text?.sv === "string" ? one : undefined;
  } catch {
    return undefined;
  }
}
