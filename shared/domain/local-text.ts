/** Text per language tag (`en`, `de`, `pt-BR`); the operator's default language is always there. */
export type LocalText = Readonly<Record<string, string>>
