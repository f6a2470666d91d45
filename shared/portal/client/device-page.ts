import { byId } from './dom'
import { exchange } from './json'

/** Milliseconds after which help is shown to a person who is still waiting for Settings. */
const helpAfter = 20_000
/** Milliseconds between looks for the identifiers. */
const every = 3000

/** Looks for the identifiers once the person has gone to Settings, and says what to do when none come. */
export function devicePage(): void {
  const { statePath, path, waiting } = document.body.dataset
  if (!statePath || !path) return
  let started = false

  const look = async () => {
    const { content } = await exchange<{ known: boolean }>(statePath)
    if (content?.known) location.replace(path)
    else setTimeout(() => void look(), every)
  }
  const start = () => {
    show('waiting')
    if (started) return
    started = true
    setTimeout(() => void look(), every)
    setTimeout(() => show('waiting-help'), helpAfter)
  }
  byId('cellular-id')?.addEventListener('click', start)
  if (waiting) start()
}

function show(id: string): void {
  byId(id)?.removeAttribute('hidden')
}
