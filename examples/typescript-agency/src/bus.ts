/** The connection to the brokers: what one agency may ask of them. */

import { existsSync, readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Msg, type NatsConnection, connect, credsAuthenticator, headers } from "@nats-io/transport-node";
import { utf8 } from "./bytes.js";
import type { Headers, Message } from "./envelope.js";
import { type AppendOutcome, Delivery, outcomeOf } from "./log.js";

const ANSWER_WITHIN = 2000;
const NANOSECONDS = 1_000_000_000;

/** Headers of a message: those of NATS itself left out, the last of several with one name. */
function headersOf(message: Msg): Headers {
  const found: Headers = {};
  for (const [name, values] of message.headers ?? []) found[name] = values.at(-1) ?? "";
  return found;
}

export class Bus {
  private constructor(
    readonly agency: string,
    /** The name of this program's consumers: the agency's, or the agency's with the program's name behind it. */
    private readonly name: string,
    private readonly nats: NatsConnection,
  ) {}

  /** Connects with what stands in an agency's folder: credentials, and the files for TLS. */
  static async join(agency: string, server: string, home: string, program: string | null): Promise<Bus> {
    const tls = (part: string): string => join(home, `broker-${part}.pem`);
    const own = existsSync(tls("key")) ? { certFile: tls("certificate"), keyFile: tls("key") } : {};
    const name = program === null ? agency : `${agency}_${program}`;
    const credentials = program === null ? "broker.creds" : `broker-${program}.creds`;
    const nats = await connect({
      servers: server,
      authenticator: credsAuthenticator(readFileSync(join(home, credentials))),
      inboxPrefix: `_INBOX_${agency}`,
      tls: { caFile: tls("ca"), ...own },
      name: `${agency} in TypeScript`,
    });
    return new Bus(agency, name, nats);
  }

  close(): Promise<void> {
    return this.nats.close();
  }

  private async ask(subject: string, request: object): Promise<any> {
    const answer = await this.nats.request(subject, JSON.stringify(request), { timeout: ANSWER_WITHIN });
    return JSON.parse(answer.string());
  }

  /** Follows the log from its first message. */
  followLog(take: (message: Message, sequence: number) => void): Promise<number> {
    return this.follow("CASES", `replica-${this.name}`, null, take);
  }

  /** Follows the grants to this agency, from the oldest that still exists. */
  followGrants(take: (message: Message) => void): Promise<number> {
    return this.follow("KEYS", `keys-${this.name}`, `key.*.*.*.${this.agency}.>`, take);
  }

  /** Returns how many messages wait, when the consumer exists; then `take` gets each message in turn. A fault ends the connection. */
  private async follow(
    stream: string,
    consumer: string,
    filter: string | null,
    take: (message: Message, sequence: number) => void,
  ): Promise<number> {
    const place = `deliver.${this.agency}.${randomUUID().replaceAll("-", "")}`;
    const delivery = new Delivery(stream, consumer, filter === null ? 0 : null);
    this.nats.subscribe(place, {
      callback: (error, message) => {
        if (error !== null) return this.fail(error);
        const reply = message.reply ?? "";
        if (reply.startsWith("$JS.FC.")) return this.nats.publish(reply);
        const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
        if (!reply.startsWith("$JS.ACK.")) return stalled.startsWith("$JS.FC.") ? this.nats.publish(stalled) : undefined;
        try {
          const sequence = delivery.sequence(reply);
          if (sequence === null) return; // another's consumer sends to us
          take({ subject: message.subject, headers: headersOf(message), data: Buffer.from(message.data) }, sequence);
        } catch (fault) {
          this.fail(fault);
        }
      },
    });
    await this.ask(`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`, {});
    const config = {
      name: consumer,
      deliver_subject: place,
      deliver_policy: "by_start_sequence",
      opt_start_seq: 1,
      ack_policy: "none",
      flow_control: true,
      idle_heartbeat: 2 * NANOSECONDS,
      inactive_threshold: 30 * NANOSECONDS,
      mem_storage: true,
      num_replicas: 1,
      ...(filter === null ? {} : { filter_subject: filter }),
    };
    const filtered = filter === null ? "" : `.${filter}`;
    const made = await this.ask(`$JS.API.CONSUMER.CREATE.${stream}.${consumer}${filtered}`, { stream_name: stream, config });
    if (made.error !== undefined) throw new Error(`no consumer: ${made.error.description}`);
    return made.num_pending;
  }

  private fail(fault: unknown): void {
    console.error(`the log cannot be followed: ${fault}`);
    process.exitCode = 1;
    void this.nats.close();
  }

  /** The place of the log's last message, 0 when there is none; that of a case's with its id. */
  async last(caseId: string | null = null): Promise<number> {
    const about = caseId === null ? "case.*.*.*" : `case.${caseId}.>`;
    const answer = await this.ask("$JS.API.STREAM.MSG.GET.CASES", { last_by_subj: about });
    if (answer.error?.err_code === 10037) return 0;
    if (answer.error !== undefined) throw new Error(answer.error.description);
    return answer.message.seq;
  }

  /** Appends an event, if the case's last message is at `expected`. `lost`: act as if no answer came. */
  async append(message: Message & { headers: Headers }, caseId: string, expected: number, lost = false): Promise<AppendOutcome> {
    const all = headers();
    for (const [name, value] of Object.entries(message.headers)) all.append(name, value);
    all.append("Nats-Expected-Last-Subject-Sequence", String(expected));
    all.append("Nats-Expected-Last-Subject-Sequence-Subject", `case.${caseId}.>`);
    try {
      const answer = await this.nats.request(message.subject, message.data, { headers: all, timeout: ANSWER_WITHIN });
      return outcomeOf(lost ? null : answer.string());
    } catch (error) {
      if (/permission/i.test(String(error))) throw new Error("the broker lets this agency not publish there");
      return outcomeOf(null);
    }
  }

  /** Puts a grant into the stream KEYS. Nobody can replace what a subject holds. */
  async put(subject: string, data: string): Promise<void> {
    const answer = await this.nats.request(subject, utf8(data), { timeout: ANSWER_WITHIN });
    const { error } = JSON.parse(answer.string());
    if (error !== undefined && error.err_code !== 10077) throw new Error(`grant not taken: ${error.description}`);
  }
}
