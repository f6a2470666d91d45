/** The AMQP 1.0 library, and the few values of the protocol that it leaves to its users. */
import { createRequire } from 'node:module'
import type { AmqpError, Container } from 'rhea'

/** CommonJS whose export is an instance: Node finds no named exports in it. */
export const rhea = createRequire(import.meta.url)('rhea') as Container

const { types } = rhea

/** Outcome `accepted` (AMQP 1.0 §3.4.2), as the state of a disposition that the broker sends. */
export const accepted = (): unknown => types.described_nc(types.wrap_ulong(0x24), types.wrap_list([]))

/** Outcome `rejected` (§3.4.3): what was asked for did not happen, and why. */
export const rejected = (error: AmqpError): unknown =>
  types.described_nc(types.wrap_ulong(0x25), types.wrap_list([types.wrap_error(error)]))

/** A 64-bit integer, big-endian: sequence numbers of partitioned queues do not fit a number. */
export function longBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

/** What the library made of a 64-bit integer: a number while that is exact, else its eight bytes. */
export function longOf(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
  return Buffer.isBuffer(value) && value.length === 8 ? value.readBigInt64BE() : undefined
}
