/**
 * What GetBalance must answer to which parameters, and to which certificates: rows for tests. From the Mobile Plans documentation, "Account management" and
 * "Integration"; where it is silent or disagrees with itself, what this app has chosen.
 */

/** A query, the status of its answer, and for 400 the parameter that the body must name. */
export interface QueryVector {
  query: string
  status: 200 | 400
  parameter?: 'fieldsTemplate' | 'limit' | 'location'
  /** Balances in the answer, where the query decides it. */
  balances?: number
}

const good = (query: string, balances?: number): QueryVector => ({
  query,
  status: 200,
  ...(balances === undefined ? {} : { balances }),
})
const bad = (parameter: NonNullable<QueryVector['parameter']>, query: string): QueryVector => ({
  query,
  status: 400,
  parameter,
})

/** One by one. */
export const queryVectors: readonly QueryVector[] = [
  good(''),
  good('fieldsTemplate=basic&limit=1&location=US', 1),
  good('fieldsTemplate=basic&limit=1&location=us', 1),
  good('fieldsTemplate=full'),
  good('fieldsTemplate=Basic'),
  bad('fieldsTemplate', 'fieldsTemplate=everything'),
  bad('fieldsTemplate', 'fieldTemplate=everything'),
  bad('fieldsTemplate', 'fieldsTemplate='),
  bad('limit', 'limit=-1'),
  // One above 32 bits.
  bad('limit', 'limit=2147483648'),
  bad('limit', 'limit=99999999999999999999'),
  good('limit=2147483647'),
  good('limit=1', 1),
  good('limit=10'),
  good('limit=0', 0),
  bad('limit', 'limit=1.5'),
  bad('limit', 'limit=abc'),
  bad('limit', 'limit='),
  good('location='),
  // Not assigned to any country.
  bad('location', 'location=XX'),
  bad('location', 'location=USA'),
  bad('location', 'location=12'),
  bad('location', 'location=u$'),
  bad('location', 'location=Us'),
  // No ISO code, but the documents use it.
  good('location=UK'),
  // Antarctica: assigned, and nobody sells there.
  good('location=AQ', 1),
  bad('limit', 'limit=1&limit=2'),
  good('foo=bar'),
  bad('limit', 'fieldsTemplate=basic&limit=-5&location=US'),
]

const choices = {
  fieldsTemplate: { good: [undefined, 'basic', 'full'], bad: ['everything', ''] },
  limit: { good: [undefined, '1'], bad: ['-1', '2147483648', 'abc'] },
  location: { good: [undefined, '', 'US'], bad: ['XX', 'USA', '12'] },
} as const

/** Every combination of good, bad and absent values: one bad value makes the call bad, whatever stands beside it. */
export function combinations(): { query: string; bad: string[] }[] {
  let rows: { parts: string[]; bad: string[] }[] = [{ parts: [], bad: [] }]
  for (const [name, { good: fine, bad: wrong }] of Object.entries(choices)) {
    const values = [
      ...fine.map((value) => ({ value, isBad: false })),
      ...wrong.map((value) => ({ value, isBad: true })),
    ]
    rows = rows.flatMap((row) =>
      values.map(({ value, isBad }) => ({
        parts: value === undefined ? row.parts : [...row.parts, `${name}=${value}`],
        bad: isBad ? [...row.bad, name] : row.bad,
      })),
    )
  }
  return rows.map(({ parts, bad: named }) => ({ query: parts.join('&'), bad: named }))
}

/** How the path may name a SIM; `%s` stands for its ICCID of 19 digits. */
export const simSpellings = ['%s', 'iccid:%s', 'iccid:%20%s', 'iccid%3A%s', 'ICCID:%sF'] as const
export const unknownSims = ['not-a-sim', '8999901000099999999', 'imsi:262011234567890'] as const
