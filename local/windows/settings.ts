import * as v from 'valibot'
import { findError } from './lpa-errors'

const country = v.pipe(v.string(), v.regex(/^[A-Za-z]{2}$/))
const digits = (least: number, most: number) => v.pipe(v.string(), v.regex(new RegExp(`^\\d{${least},${most}}$`)))

/** An error's name in any spelling, read as the listener's. */
export const errorName = v.pipe(
  v.string(),
  v.check((text) => findError(text) !== undefined, 'not an ESimOperationStatus or MobilePlansActivationError'),
  v.transform((text) => findError(text) ?? text),
)

/** How fast the simulated minutes run: 60 = a minute passes in a second. */
export const speedFactor = v.pipe(v.number(), v.minValue(1), v.maxValue(100_000))

/** The PC that is simulated; every field has a default. */
export const settingsSchema = v.object({
  /** `esim-own`: eUICC that holds profiles of this operator; `esim-empty`: eUICC without; `physical`: SIM card in a slot, no eUICC in use. */
  sim: v.optional(v.picklist(['esim-own', 'esim-empty', 'physical']), 'esim-empty'),
  eid: v.optional(digits(32, 32), '89044045930000000000001234567853'),
  imei: v.optional(digits(15, 15), '490154203237518'),
  /** Profiles on the eUICC (the first is active), or the one of the card. */
  iccids: v.optional(v.array(digits(18, 20)), []),
  market: v.optional(country, 'DE'),
  location: v.optional(country, 'DE'),
  language: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9,;=.* -]{1,120}$/)), 'en-US'),
  make: v.optional(v.pipe(v.string(), v.maxLength(100)), 'Contoso'),
  model: v.optional(v.pipe(v.string(), v.maxLength(100)), 'Contoso Book 5'),
  channel: v.optional(v.picklist(['webview', 'browser']), 'webview'),
  /** Failures of an earlier try, told in the headers of the next launch. */
  earlierErrors: v.optional(
    v.array(
      v.object({
        error: errorName,
        at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
        iccid: v.optional(digits(18, 20)),
      }),
    ),
    [],
  ),
  speed: v.optional(speedFactor, 60),
  /** Which spelling of the disputed metadata properties the host object takes: `line`/`moDirectStatus`, `lineType`/`modirectStatus`, both. */
  metadataNames: v.optional(v.picklist(['documented', 'aliases', 'both']), 'both'),
  /**
   * Build of the app. `legacy`: `MobilePlans` with `MobilePlansInlineProfileDownload`; `datamart`: the same under its first name, `DataMart…`,
   * with functions as listeners; `first`: nothing but `DataMart.notifyPurchaseResult`; `none`: the objects are missing although the app
   * launched the portal.
   */
  hostObjects: v.optional(v.picklist(['current', 'legacy', 'datamart', 'first', 'none']), 'current'),
  /** Whether the app remembers listener names when the portal navigates; not documented either way. */
  listenersSurvive: v.optional(v.boolean(), true),
  /** Blanks after `eid=` and after the comma of `iccids`, as in documented samples. */
  blanksInLaunch: v.optional(v.boolean(), false),
  /** Whether Windows opens the cellular-id callback in another browser than the one in which the person shops. */
  otherBrowser: v.optional(v.boolean(), false),
})

/** See `settingsSchema`. */
export type Settings = v.InferOutput<typeof settingsSchema>
/** What a caller may leave out. */
export type SettingsInput = v.InferInput<typeof settingsSchema>

/** Example of a profile or card of this operator; used when the settings name none. */
export const exampleIccid = '8988247000000000017'
