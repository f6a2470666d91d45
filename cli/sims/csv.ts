import { type Iccid, type IccidRange, iccidHasValidLuhn, isInRanges, parseIccid } from '../../shared/domain/identifiers'
import type { NewSim } from './store'

/** Something about a line. Messages never hold an ICCID. */
export interface LineNote {
  /** 1 is the first line of the file. */
  line: number
  message: string
}

/** A file of SIMs, read. */
export interface SimFile {
  /** The good rows. */
  sims: NewSim[]
  /** Why the other rows are not good. */
  problems: LineNote[]
  /** Worth a look, but no reason to leave the row out. */
  warnings: LineNote[]
}

/** What the operator's configuration says about ICCIDs; without it these checks are left out. */
export interface SimRules {
  iccidRanges: readonly IccidRange[]
  profileTypes: readonly string[]
}

const kinds = ['warm', 'monitor'] as const
const isKind = (text: string): text is 'warm' | 'monitor' => kinds.some((kind) => kind === text)

interface Columns {
  iccid: number
  profileType: number
  kind: number
}

/**
 * Reads a CSV file of SIMs: `iccid,profileType` for eSIMs on sale, `iccid,,kind` or `iccid,kind=warm` for SIMs that exist already.
 * A first line with names may put the columns in any order; without one they are `iccid`, `profileType`, `kind`, and `warm` or
 * `monitor` is understood in the second, too. Separators: comma, semicolon or tab; fields may be quoted. Blank lines do not count.
 */
export function readSimFile(text: string, rules: SimRules | undefined): SimFile {
  const file: SimFile = { sims: [], problems: [], warnings: [] }
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const firstLines = new Map<Iccid, number>()
  let columns: Columns | undefined
  for (const [index, content] of lines.entries()) {
    if (content.trim() === '') continue
    const line = index + 1
    const fields = splitFields(content)
    if (!columns) {
      columns = readHeader(fields)
      if (columns) continue
      columns = { iccid: 0, profileType: 1, kind: 2 }
    }
    const sim = readSim(fields, columns)
    if (typeof sim === 'string') {
      file.problems.push({ line, message: sim })
      continue
    }
    const problem = checkSim(sim, firstLines, rules)
    firstLines.set(sim.iccid, firstLines.get(sim.iccid) ?? line)
    if (problem) file.problems.push({ line, message: problem })
    else file.sims.push(sim)
    file.warnings.push(...warnings(sim, rules).map((message) => ({ line, message })))
  }
  return file
}

function readHeader(fields: readonly string[]): Columns | undefined {
  const names = fields.map((field) => field.toLowerCase())
  const iccid = names.indexOf('iccid')
  if (iccid < 0) return undefined
  return { iccid, profileType: names.indexOf('profiletype'), kind: names.indexOf('kind') }
}

function splitFields(line: string): string[] {
  const fields = line.match(/("(?:[^"]|"")*"|[^,;\t]*)(?:[,;\t]|$)/g) ?? []
  // The pattern also finds the nothing after the last field.
  if (fields.at(-1) === '') fields.pop()
  return fields.map((field) => {
    const bare = field.replace(/[,;\t]$/, '').trim()
    return /^".*"$/.test(bare) ? bare.slice(1, -1).replaceAll('""', '"').trim() : bare
  })
}

/** A row's SIM, or what is wrong with it. */
function readSim(fields: readonly string[], columns: Columns): NewSim | string {
  const iccid = parseIccid(fields[columns.iccid] ?? '')
  if (!iccid) return 'the ICCID is not 18 to 20 digits'
  let profileType = fields[columns.profileType] ?? ''
  let kind = fields[columns.kind] ?? ''
  const shifted = profileType.replace(/^kind=/, '')
  if (kind === '' && isKind(shifted)) [profileType, kind] = ['', shifted]
  if (profileType !== '' && kind !== '') return 'give a profile type or a kind, not both'
  if (isKind(kind)) return { iccid, kind }
  if (kind !== '') return 'the kind is neither warm nor monitor'
  if (profileType === '') return 'neither a profile type nor a kind is given'
  return profileType.length > 100 ? 'the profile type is longer than 100 characters' : { iccid, profileType }
}

function checkSim(sim: NewSim, firstLines: ReadonlyMap<Iccid, number>, rules?: SimRules): string | undefined {
  const first = firstLines.get(sim.iccid)
  if (first !== undefined) return `the same ICCID as in line ${first}`
  if (rules && !isInRanges(sim.iccid, rules.iccidRanges))
    return 'the ICCID is in none of the iccidRanges of operator.json'
  return undefined
}

function warnings(sim: NewSim, rules?: SimRules): string[] {
  const found: string[] = []
  if (!iccidHasValidLuhn(sim.iccid)) found.push('the check digit (Luhn) of the ICCID is wrong')
  if (rules && 'profileType' in sim && !rules.profileTypes.includes(sim.profileType)) {
    found.push(`no plan of operator.json has the profile type ${sim.profileType}`)
  }
  return found
}
