/** Gateway page and notifications of the Mobile Plans app: `gateways` and `notifications` of `operator.json`. */
import * as v from 'valibot'
import { httpsUrl, localText, strict } from './operator-schema-parts'

/** The types that the Mobile Plans service asks for (Mobile Plans "Notifications"). */
export const notificationTypes = [
  'LowBalance',
  'ZeroBalance',
  'NewOffer',
  'TrialOffer',
  'TrialEnding',
  'TrialEnded',
] as const
export type NotificationType = (typeof notificationTypes)[number]

const templateId = v.pipe(
  v.string('write the id as text, such as "0"'),
  v.regex(/^[0-9]{1,9}$/, 'use digits only, such as "0"'),
)

const rgba = (what: string) =>
  v.optional(
    v.pipe(
      v.string(`${what}: write a colour such as "#0b5cad"`),
      v.regex(
        /^#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?$/,
        `${what}: write # and six hexadecimal digits, or eight with opacity, such as "#0b5cadff"`,
      ),
      v.description(what),
    ),
  )

const pixels = (most: number, what: string) =>
  v.pipe(
    v.number(`${what}: write a number`),
    v.integer(`${what}: whole pixels only`),
    v.minValue(1, `${what}: at least 1`),
    v.maxValue(most, `${what}: at most ${most}`),
  )

const template = strict({
  id: v.pipe(templateId, v.description('Digits; "0" where there is one template only.')),
  backgroundColor: rgba('Colour of the page; default white'),
  bodyText: v.optional(localText(1000, 'Text of the page')),
  bodyFontColor: rgba('Colour of its text; default black'),
  buttonText: v.optional(localText(60, 'Text of the button that goes on')),
  buttonColor: rgba("Colour of the button; default the person's highlight colour"),
  buttonFontColor: rgba("Colour of the button's text; default white"),
  hyperlinkFontColor: rgba("Colour of links; default the person's highlight colour"),
  images: v.optional(
    v.pipe(
      v.array(
        strict({
          uri: v.pipe(httpsUrl('Address of a PNG image.'), v.regex(/\.png$/i, 'write the address of a .png file')),
          width: pixels(1200, 'Width'),
          height: pixels(600, 'Height'),
        }),
      ),
      v.maxLength(20, 'at most 20 images'),
      v.description('The same picture in several sizes, at most 1200 by 600 pixels.'),
    ),
    [],
  ),
})

const kinds = v.optional(
  v.pipe(
    v.array(v.picklist(['esim', 'warm', 'monitor'], 'write "esim", "warm" or "monitor"')),
    v.minLength(1, 'name at least one kind'),
    v.description('Only for SIMs of these kinds.'),
  ),
)
const balance = v.optional(
  v.pipe(
    v.picklist(['none', 'some'], 'write "none" or "some"'),
    v.description('Only for SIMs without, or with, data that can be used now.'),
  ),
)

const percent = v.optional(
  v.pipe(
    v.number('write a number from 0 to 100'),
    v.minValue(0, 'at least 0'),
    v.maxValue(100, 'at most 100'),
    v.description('Only for this share of devices; the same device always gets the same answer.'),
  ),
)

/** Schema of `gateways`. */
export const gatewaysSchema = strict({
  templates: v.optional(
    v.pipe(
      v.array(template),
      v.maxLength(50, 'at most 50 templates'),
      v.description(
        'Looks of the page before the portal, for "mobile-plans gateway-template". None: the standard page.',
      ),
    ),
    [],
  ),
  offers: v.optional(
    v.pipe(
      v.array(strict({ gateway: templateId, kinds, balance, percent })),
      v.maxLength(50, 'at most 50 rules'),
      v.description('Which template whom: all rules that fit, in this order, then the first template.'),
    ),
    [],
  ),
})

/** Schema of `notifications`. */
export const notificationsSchema = v.pipe(
  v.array(
    strict({
      id: v.pipe(
        v.number('write the id as a number'),
        v.integer('write a whole number'),
        v.minValue(0, 'at least 0'),
        v.maxValue(2_147_483_647, 'at most 2147483647'),
        v.description('As agreed with Microsoft.'),
      ),
      type: v.picklist(notificationTypes, `write one of ${notificationTypes.join(', ')}`),
      kinds,
      balance,
    }),
  ),
  v.maxLength(100, 'at most 100 notifications'),
  v.description('Notifications of the Mobile Plans app that were agreed with Microsoft.'),
)

export type GatewaysConfig = v.InferOutput<typeof gatewaysSchema>
export type GatewayTemplate = GatewaysConfig['templates'][number]
export type NotificationsConfig = v.InferOutput<typeof notificationsSchema>
