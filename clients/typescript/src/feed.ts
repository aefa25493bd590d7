// The feed: by long polls or as a stream, from a position, again from where it was after any break.

import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

import { AnswerTooLargeError, BadAnswerError, errorOf } from "./errors.js";
import { asNoAnswer, pauseAfter, textOf } from "./patience.js";
import type { components } from "./schema.js";
import type { Service } from "./service.js";

export type Entry = components["schemas"]["FeedPage"]["items"][number];

/** Some entries, and the position after them. Keep both together; an entry may come again. */
export interface FeedPart {
  entries: Entry[];
  position: string;
}

export interface Asked {
  /** Only what follows this position; empty: from the beginning. */
  after?: string;
  /** Names of events, or kinds of entries; none: all. */
  types?: string[];
  /** How many entries a part has at most. */
  limit?: number;
  /** For how many seconds the service waits for an entry, to 30; 0: end where the feed ends now. */
  wait?: number;
}

const POSITION = /^[!-~]{1,100}$/;
const MOST = 1024 * 1024;
const SILENT = 45_000;

/** The feed, part by part, by long polls. Throws FeedWentBackError when the service no longer has the position. */
export async function* follow(service: Service, asked: Asked = {}): AsyncGenerator<FeedPart, void> {
  let position = asked.after ?? "";
  let limit = asked.limit ?? 100;
  const wait = asked.wait ?? 30;
  const types = asked.types?.join(",");
  for (;;) {
    let page: components["schemas"]["FeedPage"];
    try {
      const query = { after: position, limit, wait, ...(types ? { types } : {}) };
      page = pageIn((await service.GET("/v1/feed", { params: { query } })).data);
    } catch (error) {
      if (!(error instanceof AnswerTooLargeError) || limit === 1) throw error;
      limit = Math.floor(limit / 2);
      continue;
    }
    const moved = page.next !== position;
    if (page.items.length > 0) {
      if (!moved) throw new BadAnswerError("a part of the feed that leads nowhere", 200);
      yield { entries: page.items, position: page.next };
    }
    position = page.next;
    if (!page.more && wait === 0) return;
    if (page.items.length === 0 && !(moved && page.more)) await service.patience.sleep(service.patience.least);
  }
}

/** The feed as server-sent events: each entry is a part of its own. A stream that ends is taken up where it was. */
export async function* stream(service: Service, asked: Asked = {}): AsyncGenerator<FeedPart, void> {
  let position = asked.after ?? "";
  let failures = 0;
  for (;;) {
    let pause: number | undefined = 1;
    try {
      for await (const part of once(service, position, () => (failures = 0), asked.types)) {
        yield part;
        position = part.position;
      }
    } catch (error) {
      failures += 1;
      pause = pauseAfter(error, failures, service.patience, true);
      if (pause === undefined) throw error;
    }
    await service.patience.sleep(pause);
  }
}

/** One stream, until it ends. `heard` is called when something comes, also when it is only a sign of life. */
async function* once(
  service: Service,
  position: string,
  heard: () => void,
  types?: string[],
): AsyncGenerator<FeedPart, void> {
  const url = new URL(`${service.url.replace(/\/$/, "")}/v1/feed/stream`);
  if (types?.length) url.searchParams.set("types", types.join(","));
  const headers = { Accept: "text/event-stream", ...(position ? { "Last-Event-ID": position } : {}) };
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENT);
  try {
    const response = await service.sendOnce(new Request(url, { headers }), silence.signal);
    if (!response.ok) throw errorOf(response.status, response.headers, await textOf(response, service.mostBytes));
    const events = new Events(MOST);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENT);
      heard();
      for (const event of events.read(chunk)) yield { entries: [entryIn(event.data)], position: event.id };
    }
  } catch (error) {
    throw asNoAnswer(error);
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Finds server-sent events in a stream, however it is cut. `most`: the bytes after which an event must have come. */
export class Events {
  private rest = Buffer.alloc(0);
  private since = 0;
  private data: string[] = [];
  private id = "";

  constructor(private readonly most: number) {}

  /** The events that are whole with these bytes. Throws BadAnswerError when none comes for too long. */
  *read(chunk: Uint8Array): Generator<{ id: string; data: string }> {
    this.since += chunk.byteLength;
    this.rest = Buffer.concat([this.rest, chunk]);
    let begin = 0;
    for (let end = this.rest.indexOf(10); end >= 0; end = this.rest.indexOf(10, begin)) {
      yield* this.line(this.rest.toString("utf8", begin, end).replace(/\r$/, ""));
      begin = end + 1;
    }
    this.rest = this.rest.subarray(begin);
    if (this.since > this.most) throw new AnswerTooLargeError("a stream without an event", 200);
  }

  private *line(line: string): Generator<{ id: string; data: string }> {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (line.startsWith("data:")) this.data.push(value);
    else if (line.startsWith("id:")) this.id = value;
    else if (line === "" && this.data.length > 0) {
      const event = { id: this.id, data: this.data.join("\n") };
      this.data = [];
      this.since = 0;
      if (!POSITION.test(event.id)) throw new BadAnswerError("an entry without a position", 200);
      yield event;
    }
  }
}

/** Keeps a position in a file, which always has the former position or the new one. */
export class PositionFile {
  constructor(private readonly path: string) {}

  /** The position; empty when there is no file. Throws when the file holds something else. */
  async load(): Promise<string> {
    try {
      const position = (await readFile(this.path, "ascii")).trim();
      if (position !== "" && !POSITION.test(position)) throw new TypeError(`${this.path} holds no position`);
      return position;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }

  /** Keep the position: when this resolves, it survives a power cut. */
  async save(position: string): Promise<void> {
    const partial = await open(`${this.path}.partial`, "w");
    try {
      await partial.writeFile(position, "ascii");
      await partial.sync();
    } finally {
      await partial.close();
    }
    await rename(`${this.path}.partial`, this.path);
    const folder = await open(dirname(this.path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function pageIn(data: unknown): components["schemas"]["FeedPage"] {
  const page = data as components["schemas"]["FeedPage"];
  const fits = typeof data === "object" && data !== null && Array.isArray(page.items) && page.items.every(isEntry);
  if (!fits || typeof page.next !== "string" || (page.next !== "" && !POSITION.test(page.next))) {
    throw new BadAnswerError("no part of a feed", 200);
  }
  return page;
}

function entryIn(text: string): Entry {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    entry = undefined;
  }
  if (!isEntry(entry)) throw new BadAnswerError("no entry of a feed", 200);
  return entry;
}

function isEntry(entry: unknown): entry is Entry {
  return typeof entry === "object" && entry !== null && typeof (entry as Entry).kind === "string";
}
