/**
 * Mistakes that somebody could make in the order process, one each. A mutant is the product's own source with one passage replaced while
 * it is bundled; the product knows nothing of it.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { simulate } from './run'

export interface Mutant {
  name: string
  /** Below the root of the repository. */
  file: string
  /** Occurs exactly once in the file. */
  original: string
  mistake: string
}

export const mutants: readonly Mutant[] = [
  {
    name: 'no ETag',
    file: 'shared/fulfilment/fulfilment.ts',
    original: "documents.replace('orders', stored.partition, stored.id, next, stored.etag)",
    mistake:
      "documents.replace('orders', stored.partition, stored.id, next, (await documents.get('orders', stored.partition, stored.id))?.etag ?? '')",
  },
  {
    name: 'no open marker',
    file: 'shared/fulfilment/fulfilment.ts',
    original: 'await markOpen(documents, order.id, new Date(order.checkAt), now)',
    mistake: 'void markOpen',
  },
  {
    name: 'entered in the records only after the order was closed',
    file: 'shared/fulfilment/fulfilment.ts',
    original:
      "await enterSettled(documents, stored.value, next) const written = await documents.replace('orders', stored.partition, stored.id, next, stored.etag)",
    mistake:
      "const written = await documents.replace('orders', stored.partition, stored.id, next, stored.etag); if (written.ok) await enterSettled(documents, stored.value, next)",
  },
  {
    name: 'void before the cancel answer',
    file: 'shared/domain/order/due.ts',
    original: 'const undo = cancelAtSmdp(draft, profile, stage.probe) ??',
    mistake: 'const undo = payBack(draft) ?? cancelAtSmdp(draft, profile, stage.probe) ??',
  },
  {
    name: "the device's word is enough for another profile",
    file: 'shared/domain/order/due.ts',
    original: 'const undo = cancelAtSmdp(draft, profile, stage.probe) ??',
    mistake:
      "const undo = (stage.because === 'download-failed' ? undefined : cancelAtSmdp(draft, profile, stage.probe)) ??",
  },
  {
    name: 'no quarantine',
    file: 'shared/domain/order/settle.ts',
    original: 'const end = Date.parse(profile.quarantineUntil ?? order.updatedAt)',
    mistake: 'const end = 0',
  },
  {
    name: 'lease ignored',
    file: 'shared/domain/order/decide.ts',
    original: 'if (now.getTime() < Date.parse(order.lease.until)) {',
    mistake: 'if (now.getTime() < 0) {',
  },
  {
    name: '3.3 on a foreign ICCID taken as ours',
    file: 'shared/domain/order/smdp-refusals.ts',
    original: 'const earlierMayHaveWorked = unanswered(order, key) > 0',
    mistake: 'const earlierMayHaveWorked = true',
  },
  {
    name: 'capture twice',
    file: 'shared/fulfilment/perform.ts',
    original: 'billing.capture({ authorisationId, amountMinor, key }, context)',
    mistake: 'billing.capture({ authorisationId, amountMinor, key: context.callId }, context)',
  },
  {
    name: 'notification point 3 taken as installed',
    file: 'shared/domain/order/apply.ts',
    original: 'if (event.point === 4) return installed(',
    mistake: 'if (event.point >= 3) return installed(',
  },
  {
    name: 'duplicate event applied',
    file: 'shared/domain/order/download-problems.ts',
    original: "if (!isIn(order, 'ready', 'downloading')) return noteOnce(draft, 'download failed',",
    mistake: "if (order.remedies.freshProfile < 0) return noteOnce(draft, 'download failed',",
  },
  {
    name: 'late reply ignored',
    file: 'shared/domain/order/results.ts',
    original: 'if (lease !== undefined) order.lease = undefined',
    mistake: 'if (lease === undefined) return\n  order.lease = undefined',
  },
  {
    name: 'renewal id without the period',
    file: 'shared/fulfilment/renewals.ts',
    original: 'id: renewalId(iccid, subscriptionId, period),',
    mistake: 'id: renewalId(iccid, subscriptionId, 2),',
  },
  {
    name: 'calendar entry deleted before the renewal is placed',
    file: 'shared/fulfilment/renewals.ts',
    original: 'const renewal = await orders.place(',
    mistake: "await documents.delete('open', partition, id)\n    const renewal = await orders.place(",
  },
  {
    name: 'renewal credited although the subscription was cancelled',
    file: 'shared/fulfilment/sims.ts',
    original: "return lives ? undefined : 'subscription-over'",
    mistake: 'return lives ? undefined : undefined',
  },
  {
    name: 'warm SIM claimed without a look at its owner',
    file: 'shared/fulfilment/sims.ts',
    original: "if (kind === 'warm-sim' && sim.kind === 'warm' && sim.subscriberId === undefined) return undefined",
    mistake: "if (kind === 'warm-sim' && sim.kind === 'warm') return undefined",
  },
  {
    name: 'warm SIM let go while its line may still be closed',
    file: 'shared/domain/sim.ts',
    original: "if (claim === 'rest') return",
    mistake: "if (claim === 'rest' && sim.kind === 'excluded') return",
  },
  {
    name: 'grant left behind by a cancelled top-up',
    file: 'shared/domain/order/due.ts',
    original: 'const undo = revoke(draft, topUp) ?? (',
    mistake: 'const undo = (',
  },
  {
    name: 'top-up collected before it is credited',
    file: 'shared/domain/order/top-up.ts',
    original: 'const next = grant(draft, topUp) ??',
    mistake: 'const next = capture(draft) ?? grant(draft, topUp) ??',
  },
]

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The simulation of a mutant. @throws when the passage to replace does not occur exactly once: the product has moved on */
export async function simulationOf(mutant: Mutant): Promise<typeof simulate> {
  const path = join(root, mutant.file)
  const folder = await mkdtemp(join(tmpdir(), 'mutant-'))
  try {
    const outfile = join(folder, 'mutant.mjs')
    await build({
      entryPoints: [join(root, 'test/simulation/run.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'silent',
      plugins: [
        {
          name: 'mutant',
          setup({ onLoad }) {
            onLoad({ filter: /\.ts$/ }, async (args) => {
              if (args.path !== path) return undefined
              return { contents: mutated(mutant, await readFile(path, 'utf8')), loader: 'ts' }
            })
          },
        },
      ],
    })
    const module = (await import(pathToFileURL(outfile).href)) as { simulate: typeof simulate }
    return module.simulate
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Replaces the passage, whatever line breaks the formatter has put into it. */
export function mutated({ name, file, original, mistake }: Mutant, source: string): string {
  const pattern = new RegExp(original.split(/\s+/).map(escaped).join('\\s+'), 'g')
  const found = source.match(pattern)?.length ?? 0
  if (found !== 1) throw new Error(`mutant "${name}": its passage occurs ${found} times in ${file}, not once`)
  return source.replace(pattern, () => mistake)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
