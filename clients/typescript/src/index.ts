// A client of a Stafett service, for an agency's own systems. docs/clients.md shows what it does.

export * from "./errors.js";
export { type Asked, type Entry, type FeedPart, follow, PositionFile, stream } from "./feed.js";
export {
  type CaseEvent,
  type Detection,
  dryRun,
  issue,
  type Issuing,
  NotYetKnownError,
  openCase,
  type Recorded,
  RefusedLaterError,
} from "./issuing.js";
export { type Patience } from "./patience.js";
export type { components, operations, paths } from "./schema.js";
export { type Options, Service } from "./service.js";
export { type Message, Receiver } from "./webhooks.js";
