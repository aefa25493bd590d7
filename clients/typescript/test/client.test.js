// The client before a server that answers as a test says: what is sent again, what is refused, where a stream goes on.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import * as stafett from "../dist/src/index.js";
import { Events } from "../dist/src/feed.js";

const CASE = "3f28f180-37e7-4e41-ac89-6599db0e041a";
const RECORDED = { event_id: CASE, case_id: CASE, version: 1, sequence: 42 };
const SECRET = "whsec_c3RhZmV0dCB0ZWxscyB5b3UgYSBzZWNyZXQh";
const position = (number) => `4fa3b6c0d1e2f304-${number}`;
const entry = (number) => ({ kind: "event", position: position(number), version: number });
const told = (...numbers) => numbers.map((n) => `event: event\ndata: ${JSON.stringify(entry(n))}\nid: ${position(n)}\n\n`).join("");
const problem = (status, kind, more = {}) => ({
  type: `urn:x-stafett:problem:${kind}`,
  title: "No",
  status,
  detail: "It is so",
  instance: "urn:uuid:0",
  text: { en: "No.", sv: "Nej." },
  ...more,
});

/** A server that gives these answers one after the other: a status, a body and headers, or "cut". */
async function before(answers, use, options = {}) {
  const asked = [];
  const slept = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      asked.push({ url: request.url, headers: request.headers, body });
      const answer = typeof answers === "function" ? answers(request) : answers[asked.length - 1];
      if (answer === "cut") return request.socket.destroy();
      const [status, content, headers = {}, ends = true] = answer;
      response.writeHead(status, { "content-type": "application/json", ...headers });
      if (typeof content === "function") return content(response);
      response.write(typeof content === "string" ? content : JSON.stringify(content));
      return ends ? response.end() : setTimeout(() => request.socket.destroy(), 20);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const patience = { attempts: 4, least: 1, most: 20, jitter: () => 1, sleep: async (seconds) => void slept.push(seconds) };
  const service = new stafett.Service(`http://127.0.0.1:${server.address().port}/`, { token: "t", patience, ...options });
  try {
    await use(service, asked, slept);
  } finally {
    server.closeAllConnections?.();
    server.close();
  }
}

async function take(parts, most) {
  const found = [];
  for await (const part of parts) {
    found.push(part);
    if (found.length === most) break;
  }
  return found;
}

const opening = { body: { type: "VictimDetected", data: {} } };
const issuing = { params: { path: { case_id: CASE } }, body: { type: "NeedsAssessed", data: {} } };

test("an event whose answer is lost is sent again under its key", () =>
  before(["cut", [503, problem(503, "outcome-unknown")], [502, "<html>"], [201, RECORDED]], async (ngo, asked, slept) => {
    const { data } = await ngo.POST("/v1/cases", opening);
    assert.deepEqual(data, RECORDED);
    assert.equal(new Set(asked.map((one) => one.headers["idempotency-key"])).size, 1);
    assert.equal(new Set(asked.map((one) => one.body)).size, 1);
    assert.ok(asked[0].headers["idempotency-key"].length === 36 && asked[0].headers.authorization === "Bearer t");
    assert.deepEqual(slept, [1, 2, 4]);
  }));

test("a key of the caller is kept, and a dry run has none", () =>
  before(() => [201, RECORDED], async (ngo, asked) => {
    await ngo.POST("/v1/cases/{case_id}/events", { ...issuing, params: { ...issuing.params, header: { "Idempotency-Key": "k" } } });
    await ngo.POST("/v1/cases/{case_id}/events", { ...issuing, params: { ...issuing.params, query: { dry_run: true } } });
    assert.deepEqual(asked.map((one) => one.headers["idempotency-key"]), ["k", undefined]);
  }));

test("a reading of personal details is not sent again", () =>
  before(["cut"], async (ngo, asked) => {
    const reading = { params: { path: { case_id: CASE } }, body: { data_classes: ["contact"], purpose: "support" } };
    const path = "/v1/cases/{case_id}/personal-details/readings";
    await assert.rejects(ngo.POST(path, reading), (error) => error instanceof stafett.NoAnswerError && error.sent);
    assert.equal(asked.length, 1);
  }));

test("a service that says when is asked then, and not waited for too long", async () => {
  await before(() => [429, problem(429, "too-many-requests"), { "retry-after": "3" }], async (ngo, asked, slept) => {
    await assert.rejects(ngo.GET("/v1/hotline"), stafett.AskLaterError);
    assert.deepEqual([asked.length, slept], [4, [4, 5, 7]]);
  });
  await before(() => [503, problem(503, "stopping"), { "retry-after": "21" }], async (ngo, asked) => {
    await assert.rejects(ngo.GET("/v1/hotline"), stafett.AskLaterError);
    assert.equal(asked.length, 1);
  });
});

test("a refusal says the rule, in both languages", () =>
  before([[409, problem(409, "rule-refused", { rule: "R3", supplied_by: ["ngo"] })]], async (ngo) => {
    await assert.rejects(ngo.POST("/v1/cases/{case_id}/events", issuing), (error) => {
      assert.ok(error instanceof stafett.RuleRefusedError && error.problem.text.sv === "Nej.");
      assert.deepEqual([error.problem.rule, error.problem.supplied_by], ["R3", ["ngo"]]);
      return true;
    });
  }));

test("answers that no service gives are errors that show nothing", async () => {
  const bad = [[404, "Maria"], [302, "", { location: "http://127.0.0.1:1/" }], [404, problem(200, "not-found")], [409, { type: 7 }]];
  for (const answer of bad) {
    await before([answer], async (ngo, asked) => {
      await assert.rejects(ngo.GET("/v1/hotline"), (error) => error instanceof stafett.BadAnswerError && !`${error.stack}`.includes("Maria"));
      assert.equal(asked.length, 1);
    });
  }
});

test("ten megabytes, or an answer without end, are not read", async () => {
  await before([[200, "x".repeat(10_000_000)]], (ngo) => assert.rejects(ngo.GET("/v1/hotline"), stafett.AnswerTooLargeError));
  let written = 0;
  const endless = (response) => {
    const more = () => {
      written += 1;
      if (!response.destroyed && response.write("x".repeat(65536))) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  };
  await before([[200, endless]], (ngo) => assert.rejects(ngo.GET("/v1/hotline"), stafett.AnswerTooLargeError), { mostBytes: 1_000_000 });
  assert.ok(written < 500);
});

test("the feed leads on to its end, and asks for less where a part is too large", () =>
  before(
    (request) => {
      const asked = new URL(request.url, "http://x").searchParams;
      if (Number(asked.get("limit")) > 25) return [200, "x".repeat(5000)];
      const number = Number(asked.get("after").split("-")[1] ?? 0) + 1;
      return [200, { items: number > 3 ? [] : [entry(number)], next: position(Math.min(number, 3)), more: number < 3 }];
    },
    async (ngo, asked) => {
      const parts = await take(stafett.follow(ngo, { wait: 0, types: ["event"] }));
      assert.deepEqual(parts.map((part) => part.position), [1, 2, 3].map(position));
      assert.ok(asked.at(-1).url.includes("types=event"));
    },
    { mostBytes: 2000 },
  ));

test("a feed that leads nowhere, or is none, is found out", async () => {
  for (const page of [{ items: [entry(1)], next: position(1), more: false }, { items: 7, next: "", more: false }, { items: ["x"], next: "", more: true }]) {
    await before([[200, page]], (ngo) => assert.rejects(take(stafett.follow(ngo, { after: position(1) })), stafett.BadAnswerError));
  }
});

test("a feed that went back says where to begin", async () => {
  for (const read of [stafett.follow, stafett.stream]) {
    await before([[410, problem(410, "feed-rolled-back", { begin: position(3) })]], (ngo) =>
      assert.rejects(take(read(ngo, { after: position(7) })), (error) => error instanceof stafett.FeedWentBackError && error.begin === position(3)),
    );
  }
});

test("a stream goes on where it broke", () =>
  before(
    [
      [200, `: ping\n\n${told(1, 2)}${told(3).slice(0, 40)}`, {}, false],
      "cut",
      [503, problem(503, "too-many-listeners"), { "retry-after": "10" }],
      [200, told(3)],
      [200, told(4)],
    ],
    async (ngo, asked, slept) => {
      const parts = await take(stafett.stream(ngo), 4);
      assert.deepEqual(parts.map((part) => part.entries[0].version), [1, 2, 3, 4]);
      assert.deepEqual(asked.map((one) => one.headers["last-event-id"]), [undefined, position(2), position(2), position(2), position(3)]);
      assert.deepEqual(slept, [1, 2, 14, 1]);
    },
  ));

test("an endless stream without an entry ends", async () => {
  for (const chunk of ["x".repeat(65536), `: ${"x".repeat(65536)}\n`, "\n".repeat(65536)]) {
    const events = new Events(1024 * 1024);
    assert.throws(() => {
      for (let n = 0; n < 100; n++) for (const _ of events.read(Buffer.from(chunk)));
    }, stafett.AnswerTooLargeError);
  }
});

test("events are the same however the stream is cut", () => {
  const content = Buffer.from(": hello\n\nid: 1\r\ndata: å\ndata:b\n\n: x\nevent: e\ndata: c\nid: 2\n\nid: 3\n\n");
  for (let cut = 1; cut < content.length; cut++) {
    const events = new Events(1000);
    const found = [];
    for (let at = 0; at < content.length; at += cut) found.push(...events.read(content.subarray(at, at + cut)));
    assert.deepEqual(found, [{ id: "1", data: "å\nb" }, { id: "2", data: "c" }]);
  }
});

test("a position file is whole, and holds nothing else", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "stafett-")), "position");
  const kept = new stafett.PositionFile(path);
  assert.equal(await kept.load(), "");
  await kept.save(position(2));
  assert.equal(await kept.load(), position(2));
  await writeFile(path, "a b");
  await assert.rejects(kept.load(), TypeError);
});

test("a message of a webhook is read, and everything else is refused", () => {
  const body = JSON.stringify({ id: "msg_1", source: "urn:x", type: "t", subject: CASE, time: "2024-03-05T08:20:00Z", data: {} });
  const signed = (content, { id = "msg_1", ago = 0, secret = SECRET } = {}) => {
    const at = Math.floor(Date.now() / 1000) - ago;
    const key = Buffer.from(secret.slice(6), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${at}.${content}`).digest("base64");
    return { "Webhook-Id": id, "webhook-timestamp": `${at}`, "webhook-signature": `v1,${signature}` };
  };
  const former = "whsec_Zm9ybWVyIHNlY3JldCwgb2Ygc29tZSBsZW5ndGg=";
  const receiver = new stafett.Receiver([SECRET, former]);
  assert.equal(receiver.read(Buffer.from(body), signed(body)).subject, CASE);
  assert.equal(receiver.read(body, signed(body, { secret: former })).id, "msg_1");
  const other = signed(body, { id: "msg_2" });
  const large = `${body.slice(0, -1)},"more":"${"x".repeat(1_000_000)}"}`;
  for (const [content, headers] of [[`${body} `, signed(body)], [body, {}], [body, signed(body, { ago: 400 })], [body, signed(body, { ago: -400 })], [body, other], ["[]", signed("[]")], [large, signed(large)], [body, { ...signed(body), "webhook-signature": "v1" }]]) {
    assert.throws(() => receiver.read(content, headers), stafett.WebhookRefusedError);
  }
  assert.throws(() => new stafett.Receiver([]), TypeError);
});
