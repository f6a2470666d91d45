/** Fewest and most characters of a password (NIST SP 800-63B asks for length and a list of known bad ones, no composition rules). */
export const passwordLength = { least: 10, most: 128 } as const

/** Passwords of ten characters and more that every list of leaked ones begins with. */
const known = new Set(
  `1234567890 12345678910 0123456789 0987654321 1111111111 0000000000 1q2w3e4r5t 1qaz2wsx3edc 1q2w3e4r5t6y qwertyuiop qwerty12345
  qwertyuiop123 asdfghjkl1 password123 password12 password1234 passw0rd123 passwordpassword iloveyou123 iloveyou12 letmein123
  welcome123 welcome1234 admin12345 administrator changeme123 q1w2e3r4t5 abcdefghij abcdefghijkl abc1234567 abcd123456 princess123
  football123 baseball123 sunshine123 superman123 monkey12345 dragon12345 passwort123 hallo12345 test123456 testtest123
  qwertzuiop qwertz12345 geheim12345`.split(/\s+/),
)

/**
 * What is wrong with a new password, as a code of the portal's strings; `undefined`: nothing.
 *
 * @param about texts about the person (e-mail, name) and the brand, none of which may be the password
 */
export function passwordProblem(
  password: string,
  about: readonly string[],
): 'password-short' | 'password-long' | 'password-known' | undefined {
  const characters = [...password.normalize('NFKC')]
  if (characters.length < passwordLength.least) return 'password-short'
  if (characters.length > passwordLength.most) return 'password-long'
  const folded = password.normalize('NFKC').trim().toLowerCase()
  const personal = about.flatMap((text) => [text, text.split('@')[0] ?? '']).map((text) => text.trim().toLowerCase())
  const single = new Set(folded).size <= 2
  return single || known.has(folded) || personal.includes(folded) ? 'password-known' : undefined
}
