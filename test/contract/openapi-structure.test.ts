/** What makes a document OpenAPI 3.1 and of use to a generator of clients: the published contracts, and that of our own endpoints. */
import { describe, expect, test } from 'vitest'
import { type Contract, loadContract, readContract } from './openapi'

type Json = Record<string, unknown>
const ownContract = () => readContract(new URL('../../shared/operator-api/openapi.json', import.meta.url), 'the app')
const documents: [string, Contract][] = [
  ...['billing', 'provisioning', 'identity-check'].map((name): [string, Contract] => [name, loadContract(name)]),
  ['the app', ownContract()],
]
const object = (node: unknown): Json => (typeof node === 'object' && node !== null ? (node as Json) : {})
const list = (node: unknown): unknown[] => (Array.isArray(node) ? node : [])

/** Fields of OpenAPI 3.1.0 by the kind of object; a misspelt one would be passed over by every tool. */
const fields = {
  document: 'openapi info jsonSchemaDialect servers paths webhooks components security tags externalDocs',
  components: 'schemas responses parameters examples requestBodies headers securitySchemes links callbacks pathItems',
  pathItem: 'summary description get put post delete options head patch trace servers parameters',
  operation:
    'tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security servers',
  parameter:
    'name in description required deprecated allowEmptyValue style explode allowReserved schema example examples content',
  header: 'description required deprecated style explode schema example examples content',
  requestBody: 'description content required',
  response: 'description headers content links',
  mediaType: 'schema example examples encoding',
} as const
const strange = (kind: keyof typeof fields, node: unknown): string[] =>
  Object.keys(object(node)).filter((key) => !fields[kind].split(' ').includes(key) && !key.startsWith('x-'))

/** The operations, each with where it stands. */
function nodesOf({ document }: Contract) {
  return Object.entries(object(document.paths)).flatMap(([template, item]) =>
    Object.entries(object(item))
      .filter(([key]) => key !== 'parameters')
      .map(([method, operation]) => ({ template, method, item: object(item), operation: object(operation) })),
  )
}

/** Every place that says what a body is. */
function contentsOf(contract: Contract) {
  return nodesOf(contract).flatMap(({ template, method, operation }) =>
    Object.entries({ request: operation.requestBody, ...object(operation.responses) }).flatMap(([where, given]) =>
      Object.entries(object(contract.resolve(given).content)).map(([type, media]) => ({
        place: `${method} ${template} ${where}`,
        type,
        media: object(media),
      })),
    ),
  )
}

describe.each(documents)('the document of %s', (_name, contract) => {
  const { document, operations, resolve, check } = contract
  const components = object(document.components)
  const nodes = nodesOf(contract)
  const parametersOf = ({ item, operation }: (typeof nodes)[number]) =>
    [...list(item.parameters), ...list(operation.parameters)].map(resolve)
  const responsesOf = ({ operation }: (typeof nodes)[number]) => Object.entries(object(operation.responses))
  const contents = contentsOf(contract)

  test('has the fields that OpenAPI 3.1 knows, where it knows them', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(object(document.info)).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    const found = [
      ...strange('document', document),
      ...strange('components', components),
      ...nodes.flatMap((node) => [
        ...strange('pathItem', node.item),
        ...strange('operation', node.operation),
        ...parametersOf(node).flatMap((parameter) => strange('parameter', parameter)),
        ...strange('requestBody', resolve(node.operation.requestBody)),
        ...responsesOf(node).flatMap(([, response]) => [
          ...strange('response', resolve(response)),
          ...Object.values(object(resolve(response).headers)).flatMap((header) => strange('header', resolve(header))),
        ]),
      ]),
      ...contents.flatMap(({ media }) => strange('mediaType', media)),
    ]
    expect(found).toEqual([])
  })

  test('names each operation once and says what it is for', () => {
    const ids = nodes.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = list(document.tags).map((tag) => object(tag).name)
    for (const { template, operation } of nodes) {
      expect([template, operation.summary]).toEqual([template, expect.stringMatching(/./)])
      for (const tag of list(operation.tags)) expect(tags).toContain(tag)
    }
    expect(operations.map(({ id }) => id).sort()).toEqual(ids.sort())
  })

  test('declares the parameters of each path, and no others', () => {
    for (const node of nodes) {
      const inPath = parametersOf(node).filter((parameter) => parameter.in === 'path')
      expect(inPath.every(({ required }) => required === true)).toBe(true)
      const named = [...node.template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect([node.template, inPath.map(({ name }) => name).sort()]).toEqual([node.template, named.sort()])
      const keys = parametersOf(node).map((parameter) => `${parameter.in} ${parameter.name}`)
      expect(new Set(keys).size).toBe(keys.length)
      for (const parameter of parametersOf(node)) expect(parameter.schema).toBeTypeOf('object')
    }
  })

  test('describes every answer, and says of every operation how its caller is known', () => {
    const schemes = Object.keys(object(components.securitySchemes))
    const used = new Set<string>()
    for (const node of nodes) {
      expect(responsesOf(node).length).toBeGreaterThan(0)
      for (const [status, response] of responsesOf(node)) {
        expect(status).toMatch(/^(?:[1-5]\d\d|default)$/)
        expect(resolve(response).description).toMatch(/./)
      }
      const security = node.operation.security ?? document.security
      expect([node.template, security]).toEqual([node.template, expect.any(Array)])
      for (const requirement of list(security)) for (const name of Object.keys(object(requirement))) used.add(name)
    }
    expect([...used].sort()).toEqual(schemes.sort())
  })

  test('leads nowhere in vain, and holds nothing that is of no use', () => {
    const referred = new Set<string>()
    const visit = (node: unknown): void => {
      if (Array.isArray(node)) return node.forEach(visit)
      const { $ref } = object(node)
      if (typeof $ref === 'string') {
        referred.add($ref)
        expect(resolve(node)).toBeTypeOf('object')
      }
      Object.values(object(node)).forEach(visit)
    }
    visit(document)
    for (const [kind, entries] of Object.entries(components))
      if (kind !== 'securitySchemes')
        for (const name of Object.keys(object(entries))) expect(referred).toContain(`#/components/${kind}/${name}`)
  })

  test('shows examples that keep to its schemas', () => {
    const parameters = nodes.flatMap((node) => parametersOf(node).map((media) => ({ place: node.template, media })))
    for (const { place, media } of [...contents, ...parameters])
      for (const example of examplesOf(media)) expect([place, ...check(object(media.schema), example)]).toEqual([place])
  })
})

function examplesOf({ example, examples }: Json): unknown[] {
  const several = Object.values(object(examples)).map((one) => object(one).value)
  return example === undefined ? several : [example, ...several]
}

test('the document of the app shows an example of every body but its own, and knows JSON only', () => {
  const contents = contentsOf(ownContract())
  const without = contents.filter(({ media }) => examplesOf(media).length === 0).map(({ place }) => place)
  expect(without).toEqual(['get /v1/openapi.json 200'])
  expect(new Set(contents.map(({ type }) => type))).toEqual(new Set(['application/json']))
})
