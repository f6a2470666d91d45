/**
 * The gateway template file that Microsoft is given: strict JSON, one text per field.
 *
 * @see Mobile Plans "Gateway", template reference
 */
import * as v from 'valibot'
import type { GatewaysConfig, GatewayTemplate } from './gateway-schema'

const rgba = v.optional(v.pipe(v.string(), v.regex(/^0x[0-9A-F]{8}$/, 'must be 0xRRGGBBAA')))
const line = v.optional(v.pipe(v.string(), v.minLength(1)))

/** What the file may hold; what is written is checked with it, so that a mistake here never reaches Microsoft. */
export const gatewayTemplateFileSchema = v.strictObject({
  promotionTemplates: v.pipe(
    v.array(
      v.strictObject({
        id: v.pipe(v.string(), v.regex(/^[0-9]+$/)),
        backgroundColor: rgba,
        bodyFontColor: rgba,
        bodyText: line,
        buttonColor: rgba,
        buttonFontColor: rgba,
        buttonText: line,
        hyperlinkFontColor: rgba,
        images: v.optional(
          v.array(
            v.strictObject({
              uri: v.pipe(v.string(), v.regex(/^https:\/\/.+\.png$/i, 'must be https and a .png')),
              width: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1200)),
              height: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(600)),
            }),
          ),
        ),
      }),
    ),
    v.minLength(1),
  ),
})

export type GatewayTemplateFile = v.InferOutput<typeof gatewayTemplateFileSchema>

/**
 * Makes the file in one language: how several would be written is not documented.
 *
 * @param language of the texts; where one has none in it, the default language's
 * @returns the file, or what is wrong with the result
 */
export function gatewayTemplateFile(
  { templates }: GatewaysConfig,
  language: string,
  defaultLanguage: string,
): { ok: true; file: GatewayTemplateFile } | { ok: false; issues: string[] } {
  const textOf = (texts: Readonly<Record<string, string>> | undefined) => texts?.[language] ?? texts?.[defaultLanguage]
  const given = templates.length === 0 ? [{ id: '0', images: [] }] : templates
  const file = { promotionTemplates: given.map((template) => render(template, textOf)) }
  const parsed = v.safeParse(gatewayTemplateFileSchema, file)
  if (parsed.success) return { ok: true, file: parsed.output }
  return { ok: false, issues: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'file'}: ${issue.message}`) }
}

function render(
  template: GatewayTemplate,
  textOf: (texts: Readonly<Record<string, string>> | undefined) => string | undefined,
): object {
  const fields = {
    id: template.id,
    backgroundColor: colourOf(template.backgroundColor),
    bodyFontColor: colourOf(template.bodyFontColor),
    bodyText: textOf(template.bodyText),
    buttonColor: colourOf(template.buttonColor),
    buttonFontColor: colourOf(template.buttonFontColor),
    buttonText: textOf(template.buttonText),
    hyperlinkFontColor: colourOf(template.hyperlinkFontColor),
    images: template.images.length === 0 ? undefined : template.images,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** `#rrggbb` or `#rrggbbaa` as `0xRRGGBBAA`; without opacity it is opaque. */
function colourOf(colour: string | undefined): string | undefined {
  return colour === undefined ? undefined : `0x${colour.slice(1).padEnd(8, 'f').toUpperCase()}`
}
