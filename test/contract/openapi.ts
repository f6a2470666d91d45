/** The published contracts (`docs/api`), and a recorder that stands between an adapter and a stand-in and holds both to them. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Ajv2020 } from 'ajv/dist/2020'

type Json = Record<string, unknown>
const methods = ['get', 'put', 'post', 'patch', 'delete'] as const

/** One operation of a contract. */
export interface Operation {
  id: string
  method: string
  /** As in the document, such as `/authorisations/{id}/void`. */
  template: string
  statuses: readonly string[]
  /** What is wrong with a request; empty: nothing. */
  checkRequest(request: { headers: Record<string, string>; params: Record<string, string>; body: unknown }): string[]
  /** What is wrong with an answer. */
  checkAnswer(status: number, headers: Record<string, string>, body: unknown): string[]
}

export interface Contract {
  document: Json
  operations: readonly Operation[]
  /** The operation that a request asks for, with the values of its path. */
  find(method: string, path: string): { operation: Operation; params: Record<string, string> } | undefined
  /** What a `$ref` leads to; a node without one is itself. Throws when it leads nowhere. */
  resolve(node: unknown): Json
  /** Says what is wrong with a value by a schema of the document. */
  check(schema: Json, value: unknown): string[]
}

const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {})

/** Reads a contract with a partner. */
export function loadContract(name: string): Contract {
  return readContract(new URL(`../../docs/api/${name}.openapi.json`, import.meta.url), name)
}

/** Reads a contract from its file. */
export function readContract(file: URL, name: string): Contract {
  const document = object(JSON.parse(readFileSync(file, 'utf8')))
  const ajv = new Ajv2020({ strict: true, allErrors: true, strictTypes: false, strictRequired: false })
  ajv.addVocabulary(['components', 'example'])
  const check = (schema: Json, value: unknown): string[] => {
    const validate = ajv.compile({ ...schema, components: document.components })
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }
  const resolve = (node: unknown): Json => {
    const { $ref } = object(node)
    if (typeof $ref !== 'string') return object(node)
    let found: unknown = document
    for (const part of $ref.slice(2).split('/')) found = object(found)[part]
    if (found === undefined) throw new Error(`${name}: ${$ref} leads nowhere`)
    return resolve(found)
  }
  const jsonSchema = (node: Json) => object(object(object(node.content)['application/json']).schema)

  const operations: Operation[] = []
  for (const [template, item] of Object.entries(object(document.paths))) {
    for (const method of methods.filter((known) => known in object(item))) {
      const node = object(object(item)[method])
      const parameters = (Array.isArray(node.parameters) ? node.parameters : []).map(resolve)
      const answers = object(node.responses)
      operations.push({
        id: String(node.operationId),
        method: method.toUpperCase(),
        template,
        statuses: Object.keys(answers),
        checkRequest({ headers, params, body }) {
          const faults = parameters.flatMap((parameter) => {
            const at = String(parameter.name)
            const value = parameter.in === 'header' ? headers[at.toLowerCase()] : params[at]
            if (value === undefined) return parameter.required === true ? [`${at} is missing`] : []
            return check(object(parameter.schema), value).map((fault) => `${at}${fault}`)
          })
          const requestBody = resolve(node.requestBody)
          if (node.requestBody === undefined)
            return body === undefined ? faults : [...faults, 'a body that is not documented']
          if (!/^application\/json\b/.test(headers['content-type'] ?? '')) faults.push('the body is not JSON')
          return [...faults, ...check(jsonSchema(requestBody), body)]
        },
        checkAnswer(status, headers, body) {
          const answer = answers[status] ?? answers.default
          if (answer === undefined) return [`status ${status} is not documented`]
          const documented = resolve(answer)
          const missing = Object.entries(object(documented.headers)).flatMap(([key, header]) =>
            resolve(header).required === true && headers[key.toLowerCase()] === undefined ? [`${key} is missing`] : [],
          )
          if (missing.length > 0) return missing
          if (documented.content === undefined) return body === undefined ? [] : ['a body that is not documented']
          if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return ['the answer is not JSON']
          return check(jsonSchema(documented), body)
        },
      })
    }
  }
  return {
    document,
    operations,
    resolve,
    check,
    find(method, path) {
      for (const operation of operations.filter((one) => one.method === method)) {
        const names = [...operation.template.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '')
        const match = new RegExp(`^${operation.template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(path)
        if (match === null) continue
        const params = Object.fromEntries(names.map((key, at) => [key, decodeURIComponent(match[at + 1] ?? '')]))
        return { operation, params }
      }
      return undefined
    },
  }
}

/** What went through a recorder. */
export interface Recorder {
  url: string
  /** What was wrong, with operation and side; should be empty. */
  faults: string[]
  /** Operation ids that were asked for. */
  asked: Set<string>
  /** `authorise 402`… that were answered. */
  answered: Set<string>
  /** While true, requests are let through unchecked: for those that are wrong on purpose. */
  wrongRequests: boolean
  stop(): Promise<void>
}

const parse = (text: string): unknown => (text === '' ? undefined : JSON.parse(text))

/** Opens a recorder in front of what listens at `target`. */
export async function record(contract: Contract, target: string): Promise<Recorder> {
  const server = createServer((request, response) => {
    const pass = async () => {
      const method = request.method ?? ''
      const path = request.url ?? ''
      const sent = (await buffer(request)).toString()
      const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]))
      const found = contract.find(method, path)
      if (found === undefined) recorder.faults.push(`${method} ${path} is not documented`)
      else if (!recorder.wrongRequests) {
        recorder.asked.add(found.operation.id)
        const wrong = found.operation.checkRequest({ headers, params: found.params, body: parse(sent) })
        recorder.faults.push(...wrong.map((fault) => `${found.operation.id} request: ${fault}`))
      }
      const kept = ['content-type', 'idempotency-key', 'x-call-id'].flatMap((key) => {
        const value = headers[key]
        return value === undefined ? [] : [[key, value] as [string, string]]
      })
      const answer = await fetch(target + path, { method, headers: kept, ...(sent === '' ? {} : { body: sent }) })
      const text = await answer.text()
      if (found !== undefined) {
        recorder.answered.add(`${found.operation.id} ${answer.status}`)
        const wrong = found.operation.checkAnswer(answer.status, Object.fromEntries(answer.headers), parse(text))
        recorder.faults.push(...wrong.map((fault) => `${found.operation.id} answer ${answer.status}: ${fault}`))
      }
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(text)
    }
    pass().catch((error: unknown) => {
      recorder.faults.push(`${request.method} ${request.url}: ${String(error)}`)
      response.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const recorder: Recorder = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: [],
    asked: new Set(),
    answered: new Set(),
    wrongRequests: false,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return recorder
}
