/** Who may call the endpoints for machines: `access` of `operator.json`. Secrets are not part of it. */
import * as v from 'valibot'
import { httpsUrl, strict, text } from './operator-schema-parts'

const pemFile = /^(?!\/)(?!.*\.\.)[\w./-]+\.(?:pem|crt|cer)$/
const pemText = /^-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/

const certificates = (what: string) =>
  v.pipe(
    v.array(
      v.pipe(
        v.string('write the path of a PEM file, or the PEM text itself'),
        v.check(
          (value) => pemFile.test(value) || pemText.test(value),
          'write the path of a .pem, .crt or .cer file relative to operator.json, or the PEM text itself',
        ),
      ),
    ),
    v.maxLength(20, 'at most 20 files'),
    v.description(`${what} Paths of PEM files relative to this file, or PEM texts.`),
  )

const subject = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9.]{0,30}$/, 'write the name of an attribute, such as "CN"')),
    text(200, 'Attribute'),
    'write an object with one value per attribute, such as { "CN": "…", "O": "…" }',
  ),
  v.check((value) => Object.keys(value).length > 0, 'name at least one attribute, such as "CN"'),
  v.description('Attributes that the subject must have, neither more nor fewer, in any order.'),
)

const thumbprints = v.pipe(
  v.array(
    v.pipe(
      v.string('write a SHA-256 thumbprint as text'),
      v.transform((value) => value.replaceAll(/[: ]/g, '').toLowerCase()),
      v.regex(/^[0-9a-f]{64}$/, 'write a SHA-256 thumbprint: 64 hexadecimal digits, with or without colons'),
    ),
  ),
  v.maxLength(20, 'at most 20 thumbprints'),
  v.description(
    'SHA-256 of certificates that are accepted whoever issued them, as long as they are valid: for the days of a change, or for self-signed ones.',
  ),
)

const intermediates = v.optional(certificates('Authorities between the roots and the callers’ certificates.'), [])

/** Callers without a public authority. */
const privateCertificates = v.pipe(
  strict({
    roots: v.optional(certificates('Authorities whose certificates are accepted.'), []),
    intermediates,
    subject: v.optional(subject),
    thumbprints: v.optional(thumbprints, []),
  }),
  v.check(
    ({ roots, thumbprints: given }) => roots.length + given.length > 0,
    'name roots or thumbprints: without either, no certificate would be accepted',
  ),
)

const oauth = strict({
  issuer: httpsUrl('Issuer of the tokens, exactly as in their claim "iss".'),
  audience: text(500, 'Audience that the tokens must name'),
  role: text(200, 'Role or scope that the tokens must carry'),
  jwksUrl: v.optional(
    httpsUrl('Where the signing keys are; without it the issuer is asked (OpenID Connect Discovery).'),
  ),
})

/** What a system of the operator's may do, and so which endpoints it may call. */
export const systemRights = ['usage', 'callbacks', 'readiness'] as const
export type SystemRight = (typeof systemRights)[number]

const rightsInWords = 'write "usage", "callbacks" or "readiness"'

const system = v.pipe(
  strict({
    name: v.pipe(text(60, 'Name'), v.description('What you call it; the log names it so.')),
    may: v.optional(
      v.pipe(
        v.array(v.picklist(systemRights, rightsInWords), 'write a list such as ["usage"]'),
        v.minLength(1, `${rightsInWords}, or leave "may" out: then it may do all of them`),
        v.maxLength(10, 'at most 10 entries'),
        v.description(
          'What it may do: "usage" (POST /v1/usage), "callbacks" (POST /v1/callbacks), "readiness" (GET /health/ready). Left out: all.',
        ),
      ),
      [...systemRights],
    ),
    certificates: v.optional(privateCertificates),
    oauth: v.optional(oauth),
  }),
  v.check(
    ({ certificates: given, oauth: tokens }) => given !== undefined || tokens !== undefined,
    'name certificates, oauth or both',
  ),
)

/** Schema of `access`. */
export const accessSchema = v.pipe(
  strict({
    mobilePlans: v.optional(
      v.pipe(
        strict({
          methods: v.pipe(
            v.picklist(
              ['certificate', 'basic', 'both', 'either'],
              'write "certificate", "basic", "both" (one on top of the other) or "either"',
            ),
            v.description(
              'How the Mobile Plans service proves who it is. Basic credentials stand in the setting OPERATOR_API_BASIC.',
            ),
          ),
          roots: v.optional(certificates('Authorities that are trusted; default: DigiCert Global Root G2.')),
          intermediates,
          subject: v.optional(
            v.union([v.literal('any'), subject], 'write an object with one value per attribute, or "any"'),
          ),
          thumbprints: v.optional(thumbprints, []),
        }),
        v.description('The Mobile Plans service, which asks for balances, offers and notifications.'),
      ),
    ),
    smdp: v.optional(v.pipe(privateCertificates, v.description('The SM-DP+, which sends notices.'))),
    systems: v.optional(
      v.pipe(
        v.array(
          system,
          'write a list of systems, such as [{ "name": "charging", "may": ["usage"], "certificates": { … } }]',
        ),
        v.minLength(1, 'name at least one system, or leave "systems" out'),
        v.maxLength(20, 'at most 20 systems'),
        v.check(
          (systems) => new Set(systems.map(({ name }) => name)).size === systems.length,
          'each system needs a name of its own',
        ),
        v.description('Your own systems. One with certificates and oauth needs one of the two.'),
      ),
    ),
  }),
  v.description('Who may call the endpoints for machines. What is left out stays shut outside a development machine.'),
)

/** `access` of operator.json, with defaults filled in. */
export type AccessConfig = v.InferOutput<typeof accessSchema>
