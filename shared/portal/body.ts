import * as v from 'valibot'
import { Refusal } from './refusal'

/** Longest body that the portal reads, in bytes. */
export const longestBody = 32 * 1024
const mostFields = 50

/**
 * Reads a form (`application/x-www-form-urlencoded`); of a repeated field the first counts.
 *
 * @throws {Refusal} 413, 415, or 400 for what is no form
 */
export async function readForm(request: Request): Promise<Readonly<Record<string, string>>> {
  const text = await readText(request, 'application/x-www-form-urlencoded')
  const entries = [...new URLSearchParams(text)]
  if (entries.length > mostFields) throw new Refusal('form-expired', 400)
  const fields = new Map<string, string>()
  for (const [name, value] of entries) if (!fields.has(name)) fields.set(name, value)
  return Object.fromEntries(fields)
}

/**
 * Reads JSON.
 *
 * @throws {Refusal} 413, 415, or 400 for what is no JSON
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request, 'application/json')
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Refusal('form-expired', 400)
    throw cause
  }
}

/**
 * Checks what a form or a script sent. A field that is missing or of another shape than our own pages send is not the person's fault.
 *
 * @throws {Refusal} 400
 */
export function parseBody<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, body)
  if (!parsed.success) {
    const field = parsed.issues[0]?.path?.[0]?.key
    throw new Refusal('form-expired', 400, typeof field === 'string' ? { subject: field } : {})
  }
  return parsed.output
}

async function readText(request: Request, wanted: string): Promise<string> {
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== wanted) throw new Refusal('form-expired', 415)
  const bytes = await readBytes(request)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof TypeError) throw new Refusal('form-expired', 400)
    throw cause
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? '0') > longestBody) throw new Refusal('too-large', 413)
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  if (!reader) return new Uint8Array()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    size += value.byteLength
    if (size > longestBody) {
      await reader.cancel()
      throw new Refusal('too-large', 413)
    }
    chunks.push(value)
  }
}
