import { type Profile, type ProfileEvent, type ProfileRules, type Step, step } from './profile'
import type { StockItem } from './types'

/** Drops the padding: with and without `F` name the same profile (SGP.22 §5.2.1). */
export function bareIccid(iccid: string): string {
  return iccid.replace(/[Ff]$/, '')
}

/** One line in the life of a profile. */
export interface HistoryEntry {
  at: string
  event: ProfileEvent['type']
  outcome: string
  state: Profile['state']
}

/** What a registry saves. */
export interface RegistrySnapshot {
  profiles: (Profile & { history: HistoryEntry[] })[]
}

const historyLength = 50

/** The inventory: profiles by ICCID, the matching ids in use, and one way to change a profile. */
export class Registry {
  readonly #profiles = new Map<string, Profile>()
  readonly #history = new Map<string, HistoryEntry[]>()
  /** ICCIDs that may be free, per type, so that ordering by type does not search the whole inventory. */
  readonly #free = new Map<string, Set<string>>()
  readonly #byMatchingId = new Map<string, string>()

  constructor(
    private readonly rules: ProfileRules,
    private readonly changed: () => void = () => undefined,
  ) {}

  /** Adds what is not there yet and returns how many were added. */
  add(items: readonly StockItem[]): number {
    let added = 0
    for (const { iccid: text, profileType, name = profileType } of items) {
      const iccid = bareIccid(text)
      if (this.#profiles.has(iccid)) continue
      this.#put({ iccid, profileType, name, state: 'Available', attempts: 0 })
      added += 1
    }
    if (added > 0) this.changed()
    return added
  }

  get(iccid: string): Profile | undefined {
    return this.#profiles.get(bareIccid(iccid))
  }

  knowsType(profileType: string): boolean {
    return this.#free.has(profileType)
  }

  /** Any free profile of a type. */
  freeOf(profileType: string): Profile | undefined {
    for (const iccid of this.#free.get(profileType) ?? []) return this.#profiles.get(iccid)
    return undefined
  }

  /** The profile that a matching id opens. With the empty one, of the default SM-DP+, the EID decides. */
  byMatchingId(matchingId: string, eid: string): Profile | undefined {
    if (matchingId !== '') {
      const iccid = this.#byMatchingId.get(matchingId)
      return iccid === undefined ? undefined : this.#profiles.get(iccid)
    }
    return [...this.#profiles.values()].find((profile) => profile.matchingId === '' && profile.eid === eid)
  }

  /** Applies an event and keeps what comes of it. */
  apply(profile: Profile, event: ProfileEvent, now: Date): Step {
    const result = step(profile, event, this.rules)
    if (result.profile !== profile) this.#put(result.profile)
    const history = this.#history.get(profile.iccid) ?? []
    history.push({
      at: now.toISOString(),
      event: event.type,
      outcome: result.ok ? 'success' : result.code,
      state: result.profile.state,
    })
    this.#history.set(profile.iccid, history.slice(-historyLength))
    this.changed()
    return result
  }

  /** Everything, for the control side and the state file. */
  snapshot(): RegistrySnapshot {
    return {
      profiles: [...this.#profiles.values()].map((profile) => ({
        ...profile,
        history: this.#history.get(profile.iccid) ?? [],
      })),
    }
  }

  restore(snapshot: RegistrySnapshot): void {
    for (const { history, ...profile } of snapshot.profiles) {
      this.#put(profile)
      this.#history.set(profile.iccid, history)
    }
  }

  clear(): void {
    for (const map of [this.#profiles, this.#history, this.#free, this.#byMatchingId]) map.clear()
    this.changed()
  }

  #put(profile: Profile): void {
    const before = this.#profiles.get(profile.iccid)
    if (before?.matchingId) this.#byMatchingId.delete(before.matchingId)
    if (profile.matchingId) this.#byMatchingId.set(profile.matchingId, profile.iccid)
    const free = this.#free.get(profile.profileType) ?? new Set()
    if (profile.state === 'Available') free.add(profile.iccid)
    else free.delete(profile.iccid)
    this.#free.set(profile.profileType, free)
    this.#profiles.set(profile.iccid, profile)
  }
}
