/** Text per language tag (`en`, `de`, `pt-BR`); the operator's default language is always there. */
export type LocalText = Readonly<Record<string, string>>

/** Paragraphs per language tag, such as the terms of service. */
export type LocalParagraphs = Readonly<Record<string, readonly string[]>>

/**
 * The entry for a language: the same tag without regard to case, else the tag shortened from the right (`pt-BR` → `pt`), else the
 * default language. `undefined` only where even that is missing, which `parseOperator` rules out.
 */
export function localEntry<T>(
  entries: Readonly<Record<string, T>>,
  language: string,
  defaultLanguage: string,
): T | undefined {
  const byTag = new Map(Object.entries(entries).map(([tag, entry]) => [tag.toLowerCase(), entry]))
  const subtags = language.toLowerCase().split('-')
  for (let length = subtags.length; length > 0; length -= 1) {
    const entry = byTag.get(subtags.slice(0, length).join('-'))
    if (entry !== undefined) return entry
  }
  return byTag.get(defaultLanguage.toLowerCase())
}

/** The text in a language, by the rule of {@link localEntry}; empty where none exists. */
export function localText(text: LocalText, language: string, defaultLanguage: string): string {
  return localEntry(text, language, defaultLanguage) ?? ''
}
