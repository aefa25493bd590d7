// How often, and after which pauses, a request is sent again; and how much of an answer is read.

import { AnswerTooLargeError, AskLaterError, BadAnswerError, NoAnswerError, OutcomeNotKnownError } from "./errors.js";

/** `least` and `most`: the first and the longest pause, in seconds. A service that asks for longer is not waited for. */
export interface Patience {
  attempts: number;
  least: number;
  most: number;
  /** A number from 0 to 1 for each pause. */
  jitter: () => number;
  /** Waits for some seconds. */
  sleep: (seconds: number) => Promise<void>;
}

export const PATIENCE: Patience = {
  attempts: 8,
  least: 0.25,
  most: 30,
  jitter: Math.random,
  sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
};

/** The seconds after which the same request may help; undefined when it does not, or is not safe to send again. */
export function pauseAfter(
  error: unknown,
  attempt: number,
  patience: Patience,
  repeatable: boolean,
): number | undefined {
  const again =
    error instanceof NoAnswerError
      ? repeatable || !error.sent
      : error instanceof OutcomeNotKnownError
        ? repeatable
        : error instanceof BadAnswerError
          ? repeatable && [502, 503, 504].includes(error.status)
          : error instanceof AskLaterError;
  const asked = error instanceof AskLaterError || error instanceof OutcomeNotKnownError ? error.retryAfter ?? 0 : 0;
  if (!again || attempt >= patience.attempts || asked > patience.most) return undefined;
  const longest = Math.min(patience.most, patience.least * 2 ** Math.min(attempt - 1, 30));
  return asked + longest * (0.5 + patience.jitter() / 2);
}

/** The whole text of an answer. Throws AnswerTooLargeError when it has more bytes than `most`. */
export async function textOf(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > most) throw new AnswerTooLargeError(`more than ${most} bytes`, response.status);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What went wrong with a connection, as an error of the client. Others stay as they are. */
export function asNoAnswer(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof NoAnswerError || error instanceof BadAnswerError) return error;
  const cause = (error as { cause?: { code?: string } }).cause?.code ?? error.name;
  const reached = !["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"].includes(cause);
  const ofTheConnection = error instanceof TypeError || error.name === "TimeoutError" || error.name === "AbortError";
  return ofTheConnection ? new NoAnswerError(cause, reached) : error;
}
