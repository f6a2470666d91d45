import * as v from 'valibot'
import { accessSchema } from './access-schema'
import { isHostName } from './activation-code'
import { gatewaysSchema, notificationsSchema } from './gateway-schema'
import { operatorApiSchema } from './operator-api-schema'
import {
  colour,
  httpsUrl,
  languageTag,
  localParagraphs,
  localText,
  minutes,
  number,
  strict,
  text,
} from './operator-schema-parts'
import { defaultUsageRecordDays } from './usage-record'

const country = v.pipe(
  v.string('write a country code such as "DE"'),
  v.regex(/^[A-Z]{2}$/, 'write a country code of two capital letters (ISO 3166-1), such as "DE"'),
)

const iccidBound = v.pipe(
  v.string('write the ICCID as text in quotation marks'),
  v.regex(/^\d{18,20}$/, 'write 18 to 20 digits, without F'),
)

const planSchema = strict({
  id: v.pipe(
    v.string('write the plan id as text'),
    v.regex(/^[a-z0-9-]{1,40}$/, 'use 1 to 40 of a–z, 0–9 and -'),
    v.description('Never change the id of a plan that has been sold.'),
  ),
  name: localText(60, 'Name of the plan'),
  description: localText(400, 'What the plan offers, in a sentence'),
  kind: v.pipe(
    v.picklist(['payg', 'subscription'], 'write "payg" (prepaid) or "subscription" (renews until cancelled)'),
    v.description('payg: prepaid, ends by itself. subscription: renews every duration until cancelled.'),
  ),
  price: strict({
    amountMinor: v.pipe(
      v.number('write the amount as a number'),
      v.integer('write whole minor units: 999 for 9.99'),
      v.minValue(0, 'must be 0 or more'),
      v.maxValue(100_000_000, 'must be at most 100000000'),
      v.description('Minor units (cents) with tax: 999 is 9.99.'),
    ),
    currency: v.pipe(
      v.string('write a currency code such as "EUR"'),
      v.regex(/^[A-Z]{3}$/, 'write a currency code of three capital letters (ISO 4217), such as "EUR"'),
      v.description('ISO 4217 code.'),
    ),
    taxRate: number(0, 100, 'Tax in per cent of the net price, contained in amountMinor'),
  }),
  dataMB: v.pipe(
    v.number('write megabytes as a number'),
    v.integer('write whole megabytes'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(100_000_000, 'must be at most 100000000'),
    v.description('Data in megabytes; 1 GB is 1024.'),
  ),
  duration: v.pipe(
    v.string('write a duration such as "P30D"'),
    v.maxLength(40, 'write a duration such as "P30D"'),
    v.description(
      'ISO 8601 duration of weeks, days, hours and minutes: "P30D", "PT12H". For a subscription: the billing interval, at least a day.',
    ),
  ),
  markets: v.pipe(
    v.array(v.union([v.literal('*'), country], 'write country codes such as "DE", or "*" alone for everywhere')),
    v.minLength(1, 'name at least one country, or ["*"] for everywhere'),
    v.description('Countries where the plan is on sale; ["*"]: everywhere.'),
  ),
  downloadAfter: minutes('Minutes until the SM-DP+ can release the profile; 0: at once'),
  registerAfter: minutes('Minutes from purchase until the network accepts the SIM; 0: at once'),
  profileType: text(100, 'Profile type agreed with the SM-DP+'),
  trial: v.optional(
    v.pipe(v.boolean('write true or false'), v.description('A trial, for the notifications about trials.')),
    false,
  ),
})

const smdpSchema = strict({
  address: v.pipe(
    v.string('write the host name of the SM-DP+'),
    v.check(isHostName, 'write a host name only, such as "smdp.example.net": no https://, no path'),
    v.description('Host name that stands in activation codes.'),
  ),
  es2plusUrl: httpsUrl('Base URL of ES2+; "/gsma/rsp2/es2plus/<function>" is appended.'),
  requesterIdentifier: text(100, 'functionRequesterIdentifier agreed with the SM-DP+ (an OID, as a rule)'),
  protocolVersion: v.optional(
    v.pipe(
      v.string('write the version as text'),
      v.regex(/^\d+\.\d+\.\d+$/, 'write a version such as "2.2.0"'),
      v.description('Sent as X-Admin-Protocol: gsma/rsp/v<version>.'),
    ),
    '2.2.0',
  ),
  padIccid: v.optional(
    v.pipe(v.boolean('write true or false'), v.description('Pad 19-digit ICCIDs with F on ES2+.')),
    true,
  ),
  callTimeoutSeconds: v.optional(number(1, 120, 'Longest wait for an ES2+ answer, in seconds'), 30),
  orderByProfileTypeOnly: v.optional(
    v.pipe(
      v.boolean('write true or false'),
      v.description(
        'For SM-DP+s that choose the ICCID themselves. A lost answer then parks the order, as it cannot be repeated safely.',
      ),
    ),
    false,
  ),
})

const positiveMinutes = (what: string, fallback: number) => v.optional(number(0, 10_080, what), fallback)

const fulfilmentSchema = strict({
  releaseMarginMinutes: positiveMinutes('Minutes before the end of a delay at which a held profile is released', 5),
  downloadWindowDays: v.optional(number(0, 365, 'Days an order waits for its download before it expires'), 30),
  quarantineMinutes: positiveMinutes('Minutes before the ICCID of a cancelled order may be sold again', 10),
  evidenceMinutes: positiveMinutes('Minutes to wait, once a download has begun, for news of its end', 1440),
  registrationWaitMinutes: positiveMinutes(
    'Minutes to watch an installed profile for its first registration; after that the order counts as done',
    15,
  ),
  renewalLeadHours: v.optional(
    number(
      0,
      720,
      "Hours before the end of a subscription's period at which its renewal is paid; at most a quarter of the period",
    ),
    24,
  ),
  renewalRetryHours: v.optional(
    number(0.01, 168, 'Hours after a refused payment of a renewal until it is asked for again'),
    12,
  ),
  renewalGraceHours: v.optional(
    number(
      0,
      720,
      'Hours after the end of a period for which a refused renewal is asked for again before the subscription ends',
    ),
    72,
  ),
})

const balanceMarksSchema = strict({
  lowPercent: v.optional(
    number(0, 100, 'Data left, in per cent of what was bought, from which on a balance counts as low'),
    20,
  ),
  lowMB: v.optional(
    number(
      0,
      1_000_000,
      'Megabytes left from which on a balance counts as low as well, yet never before half of it is used',
    ),
    100,
  ),
  endingHours: v.optional(number(0, 720, 'Hours before the end of the time from which on people are told of it'), 48),
})

const recordsSchema = strict({
  usageDays: v.optional(
    number(8, 3650, 'Days for which records of usage can be exported; then they are removed'),
    defaultUsageRecordDays,
  ),
})

/** Schema of `operator.json`: shape only; what concerns several fields at once is checked by `parseOperator`. */
export const operatorSchema = strict({
  $schema: v.optional(v.string()),
  brand: strict({
    name: text(60, 'Brand name'),
    logo: v.pipe(
      v.string('write the path of the logo'),
      v.regex(
        /^(?!\/)(?!.*\.\.)[\w./-]+\.(?:svg|png)$/,
        'write a path to an .svg or .png file, relative to operator.json',
      ),
      v.description('Path of an .svg or .png file, relative to this file.'),
    ),
    colours: strict({
      accent: colour('Brand colour of buttons and links on white'),
      accentDark: v.optional(colour('Brand colour on dark backgrounds')),
    }),
  }),
  languages: v.pipe(
    v.array(languageTag),
    v.minLength(1, 'name at least one language'),
    v.description('Languages of the portal.'),
  ),
  defaultLanguage: v.pipe(languageTag, v.description('Shown when none of the languages suits the visitor.')),
  markets: v.pipe(
    v.array(country),
    v.minLength(1, 'name at least one country'),
    v.description('Countries (ISO 3166-1 alpha-2) where the portal sells.'),
  ),
  plans: v.pipe(v.array(planSchema), v.minLength(1, 'offer at least one plan'), v.maxLength(100, 'at most 100 plans')),
  iccidRanges: v.pipe(
    v.array(strict({ from: iccidBound, to: iccidBound })),
    v.minLength(1, 'give at least one ICCID range'),
    v.description('ICCIDs of the operator, inclusive. Used to tell own SIMs from others.'),
  ),
  smdp: smdpSchema,
  billing: strict({ url: httpsUrl('Base URL of the billing system.') }),
  provisioning: strict({
    url: httpsUrl('Root of the TMF640 API of the network; "/service" and "/monitor" are appended.'),
    serviceSpecification: v.optional(
      text(128, 'Id of the service specification of a line in your service catalogue'),
      'mobile-data-line',
    ),
  }),
  identityCheck: v.optional(
    strict({
      url: httpsUrl('Base URL of the identity check; "/identity-checks" is appended. Without it nobody is checked.'),
    }),
  ),
  portal: strict({
    publicUrl: v.pipe(
      v.string('write the public URL of the portal'),
      v.regex(
        /^https:\/\/[^\s/:?#@]+\/?$/,
        'write https:// and the host only: no port, no path (Microsoft registers it so)',
      ),
      v.transform((url) => (url.endsWith('/') ? url.slice(0, -1) : url)),
      v.description('Origin of the portal as registered with Microsoft: https, no port.'),
    ),
  }),
  fulfilment: v.optional(fulfilmentSchema, {}),
  balanceMarks: v.optional(balanceMarksSchema, {}),
  access: v.optional(accessSchema),
  operatorApi: v.optional(operatorApiSchema, {}),
  records: v.optional(recordsSchema, {}),
  gateways: v.optional(gatewaysSchema, {}),
  notifications: v.optional(notificationsSchema, []),
  support: strict({
    email: v.pipe(
      v.string('write an e-mail address'),
      v.email('write an e-mail address'),
      v.description('Support by e-mail.'),
    ),
    phone: v.pipe(
      v.string('write a telephone number'),
      v.regex(/^\+[0-9][0-9 ()-]{5,24}$/, 'write the number in international form, such as "+49 30 1234567"'),
      v.description('Support by telephone, in international form.'),
    ),
    hours: localText(200, 'When support answers'),
    url: v.optional(httpsUrl('Support page.')),
  }),
  legal: strict({
    terms: localParagraphs('Terms of service, readable in the portal'),
    privacy: localParagraphs('Privacy policy, readable in the portal'),
    withdrawal: v.optional(localParagraphs('Right of withdrawal and refunds')),
  }),
})

/** What an operator configures, validated, with every default filled in. */
export type Operator = Omit<v.InferOutput<typeof operatorSchema>, '$schema'>
