/** Source of chance: a whole number from 0 up to, not including, `below`. */
export type Chance = (below: number) => number

function digits(count: number, chance: Chance): string {
  return Array.from({ length: count }, () => chance(10)).join('')
}

/** Check digit by the Luhn rule (ITU-T E.118 for ICCIDs, 3GPP TS 23.003 for IMEIs) for the digits before it. */
export function luhnDigit(body: string): number {
  let sum = 0
  for (let index = body.length - 1, double = true; index >= 0; index -= 1, double = !double) {
    const digit = Number(body[index])
    sum += double ? Math.floor((digit * 2) / 10) + ((digit * 2) % 10) : digit
  }
  return (10 - (sum % 10)) % 10
}

/** True for 15 digits whose last one is the Luhn digit. */
export function isImei(text: string): boolean {
  return /^\d{15}$/.test(text) && luhnDigit(text.slice(0, -1)) === Number(text.at(-1))
}

/** True for 18 to 20 digits; the check digit is not looked at because documented samples carry wrong ones. */
export function isIccid(text: string): boolean {
  return /^\d{18,20}$/.test(text)
}

/** True for 32 digits that leave 1 when divided by 97 (GSMA SGP.29 §3). */
export function isEid(text: string): boolean {
  return /^\d{32}$/.test(text) && BigInt(text) % 97n === 1n
}

/** An EID with the given first digits and right check digits. */
export function randomEid(chance: Chance, prefix = '89049032'): string {
  const body = prefix + digits(30 - prefix.length, chance)
  const check = 98n - ((BigInt(body) * 100n) % 97n)
  return body + check.toString().padStart(2, '0')
}

/** An IMEI with the given first digits and the right check digit. */
export function randomImei(chance: Chance, prefix = '35876543'): string {
  const body = prefix + digits(14 - prefix.length, chance)
  return `${body}${luhnDigit(body)}`
}

/** An ICCID of 19 digits with the given first digits and the right check digit. */
export function randomIccid(chance: Chance, prefix = '8988247'): string {
  const body = prefix + digits(18 - prefix.length, chance)
  return `${body}${luhnDigit(body)}`
}
