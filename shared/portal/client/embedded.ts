/**
 * Carries out one callback in a page that is not the portal's. `shared/operator-api/callback-script.ts` puts it into a function that
 * brings the callback, so that the page gets nothing from it but the two listeners, which the app looks up on `window`, and what the
 * scripts of one page must share.
 */
import type { Callback } from '../../domain/callback'
import { emit, type Kept } from './emit'
import { member, write } from './host'
import { hear } from './listeners'

/** Given by the function around this script. */
declare const mobilePlansCallback: Callback

/** Name of the event on `document` that tells the page what happens; its `detail` says what. */
const eventName = 'mobileplans'
/** Property of `window` that keeps the last operation for a later script of the same page. */
const keptName = 'mobilePlansKept'

const tell = (detail: object) => document.dispatchEvent(new CustomEvent(eventName, { detail }))

// The listeners come before the call: the app may answer at once.
hear(window, (news, said) => tell(Object.assign({ news }, said)))
const kept: Kept = Object(member(window, keptName))
write(window, keptName, kept)
tell(Object.assign({ event: 'call' }, emit(window, mobilePlansCallback, undefined, kept)))
