import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { HostError, messageOf } from './errors'
import { parseJsonWithComments } from './json'
import { readOptional } from './settings'
import { parseTimeSpan } from './time-span'

/** What of `host.json` has an effect here; intervals in milliseconds. */
export interface HostConfig {
  routePrefix: string
  customHeaders: Readonly<Record<string, string>>
  /** `Infinity` when unbounded. */
  functionTimeoutMs: number
  /** Category (`default`, `Function`, `Function.NAME`, `Function.NAME.User`) to lowest level shown, such as `Information`. */
  logLevels: Readonly<Record<string, string>>
  queues: QueueConfig
  serviceBus: BusConfig
}

/** `extensions.queues` with the defaults of Microsoft.Azure.WebJobs.Extensions.Storage.Queues 5.x. */
export interface QueueConfig {
  maxPollingIntervalMs: number
  visibilityTimeoutMs: number
  batchSize: number
  newBatchThreshold: number
  maxDequeueCount: number
  messageEncoding: 'base64' | 'none'
  /** How long a message is hidden while its function runs; renewed at half of it. No setting changes it in Azure. */
  hiddenSeconds: number
}

/** `extensions.serviceBus` with the defaults of Microsoft.Azure.WebJobs.Extensions.ServiceBus 5.x, as far as it has an effect here. */
export interface BusConfig {
  autoCompleteMessages: boolean
  maxAutoLockRenewalDurationMs: number
  /** Of one instance. */
  maxConcurrentCalls: number
}

const interval = v.pipe(
  v.string(),
  v.check((text) => parseTimeSpan(text) !== undefined, 'expected an interval such as 00:00:30'),
  v.transform((text) => parseTimeSpan(text) ?? 0),
)
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

const QueuesSection = v.object({
  maxPollingInterval: v.optional(interval, '00:01:00'),
  visibilityTimeout: v.optional(interval, '00:00:00'),
  batchSize: v.optional(whole(1, 32), 16),
  newBatchThreshold: v.optional(whole(0, 1000)),
  maxDequeueCount: v.optional(whole(1, 1000), 5),
  messageEncoding: v.optional(v.pipe(v.string(), v.toLowerCase(), v.picklist(['base64', 'none'])), 'base64'),
})

const ServiceBusSection = v.object({
  autoCompleteMessages: v.optional(v.boolean(), true),
  maxAutoLockRenewalDuration: v.optional(interval, '00:05:00'),
  maxConcurrentCalls: v.optional(whole(1, 10_000), 16 * availableParallelism()),
})

const HostJson = v.object({
  version: v.literal('2.0', "'version' must be '2.0' (the version of this file's schema, not of the runtime)"),
  functionTimeout: v.optional(v.nullable(v.union([v.literal('-1'), interval]))),
  logging: v.optional(v.object({ logLevel: v.optional(v.record(v.string(), v.string())) })),
  extensions: v.optional(
    v.object({
      http: v.optional(
        v.object({ routePrefix: v.optional(v.string()), customHeaders: v.optional(v.record(v.string(), v.string())) }),
      ),
      queues: v.optional(QueuesSection, {}),
      serviceBus: v.optional(ServiceBusSection, {}),
    }),
    {},
  ),
})

const halfAnHour = 30 * 60_000

/**
 * Reads `host.json`; an absent file means defaults.
 *
 * @throws {HostError} `host_json_invalid` naming the property
 * @see "host.json reference for Azure Functions 2.x and later"; Azure/azure-functions-host `HostJsonFileConfigurationSource`
 */
export function readHostJson(appRoot: string): HostConfig {
  const parsed = v.safeParse(HostJson, parseFile(readOptional(join(appRoot, 'host.json')) ?? '{"version":"2.0"}'))
  if (!parsed.success) {
    const found = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`)
    throw new HostError('host_json_invalid', `host.json: ${found.join('; ')}`)
  }
  const { functionTimeout, logging, extensions } = parsed.output
  const { maxPollingInterval, visibilityTimeout, batchSize, newBatchThreshold, ...queues } = extensions.queues
  const { maxAutoLockRenewalDuration, ...bus } = extensions.serviceBus
  return {
    routePrefix: (extensions.http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    customHeaders: extensions.http?.customHeaders ?? {},
    functionTimeoutMs: functionTimeout === '-1' ? Number.POSITIVE_INFINITY : (functionTimeout ?? halfAnHour),
    logLevels: logging?.logLevel ?? {},
    queues: {
      ...queues,
      batchSize,
      maxPollingIntervalMs: Math.max(maxPollingInterval, 100),
      visibilityTimeoutMs: visibilityTimeout,
      newBatchThreshold: newBatchThreshold ?? Math.floor(batchSize / 2),
      hiddenSeconds: 600,
    },
    serviceBus: { ...bus, maxAutoLockRenewalDurationMs: maxAutoLockRenewalDuration },
  }
}

function parseFile(text: string): unknown {
  try {
    return parseJsonWithComments(text)
  } catch (cause) {
    throw new HostError('host_json_invalid', `host.json is not JSON: ${messageOf(cause)}`, { cause })
  }
}
