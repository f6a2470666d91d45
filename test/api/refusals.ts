/** What every refusal of the app looks like. */
import { expect } from 'vitest'
import type { Reply } from './browser'

/** A page of ours: with a heading, and with the rules for what it may load. */
export function expectPage(reply: Reply, status: number): void {
  expect([reply.status, reply.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8'])
  expect(reply.headers['content-security-policy']).toContain("default-src 'none'")
  expect(reply.body).toMatch(/<h1/)
}

/** An error of ours for a script or a machine. */
export function expectJson(reply: Reply, status: number): void {
  expect([reply.status, reply.headers['content-type']]).toEqual([status, expect.stringMatching(/^application\/json/)])
  expect(JSON.parse(reply.body)).toMatchObject({ error: { code: expect.stringMatching(/./) } })
}
