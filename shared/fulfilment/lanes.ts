/** Items that wait for their turn, and what becomes of them. */
interface Group<Item, Result> {
  items: Item[]
  results: Promise<Result[]>
}

interface Lane<Item, Result> {
  /** Work under way; never rejects. */
  running?: Promise<unknown>
  /** Whoever comes meanwhile. */
  next?: Group<Item, Result> | undefined
}

/**
 * One at a time per key within a process, and together: items that come while others of their key are worked on wait, and are then worked on in one go.
 * Conditional writes to one document would otherwise be in each other's way, and nearly all of them be done again.
 */
export class Lanes<Key, Item, Result> {
  readonly #lanes = new Map<Key, Lane<Item, Result>>()

  /**
   * Does the work for the items, perhaps together with those of others.
   *
   * @param work gives a result for each item, in their order; whoever came first brings it. When it fails, it fails for all that it was done for.
   */
  async run(key: Key, items: readonly Item[], work: (items: readonly Item[]) => Promise<Result[]>): Promise<Result[]> {
    const lane = this.#lanes.get(key) ?? {}
    this.#lanes.set(key, lane)
    lane.next ??= this.#form(key, lane, work)
    const group = lane.next
    const from = group.items.length
    group.items.push(...items)
    return (await group.results).slice(from, from + items.length)
  }

  #form(key: Key, lane: Lane<Item, Result>, work: (items: readonly Item[]) => Promise<Result[]>): Group<Item, Result> {
    const items: Item[] = []
    const begin = async () => {
      await lane.running
      lane.next = undefined
      const running = work(items)
      lane.running = running.catch(() => undefined)
      try {
        return await running
      } finally {
        if (lane.next === undefined) this.#lanes.delete(key)
      }
    }
    return { items, results: begin() }
  }
}
